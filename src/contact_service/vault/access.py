"""Bearer tokens (JWT, RFC 7519): the embedded issuer, and the verifier of its and of real issuers' tokens.

Only `Verifier.verify` makes Claims. The algorithm comes from an allow-list (jose.py), the key from the configured set
by its `kid` (RFC 8725 3.1, 3.10), never from the token. A refusal's text repeats nothing of the token.
"""

import json
import os
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec
from joserfc import jwk, jws
from joserfc.errors import JoseError

from contact_service.model import ids
from contact_service.model.ids import OwnerId
from contact_service.model.problem import InvalidId, Unauthenticated
from contact_service.vault import jose

ISSUER = "contact-service"
AUDIENCE = "contacts"
_LONGEST = 8192
_SKEW_S = 60


class IssuerKeyUnreadable(Exception):
    """The issuer's key file is damaged or open to other accounts; one line for the operator. It stops a start."""


class Claims(msgspec.Struct, frozen=True, gc=False):
    """What a verified token says: who, what for, until when (Unix seconds)."""

    owner: OwnerId
    scopes: frozenset[str]
    expires_at: float


class Trust(msgspec.Struct, frozen=True):
    """Whose tokens are believed: issuer, audience, keys by `kid`; `max_ttl_s` bounds exp - iat, None is unbounded."""

    issuer: str
    audience: str
    keys: Mapping[str, jwk.Key]
    max_ttl_s: int | None


class _Header(msgspec.Struct, frozen=True):
    alg: str
    kid: str


class _Payload(msgspec.Struct, frozen=True):
    iss: str
    sub: str
    aud: str | list[str]
    exp: float
    nbf: float | None = None
    iat: float | None = None
    scope: str = ""


_HEADERS = msgspec.json.Decoder(_Header)
_PAYLOADS = msgspec.json.Decoder(_Payload)


class Issuer:
    """Mints tokens for the embedded default: `iss` contact-service, `aud` contacts, EdDSA over Ed25519."""

    __slots__ = ("_key", "kid")

    def __init__(self, key: jwk.OKPKey) -> None:
        self._key = key
        self.kid = key.thumbprint()

    def mint(self, owner: OwnerId, scopes: Iterable[str], ttl_s: float, now: float) -> str:
        """A token for `owner`, valid from `now` (Unix seconds) for `ttl_s`."""
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": owner,
            "scope": " ".join(scopes),
            "iat": int(now),
            "exp": int(now + ttl_s),
        }
        header = {"alg": "EdDSA", "kid": self.kid, "typ": "JWT"}
        return jws.serialize_compact(
            header, json.dumps(claims).encode(), self._key, registry=jose.REGISTRY
        )

    def trust(self) -> Trust:
        """Belief in this issuer's own tokens, which may live as long as they were minted for."""
        return Trust(ISSUER, AUDIENCE, {self.kid: self._key}, max_ttl_s=None)


class Verifier:
    """Verifies tokens of the trusted issuers; what verified once is remembered until it expires."""

    __slots__ = ("_kept", "_most", "_trusts")

    def __init__(self, trusts: Iterable[Trust], most: int = 10_000) -> None:
        """`most` verified tokens are remembered, by their own text."""
        self._trusts = tuple(trusts)
        self._most = most
        self._kept: OrderedDict[str, Claims] = OrderedDict()

    def verify(self, token: str, now: float) -> Claims:
        """The token's claims at `now` (Unix seconds). Raises Unauthenticated (401)."""
        kept = self._kept.get(token)
        if kept is not None and now < kept.expires_at:
            self._kept.move_to_end(token)
            return kept
        return self._check(token, now)

    def misses_key(self, token: str) -> bool:
        """Whether the token names a key that no trusted set holds: fetch the set anew, `replace`, verify again."""
        try:
            header = _header(token)
        except Unauthenticated:
            return False
        return all(header.kid not in trust.keys for trust in self._trusts)

    def replace(self, trusts: Iterable[Trust]) -> None:
        """Trust these from now on; what the former verified is forgotten, so a withdrawn key is out at once."""
        self._trusts = tuple(trusts)
        self._kept.clear()

    def _check(self, token: str, now: float) -> Claims:
        header = _header(token)
        trust = next((trust for trust in self._trusts if header.kid in trust.keys), None)
        if trust is None:
            raise Unauthenticated("The token names a key that is not trusted here.")
        payload = _payload(token, header, trust.keys[header.kid])
        _believe(payload, trust, now)
        claims = Claims(_owner(payload), frozenset(payload.scope.split()), payload.exp)
        self._kept[token] = claims
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return claims


def open_issuer(path: Path) -> Issuer:
    """The issuer whose key is in that file (JWK, 0600), made first when absent. Raises IssuerKeyUnreadable.

    Unlike the keyring's, this key may be minted anew: all that is lost are the tokens already given out.
    """
    if not path.exists():
        _create(path)
    try:
        if path.stat().st_mode & 0o077:
            raise IssuerKeyUnreadable(
                f"{path} is open to other accounts: delete it, tokens are then minted anew."
            )
        key = jwk.OKPKey.import_key(json.loads(path.read_bytes()))
    except (ValueError, TypeError, JoseError, KeyError, OSError):
        raise IssuerKeyUnreadable(
            f"The issuer's key at {path} cannot be read: restore or delete it."
        ) from None
    if not key.is_private or key.curve_name != "Ed25519":
        raise IssuerKeyUnreadable(
            f"The key at {path} is no private Ed25519 key: restore or delete it."
        )
    return Issuer(key)


def _create(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    content = json.dumps(jwk.OKPKey.generate_key("Ed25519").as_dict(private=True)).encode()
    temporary = path.with_name(f".{path.name}-{os.getpid()}-{os.urandom(4).hex()}")
    number = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # Fails where another process was first: then its key is the one.
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        temporary.unlink()


def _header(token: str) -> _Header:
    """What the token says of itself, unverified. Raises Unauthenticated (401)."""
    if len(token) > _LONGEST or not token.isascii() or token.count(".") != 2:
        raise Unauthenticated("The token is no JWT.")
    try:
        header = _HEADERS.decode(_unbase64(token.partition(".")[0]))
    except (ValueError, RecursionError):
        raise Unauthenticated("The token's header cannot be read, or lacks alg or kid.") from None
    if header.alg not in jose.ALGORITHMS:
        raise Unauthenticated("The token is signed with an algorithm that is not accepted here.")
    return header


def _unbase64(text: str) -> bytes:
    return msgspec.json.decode(f'"{text.translate(_URL_SAFE)}{"=" * (-len(text) % 4)}"', type=bytes)


_URL_SAFE = str.maketrans("-_", "+/")


def _payload(token: str, header: _Header, key: jwk.Key) -> _Payload:
    if key.key_type != jose.ALGORITHMS[header.alg]:
        raise Unauthenticated("The token's algorithm does not fit its key.")
    try:
        verified = jws.deserialize_compact(token, key, registry=jose.REGISTRY)
    except (JoseError, ValueError, TypeError, KeyError, RecursionError):
        raise Unauthenticated("The token's signature does not hold.") from None
    try:
        return _PAYLOADS.decode(verified.payload)
    except (ValueError, RecursionError):
        raise Unauthenticated(
            "The token lacks one of iss, sub, aud, exp, or one has a wrong type."
        ) from None


def _believe(payload: _Payload, trust: Trust, now: float) -> None:
    audiences = [payload.aud] if isinstance(payload.aud, str) else payload.aud
    if payload.iss != trust.issuer or trust.audience not in audiences:
        raise Unauthenticated("The token is of another issuer or for another audience.")
    if now >= payload.exp:
        raise Unauthenticated("The token has expired.")
    if max(payload.nbf or 0, payload.iat or 0) > now + _SKEW_S:
        raise Unauthenticated("The token is not valid yet.")
    if trust.max_ttl_s is None:
        return
    if payload.iat is None or payload.exp - payload.iat > trust.max_ttl_s:
        raise Unauthenticated(
            f"The token lives longer than {trust.max_ttl_s} s from its iat, or has none."
        )


def _owner(payload: _Payload) -> OwnerId:
    try:
        return ids.owner_id(payload.sub)
    except InvalidId:
        raise Unauthenticated("The token's sub is no owner id.") from None
