"""CS-ENC-1 (privacy.md): known answers, and the law that a value opens in its own place only."""

import hashlib
import os

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from contact_service.model.problem import IntegrityBroken
from contact_service.vault import keyring, sealing
from contact_service.vault.sealing import DataKey

RING = keyring.Keyring({7: bytes(range(32))}, 7, {1: bytes(32)}, 1, bytes(32))
KEY = DataKey("u1", 1, bytes(range(0x20, 0x40)))
KINDS = st.sampled_from(sorted(sealing.BLOCK_BYTES))
OBJECTS = st.binary(min_size=1, max_size=40)
REVS = st.integers(0, 2**63 - 1)


def test_the_wrapped_key_is_the_known_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "urandom", bytes)
    wrapped = KEY.wrap(RING)
    assert len(wrapped) == 65
    assert wrapped.hex().endswith("632f50062dc6bad67e2dbe")
    assert sealing.kek(wrapped) == 7


def test_the_sealed_card_is_the_known_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "urandom", lambda size: b"\x01" * size)
    sealed = KEY.seal("card", b"c1", 3, b'\x00{"@type":"Card","uid":"x"}')
    assert len(sealed) == 97
    digest = hashlib.sha256(sealed).hexdigest()
    assert (digest[:8], digest[-6:]) == ("dcedf5c8", "3887b4")
    assert KEY.seal_many("card", [(b"c1", 3, b'\x00{"@type":"Card","uid":"x"}')]) == [sealed]


def test_the_card_sub_key_and_the_mac_are_the_known_answers() -> None:
    sub_key = sealing._expand(KEY._extracted, "card").hex()
    assert (sub_key[:8], sub_key[-6:]) == ("c4baa119", "011c80")
    assert KEY.mac(b"tel:+14155550123").hex() == "23229d2410895168f07b3d7b55e35e44"


@given(st.binary(min_size=32, max_size=32), KINDS, OBJECTS, REVS, st.binary(max_size=300))
def test_a_second_implementation_opens_what_is_sealed(
    key: bytes, kind: str, object_id: bytes, rev: int, plaintext: bytes
) -> None:
    sealed = DataKey("ann", 5, key).seal(kind, object_id, rev, plaintext)
    sub_key = HKDF(SHA256(), 32, b"", b"CS-ENC-1/" + kind.encode()).derive(key)
    head = b"\x01\x00\x00\x00\x05"
    aad = head
    for part in (kind.encode(), b"ann", object_id):
        aad += len(part).to_bytes(2, "big") + part
    aad += rev.to_bytes(8, "big")
    padded = AESGCM(sub_key).decrypt(sealed[5:17], sealed[17:], aad)
    assert sealed[:5] == head
    assert padded.rstrip(b"\0") == plaintext + b"\x80"
    assert len(padded) % sealing.BLOCK_BYTES[kind] == 0


@given(KINDS, OBJECTS, REVS, st.binary(max_size=5000))
def test_what_is_sealed_opens_again(
    kind: str, object_id: bytes, rev: int, plaintext: bytes
) -> None:
    sealed = KEY.seal(kind, object_id, rev, plaintext)
    assert KEY.open(kind, object_id, rev, sealed) == plaintext
    assert sealing.generation(sealed) == 1


@given(KINDS, st.lists(st.tuples(OBJECTS, REVS, st.binary(max_size=200)), max_size=8))
def test_many_are_sealed_as_each_alone(kind: str, items: list[tuple[bytes, int, bytes]]) -> None:
    sealed = KEY.seal_many(kind, iter(items))
    opened = [
        KEY.open(kind, item[0], item[1], one) for item, one in zip(items, sealed, strict=True)
    ]
    assert opened == [item[2] for item in items]
    assert len({one[5:17] for one in sealed}) == len(items)


@given(st.integers(0, 400))
def test_sizes_tell_multiples_of_64_only(size: int) -> None:
    length = len(KEY.seal("card", b"c1", 3, bytes(size))) - 33
    assert length % 64 == 0
    assert 0 < length - size <= 64


def test_every_flipped_bit_is_refused() -> None:
    sealed = KEY.seal("card", b"c1", 3, b"plain")
    for bit in range(len(sealed) * 8):
        broken = bytearray(sealed)
        broken[bit // 8] ^= 1 << bit % 8
        with pytest.raises(IntegrityBroken):
            KEY.open("card", b"c1", 3, bytes(broken))


@given(st.binary(max_size=200))
def test_garbage_and_cut_values_are_refused(garbage: bytes) -> None:
    for sealed in (garbage, KEY._head + garbage, KEY.seal("card", b"c1", 3, b"")[: len(garbage)]):
        with pytest.raises(IntegrityBroken):
            KEY.open("card", b"c1", 3, sealed[:96])


@pytest.mark.parametrize(
    ("key", "kind", "object_id", "rev"),
    [
        (DataKey("u2", 1, KEY._key), "card", b"c1", 3),
        (DataKey("u1", 2, KEY._key), "card", b"c1", 3),
        (sealing.new("u1", 1), "card", b"c1", 3),
        (KEY, "head", b"c1", 3),
        (KEY, "card", b"c2", 3),
        (KEY, "card", b"c1", 4),
    ],
)
def test_a_value_moved_to_another_place_is_refused(
    key: DataKey, kind: str, object_id: bytes, rev: int
) -> None:
    sealed = KEY.seal("card", b"c1", 3, b"plain")
    with pytest.raises(IntegrityBroken):
        key.open(kind, object_id, rev, sealed)


def test_a_value_padded_by_another_rule_is_refused() -> None:
    sub = KEY._subkey("card")
    aad = sub.prefix + b"\x00\x02c1" + (3).to_bytes(8, "big")
    for padded in (bytes(64), b"x" * 64, b"", b"\x81" + bytes(63)):
        forged = KEY._head + bytes(12) + sub.cipher.encrypt(bytes(12), padded, aad)
        with pytest.raises(IntegrityBroken):
            KEY.open("card", b"c1", 3, forged)


def test_a_wrapped_key_opens_for_its_owner_and_generation_only() -> None:
    wrapped = KEY.wrap(RING)
    sealed = KEY.seal("card", b"c1", 3, b"plain")
    assert sealing.unwrap(RING, "u1", 1, wrapped).open("card", b"c1", 3, sealed) == b"plain"
    cases = [("u2", 1, wrapped), ("u1", 2, wrapped), ("u1", 1, wrapped[:-1]), ("u1", 1, b"")]
    for bit in range(len(wrapped) * 8):
        broken = bytearray(wrapped)
        broken[bit // 8] ^= 1 << bit % 8
        cases.append(("u1", 1, bytes(broken)))
    for owner, gen, value in cases:
        with pytest.raises(IntegrityBroken):
            sealing.unwrap(RING, owner, gen, value)


def test_a_wrapped_key_needs_its_own_kek() -> None:
    other = keyring.Keyring({7: bytes(32), 8: bytes(range(32))}, 8, {1: bytes(32)}, 1, bytes(32))
    with pytest.raises(IntegrityBroken):
        sealing.unwrap(other, "u1", 1, KEY.wrap(RING))


def test_an_unknown_kind_is_a_mistake_of_ours_not_a_new_key() -> None:
    with pytest.raises(ValueError, match="nothing is sealed"):
        KEY.seal("mac", b"c1", 3, b"")


@pytest.mark.parametrize("broken", [b"", b"\x02" + bytes(120), b"\x01\x00\x00\x00\x01"])
def test_the_generation_of_no_sealed_value_is_refused(broken: bytes) -> None:
    with pytest.raises(IntegrityBroken):
        sealing.generation(broken)
    with pytest.raises(IntegrityBroken):
        sealing.kek(broken)


def test_a_key_never_shows_itself() -> None:
    shown = repr(KEY) + repr(RING) + str(KEY)
    assert KEY._key.hex() not in shown
    assert repr(bytes(KEY._key)) not in shown
    assert "u1" not in shown
