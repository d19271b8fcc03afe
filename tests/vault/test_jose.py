"""Reading a JWK set: public signature keys only; what cannot be read is left out, an empty rest refuses."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwk

from contact_service.vault import jose
from contact_service.vault.jose import KeySetUnreadable

OKP = jwk.OKPKey.generate_key("Ed25519")
PUBLIC = OKP.as_dict(private=False)
SMALL_RSA = {
    "kty": "RSA",
    "n": "ALyIC8vj1tqEIvAvpDMQfgosw13LpBS9Z2lsMmuaLDNJjN_FKIb-HVR2qtMj7AYC0-wYJhGxJpTXJTVRRDz-zLN7",
    "e": "AQAB",
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
)


def _read(*members: Any) -> dict[str, jwk.Key]:
    return jose.read_jwks(json.dumps({"keys": list(members)}).encode())


def test_a_key_is_found_by_its_kid_else_by_its_thumbprint() -> None:
    assert list(_read(PUBLIC | {"kid": "a", "use": "sig", "alg": "EdDSA"})) == ["a"]
    assert list(_read(PUBLIC)) == [OKP.thumbprint()]


@pytest.mark.parametrize(
    "member",
    [
        7,
        {},
        {"kty": "oct", "k": "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0", "kid": "s"},
        {"kty": ["OKP"]},
        PUBLIC | {"use": "enc"},
        PUBLIC | {"alg": "HS256"},
        PUBLIC | {"alg": []},
        PUBLIC | {"kid": 7},
        PUBLIC | {"x": "!"},
        PUBLIC | {"crv": "P-256"},
        SMALL_RSA,
    ],
)
def test_a_key_that_may_not_sign_is_left_out(member: Any) -> None:
    assert list(_read(member, PUBLIC | {"kid": "good"})) == ["good"]
    with pytest.raises(KeySetUnreadable):
        _read(member)


@given(st.binary(max_size=50) | JSON.map(lambda value: json.dumps({"keys": value}).encode()))
def test_what_is_no_key_set_is_refused(raw: bytes) -> None:
    with pytest.raises(KeySetUnreadable):
        jose.read_jwks(raw)


@pytest.mark.parametrize("raw", [b"[]", b"7", b'{"keys":{}}', b"[" * 100_000, b"\xff"])
def test_another_shape_is_refused(raw: bytes) -> None:
    with pytest.raises(KeySetUnreadable):
        jose.read_jwks(raw)
