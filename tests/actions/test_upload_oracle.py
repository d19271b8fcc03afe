"""Uploads of two devices, mixed with edits by hand, against a model written down without a database."""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from acting import Actor, make_house, person
from contact_service.actions import cards, edge, upload, view
from contact_service.formats import upload as wire
from contact_service.model import ids
from contact_service.model.consent import Purpose
from contact_service.model.ids import OwnerId
from contact_service.storage.db import Db


@dataclass
class Kept:
    name: str
    note: str | None = None
    by_hand: bool = False
    alive: bool = True


@dataclass
class Model:
    """What an owner's book should be: contacts, and which record of which device made or holds them."""

    contacts: list[Kept] = field(default_factory=list)
    links: dict[tuple[str, str], tuple[Kept, str]] = field(default_factory=dict)

    def upload(
        self, device: str, records: dict[str, str], *, full: bool
    ) -> tuple[int, int, int, int]:
        made = changed = same = gone = 0
        for name, content in records.items():
            held, before = self.links.get((device, name), (None, ""))
            if held is not None and before == content:
                same += 1
                continue
            if held is None or not held.alive:
                held = Kept(content)
                self.contacts.append(held)
                made += 1
            else:
                held.name = content
                changed += 1
            self.links[device, name] = held, content
        for key in [k for k in self.links if full and k[0] == device and k[1] not in records]:
            held, _ = self.links.pop(key)
            if held.alive and not held.by_hand:
                held.alive = False
                gone += 1
        return made, changed, same, gone

    def shown(self) -> list[tuple[str, str | None]]:
        return sorted((c.name, c.note or "") for c in self.contacts if c.alive)


RECORDS = st.dictionaries(
    st.sampled_from("abcd"), st.sampled_from(["Ann", "Bob", "Cyd"]), max_size=4
)
UPLOADS = st.tuples(st.just("upload"), st.sampled_from(["d1", "d2"]), RECORDS, st.booleans())
EDITS = st.tuples(st.just("note"), st.integers(0, 9), st.sampled_from(["x", "y"]), st.none())
DELETES = st.tuples(st.just("delete"), st.integers(0, 9), st.none(), st.none())


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.one_of(UPLOADS, UPLOADS, EDITS, DELETES), max_size=12))
async def test_any_mixture_of_uploads_and_edits_gives_the_models_book(
    db: Db, steps: list[Any]
) -> None:
    actor = await Actor(make_house(db), OwnerId(f"o-{uuid4().hex}")).consents(Purpose.STORE)
    model = Model()
    of: dict[str, Kept] = {}
    for kind, who, what, full in steps:
        if kind == "upload":
            done = await _send(actor, who, what, full=full)
            told = (done.created, done.updated, done.unchanged, done.removed)
            assert told == model.upload(who, what, full=full)
            _name_new(await _book(actor), of, model)
        elif live := [c for c in await _book(actor) if of[c["id"]].alive]:
            card = live[who % len(live)]
            kept = of[card["id"]]
            if kind == "note":
                await actor(cards.patch, ids.card_id(card["id"]), {"notes": {"n": {"note": what}}})
                # Writing the note it has already is no edit.
                kept.by_hand = kept.by_hand or kept.note != what
                kept.note = what
            else:
                await actor(cards.delete, ids.card_id(card["id"]))
                kept.alive = False
    book = await _book(actor)
    assert sorted((c["name"]["full"], _note(c)) for c in book) == model.shown()
    assert (await edge.head(actor.house, actor.owner)).live_cards == len(book)


def _name_new(book: list[dict[str, Any]], of: dict[str, Kept], model: Model) -> None:
    """Pair ids the service gave with the model's contacts: new ones come in the order in which they were made."""
    known = {id(kept) for kept in of.values()}
    fresh = [kept for kept in model.contacts if id(kept) not in known]
    new = [c for c in book if c["id"] not in of]
    assert len(new) == len(fresh)
    for card, kept in zip(new, fresh, strict=True):
        of[card["id"]] = kept


def _note(card: dict[str, Any]) -> str:
    return card.get("notes", {}).get("n", {}).get("note", "")


async def _book(actor: Actor) -> list[dict[str, Any]]:
    head = await edge.head(actor.house, actor.owner)
    return [msgspec.json.decode(c.body) for c in (await view.book(actor.house, head)).cards]


async def _send(
    actor: Actor, device: str, records: dict[str, str], *, full: bool
) -> upload.Uploaded:
    items = [{"sourceId": k, "card": msgspec.Raw(person(v))} for k, v in records.items()]
    opening = {"source": {"deviceId": device}, "view": "full" if full else "partial"}
    batch = wire.read_json(msgspec.json.encode({**opening, "contacts": items}))
    prepared = await upload.prepare(actor.house, actor.owner, "test", batch)
    done: upload.Uploaded = await actor(upload.apply, prepared)
    return done
