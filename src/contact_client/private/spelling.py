"""What an app asks for, in the spelling in which it is compared, and the answer in the app's own. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Self

import msgspec

from contact_client.private.canonical import canonical
from contact_client.private.notes import Who
from contact_client.problems import DiscoveryBudget
from contact_client.values import Discovered, Found


class Spelled(msgspec.Struct, frozen=True):
    """`texts` as asked, each with its canonical spelling; `canonical`: each of them once; `invalid`: positions."""

    texts: tuple[tuple[str, str], ...]
    canonical: tuple[str, ...]
    invalid: tuple[int, ...]

    @classmethod
    def of(cls, identifiers: Iterable[str]) -> Self:
        """Of identifiers in any spelling. Takes about 10 us each."""
        pairs = [(text, canonical(text)) for text in identifiers]
        texts = tuple(dict.fromkeys((text, one) for text, one in pairs if one is not None))
        every = tuple(dict.fromkeys(one for _, one in texts))
        return cls(texts, every, tuple(i for i, (_, one) in enumerate(pairs) if one is None))

    def discovered(self, found: Mapping[str, Who]) -> Discovered:
        """The users among them, in the order asked."""
        matches = (
            Found(text, found[one].user_id, found[one].profile)
            for text, one in self.texts
            if one in found
        )
        return Discovered(tuple(matches), self.invalid)


def later(now: datetime, refusal: DiscoveryBudget | None) -> datetime | None:
    """When the budget that refused has some again."""
    if refusal is None or refusal.retry_after_s is None:
        return None
    return now + timedelta(seconds=refusal.retry_after_s)
