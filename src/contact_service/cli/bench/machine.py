"""What Linux tells of the machine and of our programs: CPU time, where they may run, who else is busy.

All figures come from /proc; times are seconds of CPU. The kernel tells them in steps of 10 ms, and of what runs now in
nanoseconds where it keeps scheduler statistics.
"""

import contextlib
import os
import platform
from collections.abc import Iterable
from pathlib import Path

import msgspec

_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")


class Stat(msgspec.Struct, frozen=True, gc=False):
    """A program's parent, its own CPU time, and that of its children which have ended."""

    parent: int
    own_s: float
    ended_s: float


class Beat(msgspec.Struct, frozen=True):
    """The machine at one moment: CPU seconds that were busy, stolen by the host, and all together."""

    busy_s: float
    stolen_s: float
    all_s: float


def measurable() -> bool:
    """Whether this machine tells what is needed."""
    return hasattr(os, "sched_setaffinity") and (_PROC / "self/stat").exists()


def processors() -> tuple[int, int]:
    """The processor of the server tested, and that of the load generator and PostgreSQL; equal where there is one."""
    ours = sorted(os.sched_getaffinity(0))
    return ours[0], ours[1 % len(ours)]


def stats() -> dict[int, Stat]:
    """Every program of the machine by its id."""
    found = {}
    for folder in _PROC.iterdir():
        if folder.name.isdigit():
            try:
                text = (folder / "stat").read_bytes()
            except OSError:
                continue  # it has ended meanwhile
            # The name in brackets may hold anything, so count from its end (proc(5)).
            fields = text[text.rindex(b")") + 2 :].split()
            own, ended = ((int(fields[n]) + int(fields[n + 1])) / _TICKS for n in (11, 13))
            found[int(folder.name)] = Stat(int(fields[1]), own, ended)
    return found


def tree(root: int, known: dict[int, Stat]) -> set[int]:
    """The program and all below it."""
    below: dict[int, list[int]] = {}
    for pid, stat in known.items():
        below.setdefault(stat.parent, []).append(pid)
    found, todo = set(), [root]
    while todo:
        pid = todo.pop()
        found.add(pid)
        todo += below.get(pid, ())
    return found & known.keys()


def spent_s(pids: Iterable[int], known: dict[int, Stat]) -> float:
    """CPU seconds of these programs, their ended children included."""
    return sum(max(known[pid].own_s, _fine_s(pid)) + known[pid].ended_s for pid in pids)


def _fine_s(pid: int) -> float:
    """The same of a program's threads that live, to the nanosecond; 0 where the kernel does not tell.

    A thread that has ended is missing here, hence the greater of the two counts.
    """
    spent = 0
    try:
        for thread in (_PROC / str(pid) / "task").iterdir():
            spent += int((thread / "schedstat").read_bytes().split()[0])
    except OSError:
        return 0.0  # it has ended meanwhile, or there is no such file
    return spent / 1e9


def pin(pids: Iterable[int], cpu: int) -> None:
    """Keep programs, all their threads, on one processor; what they start later inherits it."""
    for pid in pids:
        try:
            for thread in (_PROC / str(pid) / "task").iterdir():
                os.sched_setaffinity(int(thread.name), {cpu})
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has ended meanwhile


def peak(pid: int) -> int:
    """The most memory a program has had since its start, or since `lower_peak`, in bytes; 0 once it has ended."""
    try:
        status = (_PROC / str(pid) / "status").read_text()
    except OSError:
        return 0
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024 if "VmHWM:" in status else 0


def lower_peak(pid: int) -> None:
    """Its peak is what it has now (proc(5), clear_refs)."""
    with contextlib.suppress(OSError):
        (_PROC / str(pid) / "clear_refs").write_text("5")


def beat() -> Beat:
    """The machine's clock of work. Interrupts are left out of busy: our own traffic over loopback makes them."""
    with (_PROC / "stat").open() as file:
        user, nice, system, idle, wait, irq, soft, steal = (
            int(part) / _TICKS for part in file.readline().split()[1:9]
        )
    busy = user + nice + system
    return Beat(busy, steal, busy + idle + wait + irq + soft + steal)


def cpu_model() -> str:
    """What the processor calls itself."""
    for line in (_PROC / "cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
