"""What a child process of ours gives up before it begins: memory, files, root; and it ends with who started it."""

import ctypes
import os
import resource
import signal
import sys

_NOBODY = 65534
_PR_SET_PDEATHSIG = 1


def confine(parent: int, memory_bytes: int) -> None:
    """Give up what the work does not need; end with the process that started us. Everything is imported by now."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(10)  # such work takes long; who only reads contacts goes first
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(_NOBODY)
        os.setuid(_NOBODY)
    if sys.platform == "linux":
        # After setuid, which clears it.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != parent:
        raise SystemExit
