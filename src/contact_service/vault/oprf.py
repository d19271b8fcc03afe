"""The verifiable OPRF of private discovery (RFC 9497, mode 1, ristretto255-SHA512), by PyPI `voprf`.

All of it holds the interpreter: 1,000 evaluations for 62 to 99 ms, which is why child processes make them
(`actions/evaluators.py`), and a digest for 42 us.
"""

import contextlib
from collections.abc import Iterator, Sequence
from functools import lru_cache

from voprf import ristretto

from contact_service.vault.keyring import Keyring

ELEMENT_BYTES = 32
PROOF_BYTES = 64
DIGEST_BYTES = 16
"""What the directory keeps of an output of 64 bytes."""
_INFO = "contact-service/voprf/"


class Refused(ValueError):
    """An element, by its `index`, that cannot be evaluated: no canonical encoding (RFC 9496 4.3.1), or the identity."""

    def __init__(self, index: int) -> None:
        super().__init__(f"element {index} is not canonical, or is the identity")
        self.index = index


class Key:
    """The key pair of one epoch. Its repr tells nothing."""

    __slots__ = ("_evaluator", "public")

    def __init__(self, evaluator: ristretto.Evaluator) -> None:
        self._evaluator = evaluator
        self.public: bytes = evaluator.public_key.serialize()
        """32 bytes."""

    @classmethod
    def of(cls, seed: bytes, info: bytes) -> "Key":
        """DeriveKeyPair (RFC 9497 3.2.1). Raises ValueError for a seed that is not 32 bytes."""
        return cls(ristretto.Evaluator.from_seed(seed, info))

    @classmethod
    def derive(cls, seed: bytes, epoch: int) -> "Key":
        """The key of an epoch; kept, since making it costs as much as an evaluation."""
        return _derived(seed, epoch)

    def evaluate(self, elements: bytes) -> tuple[bytes, bytes]:
        """Elements of 32 bytes, evaluated, and one proof for all (64 bytes). Raises Refused."""
        return self.evaluate_decoded(decode(elements))

    def evaluate_decoded(self, blinded: "list[ristretto.BlindedInput]") -> tuple[bytes, bytes]:
        """As `evaluate`, of what `decode` gave."""
        with _without_panic():
            # The library puts the proof first.
            whole = self._evaluator.evaluate_batch(blinded).serialize()
        return whole[PROOF_BYTES:], whole[:PROOF_BYTES]

    def digests(self, inputs: Sequence[bytes]) -> list[bytes]:
        """The first 16 bytes of the output for each input (1 to 65,535 bytes): what a client ends with, too."""
        evaluate = self._evaluator.evaluate_known_input
        with _without_panic():
            return [evaluate(one)[:DIGEST_BYTES] for one in inputs]


def decode(elements: bytes) -> list[ristretto.BlindedInput]:
    """Elements of 32 bytes, checked. Raises Refused for the first that cannot be evaluated."""
    found = []
    # The library looks at the first 32 bytes and leaves the rest alone, so the cut is ours.
    for index in range(len(elements) // ELEMENT_BYTES):
        raw = elements[index * ELEMENT_BYTES : (index + 1) * ELEMENT_BYTES]
        try:
            found.append(ristretto.BlindedInput.deserialize(raw))
        except ValueError:
            raise Refused(index) from None
    if len(elements) % ELEMENT_BYTES:
        raise Refused(len(found))
    return found


def keys(ring: Keyring) -> dict[int, Key]:
    """The keys of all epochs that the keyring has seeds of."""
    return {epoch: Key.derive(seed, epoch) for epoch, seed in ring.oprf.items()}


@lru_cache(maxsize=8)
def _derived(seed: bytes, epoch: int) -> Key:
    return Key.of(seed, f"{_INFO}{epoch}".encode())


@contextlib.contextmanager
def _without_panic() -> Iterator[None]:
    """A panic of the library is no Exception and has no name to import: here it becomes one, without its words."""
    try:
        yield
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise RuntimeError("the VOPRF library panicked") from None
