"""DataKeys open in memory: a bounded LRU, each at most five minutes, so that an idle owner's key does not linger."""

from collections import OrderedDict

from contact_service.vault.sealing import DataKey

LIFETIME_S = 300.0


class OpenKeys:
    """Open DataKeys by (owner, generation). The clock is an argument: seconds of one monotonic clock."""

    __slots__ = ("_by_owner", "_lifetime_s", "_most")

    def __init__(self, most: int = 10_000, lifetime_s: float = LIFETIME_S) -> None:
        """`most` owners are kept; a key is dropped `lifetime_s` (<= 300) after it was put, however often it is used."""
        if most < 1 or not 0 < lifetime_s <= LIFETIME_S:
            raise ValueError("keep at least one owner, and each key for at most 300 s")
        self._most = most
        self._lifetime_s = lifetime_s
        self._by_owner: OrderedDict[str, dict[int, tuple[DataKey, float]]] = OrderedDict()

    def __len__(self) -> int:
        return sum(map(len, self._by_owner.values()))

    def get(self, owner: str, gen: int, now: float) -> DataKey | None:
        """The open key, or None: unwrap it and `put` it."""
        keys = self._by_owner.get(owner)
        if keys is None:
            return None
        found = keys.get(gen)
        if found is None:
            return None
        if now >= found[1]:
            del keys[gen]
            if not keys:
                del self._by_owner[owner]
            return None
        self._by_owner.move_to_end(owner)
        return found[0]

    def put(self, key: DataKey, now: float) -> None:
        """Keep the key open; beyond the bound the owner used longest ago goes."""
        keys = self._by_owner.setdefault(key.owner, {})
        keys[key.gen] = (key, now + self._lifetime_s)
        self._by_owner.move_to_end(key.owner)
        if len(self._by_owner) > self._most:
            self._by_owner.popitem(last=False)

    def drop(self, owner: str) -> None:
        """Forget every generation of the owner: the head shows another generation or state, or the owner is erased."""
        self._by_owner.pop(owner, None)

    def sweep(self, now: float) -> int:
        """Forget all keys that are due, and return how many; call it about once a minute."""
        before = len(self)
        for owner in list(self._by_owner):
            keys = {gen: kept for gen, kept in self._by_owner[owner].items() if now < kept[1]}
            if keys:
                self._by_owner[owner] = keys
            else:
                del self._by_owner[owner]
        return before - len(self)
