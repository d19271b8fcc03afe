"""The evaluators' inside: a process of its own that works with VOPRF keys, since that holds the interpreter.

Each batch comes on stdin as the seed, u64 epoch, u32 length, elements; the answer on stdout is u8 whether it was
refused, u32 length, then elements and proof, or u32 which element it was for. Run by `actions.evaluators`.
"""

import struct
import sys
from typing import BinaryIO

from contact_service.actions.confined import confine
from contact_service.vault import oprf

ASKED = struct.Struct(">32sQI")
ANSWERED = struct.Struct(">BI")
EVALUATED, REFUSED = 0, 1
INDEX = struct.Struct(">I")
MEMORY_BYTES = 512 * 1024 * 1024
"""Address space: an interpreter and its libraries; a batch takes less than a megabyte."""


def answer(seed: bytes, epoch: int, elements: bytes) -> bytes:
    """A batch as it is answered."""
    try:
        evaluated, proof = oprf.Key.derive(seed, epoch).evaluate(elements)
    except oprf.Refused as refused:
        return ANSWERED.pack(REFUSED, INDEX.size) + INDEX.pack(refused.index)
    return ANSWERED.pack(EVALUATED, len(evaluated) + len(proof)) + evaluated + proof


def serve(asked: BinaryIO, answered: BinaryIO) -> None:
    """Evaluate one batch after the other, until `asked` ends."""
    while head := asked.read(ASKED.size):
        seed, epoch, size = ASKED.unpack(head)
        answered.write(answer(seed, epoch, asked.read(size)))
        answered.flush()


def main() -> None:
    """`python -m contact_service.actions.evaluating PARENT`."""
    confine(int(sys.argv[1]), MEMORY_BYTES)
    serve(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
