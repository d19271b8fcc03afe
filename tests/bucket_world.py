"""The directory's half of private discovery, written as its owner writes it, beside a plain dict."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from acting import Actor
from contact_service.actions import buckets
from contact_service.actions.buckets import Seen
from contact_service.actions.context import House
from contact_service.model.bucket import bucket, tag
from contact_service.storage import registrations
from contact_service.storage.db import Tx

BITS = 2
EVERY = range(1 << BITS)
EPOCH = "INSERT INTO directory_epochs (kind, epoch, state, bits, since) VALUES ('oprf', $1::bigint, $2::text, $3::int, now())"
ADD = """INSERT INTO directory_private (epoch, digest, kind, entry_id, user_id)
VALUES ($1::bigint, $2::bytea, 'phone', $3::bigint, $4::text)"""
DROP = "DELETE FROM directory_private WHERE epoch = $1::bigint AND digest = $2::bytea"
LOG = """INSERT INTO directory_private_log (epoch, bucket, seq, digest, user_id, added, at)
VALUES ($1::bigint, $2::bigint, $3::bigint, $4::bytea, $5::text, $6::boolean, $7::timestamptz)"""
BLOCK = """INSERT INTO blocked_by (owner_id, user_id, blocked, seq) VALUES ($1::text, $2::text, $3::boolean, $4::bigint)
ON CONFLICT (owner_id, user_id) DO UPDATE SET blocked = excluded.blocked, seq = excluded.seq"""
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def digest(number: int, mark: int, tail: int) -> bytes:
    """In a bucket, with one of few tags: several digests share one."""
    made = number << (128 - BITS) | mark << (96 - BITS) | tail
    return made.to_bytes(16)


DIGESTS = [digest(number, mark, tail) for number in EVERY for mark in (0, 9) for tail in (1, 2)]


@dataclass
class World:
    """The directory's half of private discovery, written as its owner writes it, beside a plain dict."""

    house: House
    viewer: Actor
    epoch: int
    entries: dict[bytes, str] = field(default_factory=dict)
    blockers: dict[str, tuple[bool, int]] = field(default_factory=dict)
    lines: list[tuple[int, bytes, str]] = field(default_factory=list)
    seq: int = 0

    async def bind(self, at: bytes, user: str) -> None:
        """The digest is this user's from now on; it may have been another's."""
        if self.entries.get(at) == user:
            return
        if at in self.entries:
            await self.drop(at)

        async def story(tx: Tx) -> None:
            self.seq = await registrations.take(tx, 1)
            await tx.run(ADD, self.epoch, at, self.seq, user)
            await self._log(tx, at, user, added=True)

        await self.house.db.sharing(story)
        self.entries[at] = user

    async def drop(self, at: bytes) -> None:
        user = self.entries.pop(at, None)
        if user is None:
            return

        async def story(tx: Tx) -> None:
            self.seq = await registrations.take(tx, 1)
            await tx.run(DROP, self.epoch, at)
            await self._log(tx, at, user, added=False)

        await self.house.db.sharing(story)

    async def _log(self, tx: Tx, at: bytes, user: str, *, added: bool) -> None:
        self.lines.append((self.seq, at, user))
        number = bucket(at, BITS)
        await tx.run(LOG, self.epoch, number, self.seq, at, user, added, NOW)

    async def block(self, user: str, *, blocked: bool) -> None:
        async def story(tx: Tx) -> None:
            self.seq = await registrations.take(tx, 1)
            await tx.run(BLOCK, tx.owner, user, blocked, self.seq)

        await self.house.db.writing(self.viewer.owner, story)
        self.blockers[user] = (blocked, self.seq)

    async def look(self, asked: dict[int, int | None]) -> tuple[int, list[Seen]]:
        seq, seen = await self.viewer.read(buckets.read, self.epoch, asked)
        assert [one.id for one in seen] == list(asked)
        return seq, seen

    def visible(self, number: int) -> set[bytes]:
        hiding = {user for user, (now, _) in self.blockers.items() if now}
        return {
            tag(at, BITS)
            for at, user in self.entries.items()
            if bucket(at, BITS) == number and user not in hiding
        }

    def may_tell(self, number: int, since: int) -> set[bytes]:
        """Tags that entries and events of those who did not hide all the time have."""
        hidden = {user for user, (now, seq) in self.blockers.items() if now and seq <= since}
        seen = [*((at, user) for _, at, user in self.lines), *self.entries.items()]
        return {
            tag(at, BITS) for at, user in seen if bucket(at, BITS) == number and user not in hidden
        }


def packed(tags: set[bytes]) -> bytes:
    return b"".join(sorted(tags))


def split(raw: bytes) -> list[bytes]:
    return [raw[at : at + 4] for at in range(0, len(raw), 4)]
