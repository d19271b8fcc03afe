"""A card through the seal and back, byte for byte."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_service.model.card import Card
from contact_service.model.ids import CardId
from contact_service.model.problem import IntegrityBroken
from contact_service.vault import cards, sealing

KEY = sealing.new("ann", 1)
ID = CardId(UUID("01890a5d-ac96-774b-bcce-b302099a8057"))
CARDS = st.builds(Card, st.binary(max_size=300), st.binary(max_size=300))


@given(CARDS, st.uuids().map(CardId), st.integers(0, 2**63 - 1))
def test_a_card_comes_back_byte_for_byte(card: Card, card_id: CardId, rev: int) -> None:
    assert cards.open_(KEY, card_id, rev, cards.seal(KEY, card_id, rev, card)) == card


@given(st.lists(st.tuples(st.uuids().map(CardId), st.integers(1, 99), CARDS), max_size=6))
def test_many_cards_come_back_in_their_order(items: list[tuple[CardId, int, Card]]) -> None:
    sealed = cards.seal_many(KEY, items)
    rows = [(item[0], item[1], one) for item, one in zip(items, sealed, strict=True)]
    assert cards.open_many(KEY, rows) == [item[2] for item in items]


def test_the_object_id_is_the_canonical_spelling() -> None:
    sealed = cards.seal(KEY, ID, 3, Card(b"{}", b"BEGIN:VCARD"))
    opened = KEY.open("card", b"01890a5d-ac96-774b-bcce-b302099a8057", 3, sealed)
    assert opened == b"\x02\x00\x00\x00\x02{}BEGIN:VCARD"
    assert KEY.open("card", str(ID).encode(), 3, cards.seal(KEY, ID, 3, Card(b"{}"))) == b"\x00{}"


def test_a_card_opens_at_its_own_id_and_revision_only() -> None:
    sealed = cards.seal(KEY, ID, 3, Card(b"{}"))
    for card_id, rev in ((CardId(uuid4()), 3), (ID, 4)):
        with pytest.raises(IntegrityBroken):
            cards.open_(KEY, card_id, rev, sealed)
        with pytest.raises(IntegrityBroken):
            cards.open_many(KEY, [(card_id, rev, sealed)])


@pytest.mark.parametrize(
    "plaintext", [b"", b"\x01{}", b"\x03{}", b"\x02\x00\x00\x00", b"\x02\x00\x00\x00\x03{}"]
)
def test_an_unknown_or_cut_codec_is_refused(plaintext: bytes) -> None:
    sealed = KEY.seal("card", str(ID).encode(), 3, plaintext)
    with pytest.raises(IntegrityBroken):
        cards.open_(KEY, ID, 3, sealed)
