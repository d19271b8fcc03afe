"""The VOPRF by RFC 9497's vectors, and its proofs by a verifier that shares nothing with the library (ristretto.py)."""

import json
import random
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contact_service.vault import keyring, oprf
from contact_service.vault.oprf import Key, Refused
from vault import ristretto
from vault.ristretto import Malformed

SEED = bytes(range(32))
VECTORS = Path(__file__).parents[3] / "shared" / "vectors" / "rfc9497_allVectors.json"
# RFC 9496 A.2: what must not decode.
BAD = """
    00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
    ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f
    f3ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f
    edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f
    0100000000000000000000000000000000000000000000000000000000000000
    01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f
    ed57ffd8c914fb201471d1c3d245ce3c746fcbe63a3679d51b6a516ebebe0e20
    c34c4e1826e5d403b78e246e88aa051c36ccf0aafebffe137d148a2bf9104562
    26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371
    4eac077a713c57b4f4397629a4145982c661f48044dd3f96427d40b147d9742f
    de6a7b00deadc788eb6b6c8d20c0ae96c2f2019078fa604fee5b87d6e989ad87
    bcab477be20861e01e4a0e295284146a510150d9817763caf1a6f4b422d67042
    2a292df7e32cababbd9de088d1d1abec9fc0440f637ed2fba145094dc14bea08
    f4a9e534fc0d216c44b218fa0c42d99635a0127ee2e53c712f70609649fdff22
""".split()
IDENTITY = bytes(32)


@pytest.fixture(scope="module")
def suite() -> dict[str, Any]:
    """Mode 1 of ristretto255-SHA512; skips where the vectors are not."""
    if not VECTORS.is_file():
        pytest.skip("no ../shared/vectors beside the checkout")
    every = json.loads(VECTORS.read_text())
    (found,) = (e for e in every if e["identifier"] == "ristretto255-SHA512" and e["mode"] == 1)
    return dict(found)


@pytest.fixture(scope="module")
def key(suite: dict[str, Any]) -> Key:
    return Key.of(bytes.fromhex(suite["seed"]), bytes.fromhex(suite["keyInfo"]))


def hexes(text: str) -> list[bytes]:
    return [bytes.fromhex(part) for part in text.split(",")]


def cut(elements: bytes) -> list[bytes]:
    return [elements[at : at + 32] for at in range(0, len(elements), 32)]


def element(number: int) -> bytes:
    return ristretto.blinded(b"tel:+1415%07d" % number, 2 + number)


def test_the_key_of_the_vectors_is_derived(suite, key):
    secret = ristretto.derive(bytes.fromhex(suite["seed"]), bytes.fromhex(suite["keyInfo"]))
    assert secret.to_bytes(32, "little").hex() == suite["skSm"]
    assert key.public.hex() == suite["pkSm"]
    assert ristretto.encode(ristretto.times(secret, ristretto.BASE)) == key.public


@pytest.mark.parametrize("number", range(3))
def test_a_vector_is_evaluated_and_ends_in_its_output(suite, key, number):
    vector = suite["vectors"][number]
    asked, inputs = hexes(vector["BlindedElement"]), hexes(vector["Input"])
    evaluated, proof = key.evaluate(b"".join(asked))
    assert cut(evaluated) == hexes(vector["EvaluationElement"])
    assert ristretto.verifies(key.public, asked, cut(evaluated), proof)
    outputs = hexes(vector["Output"])
    assert key.digests(inputs) == [output[:16] for output in outputs]
    for text, blind, one, output in zip(
        inputs, hexes(vector["Blind"]), cut(evaluated), outputs, strict=True
    ):
        assert ristretto.finalised(text, int.from_bytes(blind, "little"), one) == output


@pytest.mark.parametrize("number", range(3))
def test_the_verifier_takes_the_proof_of_a_vector_and_no_other(suite, number):
    vector, public = suite["vectors"][number], bytes.fromhex(suite["pkSm"])
    asked, evaluated = hexes(vector["BlindedElement"]), hexes(vector["EvaluationElement"])
    proof = bytes.fromhex(vector["Proof"]["proof"])
    assert ristretto.verifies(public, asked, evaluated, proof)
    for bit in (0, 100, 255, 256, 400, 511):
        flipped = (int.from_bytes(proof) ^ 1 << bit).to_bytes(64)
        assert not ristretto.verifies(public, asked, evaluated, flipped)
    assert not ristretto.verifies(Key.derive(SEED, 1).public, asked, evaluated, proof)
    assert not ristretto.verifies(public, asked, [*evaluated[1:], asked[0]], proof)


def test_the_verifier_blinds_as_the_vectors_do(suite):
    for vector in suite["vectors"]:
        for text, blind, expected in zip(
            hexes(vector["Input"]),
            hexes(vector["Blind"]),
            hexes(vector["BlindedElement"]),
            strict=True,
        ):
            assert ristretto.blinded(text, int.from_bytes(blind, "little")) == expected


def test_our_proofs_hold_for_our_key_and_order_alone():
    ours, other = Key.derive(SEED, 7), Key.derive(SEED, 8)
    asked = [element(n) for n in range(5)]
    raw, proof = ours.evaluate(b"".join(asked))
    evaluated = cut(raw)
    assert len(proof) == 64
    assert ristretto.verifies(ours.public, asked, evaluated, proof)
    assert not ristretto.verifies(other.public, asked, evaluated, proof)
    assert not ristretto.verifies(ours.public, asked[::-1], evaluated[::-1], proof)
    swapped = [evaluated[1], evaluated[0], *evaluated[2:]]
    assert not ristretto.verifies(ours.public, asked, swapped, proof)
    assert not ristretto.verifies(ours.public, asked[:4], evaluated[:4], proof)
    # One element under another key, with a proof for all: what a service that marks one client would do.
    marked = [*evaluated[:4], cut(other.evaluate(asked[4])[0])[0]]
    assert not ristretto.verifies(ours.public, asked, marked, proof)
    for bit in random.Random(9).sample(range(512), 8):
        assert not ristretto.verifies(
            ours.public, asked, evaluated, (int.from_bytes(proof) ^ 1 << bit).to_bytes(64)
        )


def test_an_epochs_key_comes_of_its_seed_and_number():
    assert Key.derive(SEED, 1).public == Key.of(SEED, b"contact-service/voprf/1").public
    secret = ristretto.derive(SEED, b"contact-service/voprf/1")
    assert Key.derive(SEED, 1).public == ristretto.encode(ristretto.times(secret, ristretto.BASE))
    publics = {Key.derive(seed, n).public for seed in (SEED, bytes(32)) for n in (1, 2, 11)}
    assert len(publics) == 6
    assert SEED.hex() not in repr(Key.derive(SEED, 1))


def test_a_keyring_gives_the_keys_of_its_epochs():
    ring = keyring.create()
    (made,) = oprf.keys(ring).items()
    assert made[0] == ring.oprf_epoch
    assert made[1] is oprf.keys(ring)[made[0]], "made once"
    assert made[1].public == Key.derive(ring.oprf[made[0]], made[0]).public


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.binary(min_size=1, max_size=40), max_size=4), st.integers(1, ristretto.ORDER - 1)
)
def test_a_digest_is_what_a_client_ends_with(inputs, blind):
    ours = Key.derive(SEED, 3)
    asked = [ristretto.blinded(text, blind) for text in inputs]
    evaluated, _ = ours.evaluate(b"".join(asked))
    finals = [
        ristretto.finalised(text, blind, one)
        for text, one in zip(inputs, cut(evaluated), strict=True)
    ]
    assert [final[:16] for final in finals] == ours.digests(inputs)


@pytest.mark.parametrize("bad", [IDENTITY, *(bytes.fromhex(text) for text in BAD)])
@pytest.mark.parametrize("index", [0, 2])
def test_what_is_no_canonical_element_or_the_identity_is_refused_by_its_place(bad, index):
    elements = [element(n) for n in range(3)]
    elements[index] = bad
    for judge in (Key.derive(SEED, 1).evaluate, oprf.decode):
        with pytest.raises(Refused) as refused:
            judge(b"".join(elements))
        assert refused.value.index == index
    if bad != IDENTITY:
        with pytest.raises(Malformed):
            ristretto.decode(bad)


@settings(max_examples=60, deadline=None)
@given(st.binary(min_size=32, max_size=32))
def test_both_implementations_refuse_the_same_encodings(raw):
    try:
        refused = ristretto.encode(ristretto.decode(raw)) == IDENTITY
    except Malformed:
        refused = True
    if refused:
        with pytest.raises(Refused):
            oprf.decode(raw)
    else:
        oprf.decode(raw)


@pytest.mark.parametrize("size", [1, 31, 33, 95])
def test_a_cut_element_is_refused_by_its_place(size):
    whole = element(1) * 3
    with pytest.raises(Refused) as refused:
        oprf.decode(whole[:size])
    assert refused.value.index == size // 32


def test_no_elements_are_evaluated_to_none_with_a_proof():
    evaluated, proof = Key.derive(SEED, 1).evaluate(b"")
    assert evaluated == b""
    assert len(proof) == 64


def test_what_the_library_cannot_hash_is_an_error_like_any_other():
    with pytest.raises((ValueError, RuntimeError)):
        Key.derive(SEED, 1).digests([b"x" * 70_000])


def test_a_panic_is_turned_into_an_exception_without_its_words():
    class PanicException(BaseException):
        pass

    with pytest.raises(RuntimeError) as told, oprf._without_panic():
        raise PanicException("secret")
    assert "secret" not in str(told.value)
    with pytest.raises(KeyboardInterrupt), oprf._without_panic():
        raise KeyboardInterrupt


def test_the_verifiers_own_group_is_the_published_one():
    # RFC 9496 A.1: small multiples of the generator.
    multiples = [ristretto.encode(ristretto.times(n, ristretto.BASE)) for n in range(4)]
    assert [raw.hex()[:16] for raw in multiples] == [
        "0000000000000000",
        "e2f2ae0a6abc4e71",
        "6a493210f7499cd1",
        "94741f5d5d52755e",
    ]
    for raw, following in pairwise(multiples):
        step = ristretto.add(ristretto.decode(raw), ristretto.BASE)
        assert ristretto.encode(step) == following
    assert ristretto.encode(ristretto.times(ristretto.ORDER, ristretto.BASE)) == IDENTITY
