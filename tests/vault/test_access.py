"""Bearer tokens: only a trusted issuer's key, audience and time make Claims; a refusal repeats nothing."""

import base64
import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwk, jws

from contact_service.model.ids import OwnerId
from contact_service.model.problem import Unauthenticated
from contact_service.vault import access, jose
from contact_service.vault.access import Claims, Issuer, IssuerKeyUnreadable, Trust, Verifier

NOW = 1_800_000_000.0
ANN = OwnerId("ann")
OWN = Issuer(jwk.OKPKey.generate_key("Ed25519"))
RSA = jwk.RSAKey.generate_key(2048, {"kid": "rsa"})
EC = jwk.ECKey.generate_key("P-256", {"kid": "ec"})
OKP = jwk.OKPKey.generate_key("Ed25519", {"kid": "okp"})
KEYS = {"RS256": RSA, "PS256": RSA, "ES256": EC, "EdDSA": OKP, "Ed25519": OKP}
PUBLIC = {key.kid: jwk.import_key(key.as_dict(private=False)) for key in (RSA, EC, OKP)}
OUTSIDE = Trust("https://id.example.org", "contacts", PUBLIC, 900)
GOOD: dict[str, Any] = {
    "iss": "https://id.example.org",
    "aud": "contacts",
    "sub": "ann",
    "scope": "contacts.read privacy",
    "iat": NOW,
    "exp": NOW + 900,
}


def _token(alg: str = "RS256", header: dict[str, Any] | None = None, **changes: Any) -> str:
    claims = {name: value for name, value in (GOOD | changes).items() if value is not None}
    head = {"alg": alg, "kid": KEYS[alg].kid} | (header or {})
    payload = json.dumps(claims).encode()
    return jws.serialize_compact(head, payload, KEYS[alg], registry=jose.REGISTRY)


def _b64(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _refused(token: str, verifier: Verifier | None = None, now: float = NOW) -> str:
    with pytest.raises(Unauthenticated) as refused:
        (verifier or Verifier([OUTSIDE])).verify(token, now)
    return refused.value.detail


@given(
    st.text(
        st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/"),
        min_size=1,
        max_size=30,
    ),
    st.sets(st.sampled_from(["contacts.read", "contacts.write", "privacy", "admin"])),
    st.integers(1, 10**6),
)
def test_a_minted_token_says_who_what_and_until_when(
    owner: str, scopes: set[str], ttl_s: int
) -> None:
    token = OWN.mint(OwnerId(owner), sorted(scopes), ttl_s, NOW)
    claims = Verifier([OWN.trust()]).verify(token, NOW)
    assert claims == Claims(OwnerId(owner), frozenset(scopes), NOW + ttl_s)


@pytest.mark.parametrize("alg", sorted(KEYS))
def test_each_allowed_algorithm_of_a_trusted_issuer_is_accepted(alg: str) -> None:
    claims = Verifier([OUTSIDE]).verify(_token(alg), NOW)
    assert claims == Claims(ANN, frozenset({"contacts.read", "privacy"}), NOW + 900)


def test_an_audience_may_be_one_of_a_list() -> None:
    token = _token(aud=["mail", "contacts"])
    assert Verifier([OUTSIDE]).verify(token, NOW).owner == "ann"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"iss": "https://evil.example.org"}, "another issuer"),
        ({"iss": None}, "lacks one of"),
        ({"aud": "mail"}, "another audience"),
        ({"aud": []}, "another audience"),
        ({"aud": 7}, "lacks one of"),
        ({"sub": None}, "lacks one of"),
        ({"sub": ""}, "no owner id"),
        ({"sub": "a/b"}, "no owner id"),
        ({"sub": "\x00"}, "no owner id"),
        ({"sub": "x" * 129}, "no owner id"),
        ({"exp": NOW}, "expired"),
        ({"exp": None}, "lacks one of"),
        ({"exp": "9999999999"}, "lacks one of"),
        ({"exp": True}, "lacks one of"),
        ({"nbf": NOW + 61}, "not valid yet"),
        ({"iat": NOW + 61, "exp": NOW + 300}, "not valid yet"),
        ({"iat": None}, "lives longer than 900 s"),
        ({"exp": NOW + 901}, "lives longer than 900 s"),
        ({"scope": ["contacts.read"]}, "lacks one of"),
    ],
)
def test_a_claim_that_does_not_fit_refuses(changes: dict[str, Any], reason: str) -> None:
    assert reason in _refused(_token(**changes))


@pytest.mark.parametrize("ahead_s", [0, 60])
def test_a_minute_of_clock_skew_is_forgiven(ahead_s: int) -> None:
    token = _token(nbf=NOW + ahead_s, iat=NOW + ahead_s)
    assert Verifier([OUTSIDE]).verify(token, NOW).owner == "ann"


def test_own_tokens_may_live_as_long_as_they_were_minted_for() -> None:
    token = OWN.mint(ANN, ["privacy"], 12 * 3600, NOW)
    assert Verifier([OWN.trust()]).verify(token, NOW + 12 * 3600 - 1).owner == "ann"
    assert "expired" in _refused(token, Verifier([OWN.trust()]), NOW + 12 * 3600)


def test_a_token_is_unsigned_or_signed_with_the_public_key_in_vain() -> None:
    body = _b64(GOOD)
    none = f"{_b64({'alg': 'none', 'kid': 'rsa'})}.{body}."
    secret = jwk.OctKey.import_key(RSA.as_pem(private=False).replace(b"-----", b"="))
    head = {"alg": "HS256", "kid": "rsa"}
    hmac = jws.serialize_compact(head, json.dumps(GOOD).encode(), secret, algorithms=["HS256"])
    for token in (none, hmac):
        assert "algorithm" in _refused(token)


def test_the_key_comes_from_the_set_never_from_the_token() -> None:
    evil = jwk.OKPKey.generate_key("Ed25519", {"kid": "evil"})
    for kid, reason in (("evil", "not trusted"), ("okp", "signature")):
        head = {"alg": "EdDSA", "kid": kid, "jwk": evil.as_dict(private=False)}
        token = jws.serialize_compact(head, json.dumps(GOOD).encode(), evil, registry=jose.REGISTRY)
        assert reason in _refused(token)


def test_an_algorithm_must_fit_its_key() -> None:
    head, body, signature = _token("EdDSA").split(".")
    for alg, kid in (("RS256", "okp"), ("EdDSA", "rsa"), ("ES256", "rsa"), ("ES384", "ec")):
        token = f"{_b64({'alg': alg, 'kid': kid})}.{body}.{signature}"
        assert _refused(token)
    assert Verifier([OUTSIDE]).verify(f"{head}.{body}.{signature}", NOW)


def test_a_key_bound_to_one_algorithm_signs_with_no_other() -> None:
    bound = jwk.import_key(RSA.as_dict(private=False) | {"alg": "PS256"})
    trust = Trust(OUTSIDE.issuer, OUTSIDE.audience, {"rsa": bound}, 900)
    assert Verifier([trust]).verify(_token("PS256"), NOW).owner == "ann"
    assert _refused(_token("RS256"), Verifier([trust]))


def test_unknown_header_members_are_ignored_but_critical_ones_refuse() -> None:
    assert Verifier([OUTSIDE]).verify(_token(header={"tenant": "x", "x5t": "y"}), NOW)
    head = _b64({"alg": "EdDSA", "kid": "okp", "crit": ["tenant"], "tenant": "x"})
    signed = f"{head}.{_b64(GOOD)}"
    signature = OKP.get_op_key("sign").sign(signed.encode())
    assert "signature" in _refused(f"{signed}.{_b64(signature)}")


def test_a_flipped_bit_anywhere_refuses() -> None:
    token = _token("EdDSA")
    verifier = Verifier([OUTSIDE])
    for at, character in enumerate(token):
        forged = token[:at] + ("A" if character != "A" else "B") + token[at + 1 :]
        with pytest.raises(Unauthenticated):
            verifier.verify(forged, NOW)


@given(
    st.text(max_size=60)
    | st.from_regex(r"[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*", fullmatch=True)
)
def test_garbage_is_401_and_never_repeated(text: str) -> None:
    detail = _refused(text)
    assert len(text) < 8 or text not in detail


@pytest.mark.parametrize(
    "token",
    [
        "",
        "..",
        "a" * 10_000,
        f"{_b64(b'[' * 5000)}..",
        f"{_b64({'alg': ['RS256'], 'kid': 'rsa'})}.e30.",
        f"{_b64({'alg': 'RS256', 'kid': 'rsa'})}.{_b64(b'[' * 5000)}.AA",
        f"{_b64({'alg': 'RS256'})}.e30.",
        f"{_b64({'alg': 'RS256', 'kid': 'rsa', 'crit': 7})}.e30.",
        f"{_b64({'alg': 'RS256', 'kid': 'rsa', 'b64': False})}.e30.",
        f"{_b64({'alg': 'RS256', 'kid': 'rsa', 'b64': False, 'crit': ['b64']})}.e30.",
        "\ud800..",
    ],
)
def test_a_hostile_token_is_401(token: str) -> None:
    assert _refused(token)


@pytest.mark.parametrize("payload", [b"[" * 50_000, b"\xff", b"", b"[]", b'{"exp":1e999}'])
def test_a_signed_payload_that_is_no_claims_is_401(payload: bytes) -> None:
    head = {"alg": "EdDSA", "kid": "okp"}
    token = jws.serialize_compact(head, payload, OKP, registry=jose.REGISTRY)
    assert _refused(token)


def test_a_remembered_token_expires_all_the_same() -> None:
    verifier = Verifier([OUTSIDE])
    token = _token()
    assert verifier.verify(token, NOW) is verifier.verify(token, NOW + 899)
    assert "expired" in _refused(token, verifier, NOW + 900)


def test_the_memory_of_tokens_is_bounded_and_keeps_the_ones_in_use() -> None:
    verifier = Verifier([OWN.trust()], most=2)
    tokens = [OWN.mint(OwnerId(name), [], 60, NOW) for name in "abc"]
    for token in (tokens[0], tokens[1], tokens[0], tokens[2]):
        verifier.verify(token, NOW)
    assert list(verifier._kept) == [tokens[0], tokens[2]]


def test_a_refused_token_is_not_remembered() -> None:
    verifier = Verifier([OUTSIDE])
    _refused(_token(exp=NOW - 1), verifier)
    assert not verifier._kept


def test_a_withdrawn_key_is_out_at_once() -> None:
    verifier = Verifier([OUTSIDE])
    token = _token("EdDSA")
    verifier.verify(token, NOW)
    verifier.replace([Trust(OUTSIDE.issuer, OUTSIDE.audience, {"rsa": PUBLIC["rsa"]}, 900)])
    assert "not trusted" in _refused(token, verifier)
    assert verifier.misses_key(token)


def test_only_a_readable_token_with_an_unknown_key_asks_for_a_new_set() -> None:
    verifier = Verifier([OUTSIDE])
    assert verifier.misses_key(OWN.mint(ANN, [], 60, NOW))
    assert not verifier.misses_key(_token())
    assert not verifier.misses_key("garbage")
    assert not verifier.misses_key(f"{_b64({'alg': 'none', 'kid': 'x'})}..")


def test_two_issuers_keep_apart() -> None:
    verifier = Verifier([OWN.trust(), OUTSIDE])
    assert verifier.verify(OWN.mint(ANN, [], 60, NOW), NOW).owner == "ann"
    assert verifier.verify(_token(), NOW).owner == "ann"
    assert "another issuer" in _refused(_token(iss=access.ISSUER), verifier)


def test_the_issuers_key_file_is_made_once_and_kept_private(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "issuer.jwk"
    with ThreadPoolExecutor(8) as threads:
        issuers = list(threads.map(lambda _: access.open_issuer(path), range(8)))
    assert len({issuer.kid for issuer in issuers}) == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["issuer.jwk"]
    token = issuers[0].mint(ANN, ["privacy"], 60, NOW)
    assert Verifier([access.open_issuer(path).trust()]).verify(token, NOW).owner == "ann"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        b'{"kty":"OKP","crv":"Ed25519","x":"!"}',
        json.dumps(OKP.as_dict(private=False)).encode(),
        json.dumps(EC.as_dict(private=True)).encode(),
        json.dumps(jwk.OKPKey.generate_key("X25519").as_dict(private=True)).encode(),
    ],
    # Named: a key is another one in each process, and the workers of one run must collect the same tests.
    ids=["empty", "bytes", "list", "object", "half", "public", "curve", "exchange"],
)
def test_a_damaged_issuer_key_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "issuer.jwk"
    path.touch(0o600)
    path.write_bytes(content)
    with pytest.raises(IssuerKeyUnreadable) as refused:
        access.open_issuer(path)
    assert "\n" not in str(refused.value)


def test_an_issuer_key_open_to_other_accounts_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "issuer.jwk"
    access.open_issuer(path)
    path.chmod(0o644)
    with pytest.raises(IssuerKeyUnreadable, match="open to other accounts"):
        access.open_issuer(path)
