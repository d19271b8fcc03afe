"""Receipts: this set, this owner, this long; any other is refused."""

import base64
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from contact_service.model.identifier import Identifier
from contact_service.model.ids import OwnerId
from contact_service.vault import receipts

KEY = bytes(range(32))
NOW = datetime(2026, 5, 1, tzinfo=UTC)
ANN, BEA = OwnerId("ann"), OwnerId("bea")
SET = [Identifier(f"tel:+141555501{n:02}") for n in range(5)]
NONCE = bytes(12)


def made(**other):
    asked = {"key": KEY, "owner": ANN, "identifiers": SET, "now": NOW, "nonce": NONCE} | other
    return receipts.make(**asked)


def covered(receipt, identifiers=SET, *, key=KEY, owner=ANN, now=NOW):
    return receipts.covers(key, owner, receipt, identifiers, now)


def test_a_receipt_is_for_its_set_in_any_order():
    assert covered(made())
    assert covered(made(), SET[::-1])
    assert receipts.size(made()) == 5
    assert len(made()) == 47


def test_any_other_set_owner_key_or_time_is_refused():
    receipt = made()
    for other in (SET[:4], SET[1:], [*SET, Identifier("tel:+14155550199")], []):
        assert not covered(receipt, other)
    assert not covered(receipt, owner=BEA)
    assert not covered(receipt, key=bytes(32))
    assert covered(receipt, now=NOW + receipts.VALID - timedelta(seconds=1))
    assert not covered(receipt, now=NOW + receipts.VALID)


def test_every_changed_bit_is_refused():
    raw = base64.urlsafe_b64decode(made() + "=")
    for bit in range(len(raw) * 8):
        changed = bytearray(raw)
        changed[bit // 8] ^= 1 << bit % 8
        assert not covered(base64.urlsafe_b64encode(bytes(changed)).rstrip(b"=").decode())


def test_two_receipts_of_one_set_have_nothing_to_tell_it_by():
    first, second = (base64.urlsafe_b64decode(made(nonce=bytes([n] * 12)) + "=") for n in (1, 2))
    assert first[-16:] != second[-16:]


def test_no_identifier_is_mistaken_for_an_owner_and_one():
    receipt = made(owner=OwnerId("ann"), identifiers=[Identifier("tel:+1"), Identifier("tel:+2")])
    assert not covered(receipt, [Identifier("tel:+2")], owner=OwnerId("ann\ntel:+1"))


@given(st.text(max_size=60) | st.text("AQ_-=", min_size=45, max_size=49))
def test_no_text_breaks_it(text):
    assert not covered(text, SET)
    assert 0 <= receipts.size(text) <= receipts.LARGEST
