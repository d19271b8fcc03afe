"""The evaluators' inside: a process of its own that works with VOPRF keys, since that holds the interpreter.

Each batch comes on stdin as the seed, u64 epoch, u32 length, elements; answers on stdout are u8 outcome, u32 length and
what it says: REFUSED u32 which element it was for, CHECKED nothing. A checked batch waits, decoded, for one byte: GO
is answered by EVALUATED, elements and proof; LEAVE by nothing. Run by `actions.evaluators`.
"""

import struct
import sys
from typing import BinaryIO

from contact_service.actions.confined import confine
from contact_service.vault import oprf

ASKED = struct.Struct(">32sQI")
ANSWERED = struct.Struct(">BI")
EVALUATED, REFUSED, CHECKED = 0, 1, 2
GO, LEAVE = b"\1", b"\0"
INDEX = struct.Struct(">I")
MEMORY_BYTES = 512 * 1024 * 1024
"""Address space: an interpreter and its libraries; a batch takes less than a megabyte."""


def serve(asked: BinaryIO, answered: BinaryIO) -> None:
    """Take one batch after the other, until `asked` ends."""

    def say(outcome: int, *parts: bytes) -> None:
        answered.write(ANSWERED.pack(outcome, sum(map(len, parts))))
        answered.writelines(parts)
        answered.flush()

    while head := asked.read(ASKED.size):
        seed, epoch, size = ASKED.unpack(head)
        try:
            blinded = oprf.decode(asked.read(size))
        except oprf.Refused as refused:
            say(REFUSED, INDEX.pack(refused.index))
            continue
        say(CHECKED)
        if asked.read(1) == GO:
            say(EVALUATED, *oprf.Key.derive(seed, epoch).evaluate_decoded(blinded))


def main() -> None:
    """`python -m contact_service.actions.evaluating PARENT`."""
    confine(int(sys.argv[1]), MEMORY_BYTES)
    serve(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
