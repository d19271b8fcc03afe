"""Look up identifiers that are in no book: nothing is kept, not even the answer."""

import msgspec

from contact_service.actions import disclosure
from contact_service.actions.context import Context
from contact_service.matching import identifiers
from contact_service.model import consent
from contact_service.model.consent import Purpose
from contact_service.model.match import Disclosed


class Looked(msgspec.Struct, frozen=True):
    """`found`: (the identifier as asked, who it is), in request order; `invalid`: positions of no identifiers."""

    found: list[tuple[str, Disclosed]]
    invalid: list[int]


async def lookup(ctx: Context, asked: list[str]) -> Looked:
    """Who of these the viewer may learn of. Validity depends on syntax alone, never on the directory.

    Raises ConsentRequired (403) without the consent `match`.
    """
    consent.require(ctx.head.consents, Purpose.MATCH)
    parsed = [identifiers.parse(text) for text in asked]
    candidates = await disclosure.probe(
        ctx, list(dict.fromkeys(i for i in parsed if i is not None))
    )
    disclosed = await disclosure.disclose(ctx, candidates.values())
    found: dict[str, tuple[str, Disclosed]] = {}
    for text, identifier in zip(asked, parsed, strict=True):
        candidate = candidates.get(identifier) if identifier is not None else None
        hit = disclosed.get(candidate) if candidate is not None else None
        if hit is not None:
            found.setdefault(text, (text, hit))
    return Looked(list(found.values()), [i for i, p in enumerate(parsed) if p is None])
