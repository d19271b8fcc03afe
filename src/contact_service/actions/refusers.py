"""Who blocks a viewer, and what their entries in a bucket mean for what she is shown of it. Pure.

Of a refusal only its last change is known. Who hides since before she saw the bucket is passed over with all they did;
for one that began or ended later she is told what holds now, as of anybody who came or went.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from contact_service.model import bucket
from contact_service.model.ids import UserId
from contact_service.storage.private import Line


class Refusers:
    """The users who block one viewer, or did, with their entries in an epoch's buckets."""

    __slots__ = ("_bits", "_blocked", "_entries", "_hidden")

    def __init__(
        self,
        bits: int,
        told: Iterable[tuple[UserId, bool, int]],
        digests: Iterable[tuple[UserId, bytes]],
    ) -> None:
        """`told`: (user, whether they block her now, the directory's number when that changed)."""
        self._bits = bits
        self._blocked = {user: (now, seq) for user, now, seq in told}
        self._entries: dict[int, list[tuple[int, bytes]]] = defaultdict(list)
        self._hidden: dict[int, Counter[bytes]] = defaultdict(Counter)
        for user, digest in digests:
            number, tag = bucket.bucket(digest, bits), bucket.tag(digest, bits)
            now, seq = self._blocked[user]
            self._entries[number].append((seq, tag))
            if now:
                self._hidden[number][tag] += 1

    def hidden(self, number: int) -> Mapping[bytes, int]:
        """How many entries of each tag of that bucket are hidden from her."""
        return self._hidden.get(number, {})

    def touched(self, number: int, since: int, log: Sequence[Line]) -> set[bytes]:
        """The tags of that bucket that may have come or gone for her after `since`; `log` may have older lines too."""
        hiding = {user for user, (now, seq) in self._blocked.items() if now and seq <= since}
        found = {tag for seq, tag in self._entries.get(number, ()) if seq > since}
        found.update(
            bucket.tag(line.digest, self._bits)
            for line in log
            if line.seq > since and line.user not in hiding
        )
        return found
