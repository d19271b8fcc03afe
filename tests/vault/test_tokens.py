"""Tokens are deterministic, and only the owner and list they were signed for can read them."""

import base64
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_service.model.ids import BookId, OwnerId
from contact_service.model.problem import InvalidCursor, SyncTokenUnknown
from contact_service.vault.tokens import Signer, SyncToken

SIGNER = Signer(bytes(range(32)))
OWNERS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20).map(
    OwnerId
)
U32 = st.integers(0, 2**32 - 1)
U64 = st.integers(0, 2**63 - 1)
STARTS = st.none() | U64
BOOKS = st.none() | st.sampled_from([BookId("contacts"), BookId("work")])


@given(OWNERS, U32, U64, STARTS, BOOKS)
def test_a_token_names_the_place_it_was_made_for(owner, epoch, version, start, book) -> None:
    text = SIGNER.sync_token(owner, epoch, version, start, book=book)
    assert SIGNER.read_sync_token(owner, text, book=book) == SyncToken(epoch, version, start)
    assert text == Signer(bytes(range(32))).sync_token(owner, epoch, version, start, book=book)
    assert len(text) == (39 if start is None else 50)
    assert text.replace("-", "").replace("_", "").isalnum()


@given(OWNERS, OWNERS, BOOKS, BOOKS, STARTS)
def test_a_token_of_another_owner_or_book_is_unknown(owner, other, book, shelf, start) -> None:
    text = SIGNER.sync_token(owner, 1, 2, start, book=book)
    if (owner, book) != (other, shelf):
        with pytest.raises(SyncTokenUnknown):
            SIGNER.read_sync_token(other, text, book=shelf)


@given(st.text(max_size=80) | st.from_regex(r"[A-Za-z0-9_-]{1,60}", fullmatch=True))
def test_garbage_is_refused_as_token_and_as_cursor(text: str) -> None:
    with pytest.raises(SyncTokenUnknown):
        SIGNER.read_sync_token(OwnerId("ann"), text)
    with pytest.raises(InvalidCursor):
        SIGNER.read_cursor(OwnerId("ann"), "contacts", text)


@pytest.mark.parametrize("start", [None, 9])
def test_every_flipped_bit_of_a_token_is_refused(start: int | None) -> None:
    text = SIGNER.sync_token(OwnerId("ann"), 7, 8, start)
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    for bit in range(len(raw) * 8):
        broken = bytearray(raw)
        broken[bit // 8] ^= 1 << bit % 8
        forged = base64.urlsafe_b64encode(bytes(broken)).rstrip(b"=").decode()
        with pytest.raises(SyncTokenUnknown):
            SIGNER.read_sync_token(OwnerId("ann"), forged)


@pytest.mark.parametrize("change", ["{}=", "{} ", "\n{}", "{}é", "{}\ud800", "!{}", "{}" * 200])
def test_a_token_has_one_spelling(change: str) -> None:
    text = SIGNER.sync_token(OwnerId("ann"), 7, 8)
    with pytest.raises(SyncTokenUnknown):
        SIGNER.read_sync_token(OwnerId("ann"), change.replace("{}", text))


def test_spare_bits_of_the_last_character_are_no_second_spelling() -> None:
    text = SIGNER.sync_token(OwnerId("ann"), 7, 8)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    accepted = 0
    for last in alphabet:
        try:
            SIGNER.read_sync_token(OwnerId("ann"), text[:-1] + last)
            accepted += 1
        except SyncTokenUnknown:
            continue
    assert accepted == 1


@given(OWNERS, st.text(max_size=10), st.binary(max_size=40))
def test_a_cursor_returns_its_position(owner: OwnerId, name: str, position: bytes) -> None:
    text = SIGNER.cursor(owner, name, position)
    assert SIGNER.read_cursor(owner, name, text) == position
    for other, listed in ((OwnerId(owner + "x"), name), (owner, name + "x")):
        with pytest.raises(InvalidCursor):
            SIGNER.read_cursor(other, listed, text)


def test_a_cursor_is_no_sync_token_and_the_reverse() -> None:
    owner = OwnerId("ann")
    token = SIGNER.sync_token(owner, 1, 2)
    body = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))[:-16]
    with pytest.raises(SyncTokenUnknown):
        SIGNER.read_sync_token(owner, SIGNER.cursor(owner, "", body))
    with pytest.raises(InvalidCursor):
        SIGNER.read_cursor(owner, "", token)


def test_no_two_scopes_spell_the_same_bytes() -> None:
    text = SIGNER.cursor(OwnerId("ann"), "books", b"7")
    for owner, name, position in (("annb", "ooks", b"7"), ("an", "nbooks", b"7")):
        assert SIGNER.cursor(OwnerId(owner), name, position) != text
        with pytest.raises(InvalidCursor):
            SIGNER.read_cursor(OwnerId(owner), name, text)


def test_another_key_reads_no_token() -> None:
    with pytest.raises(SyncTokenUnknown):
        Signer(bytes(32)).read_sync_token(OwnerId("ann"), SIGNER.sync_token(OwnerId("ann"), 1, 2))


def test_an_alias_is_always_the_same_and_no_other_owners_or_kinds() -> None:
    ann = OwnerId("ann")
    told = SIGNER.alias(ann, "keyword", "Band")
    assert told == SIGNER.alias(ann, "keyword", "Band")
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", told)
    others = {
        SIGNER.alias(OwnerId("bea"), "keyword", "Band"),
        SIGNER.alias(ann, "list", "Band"),
        SIGNER.alias(ann, "keyword", "band"),
        Signer(bytes(32)).alias(ann, "keyword", "Band"),
    }
    assert len(others - {told}) == 4
