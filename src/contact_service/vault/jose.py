"""Which signatures are accepted, and how a set of public keys is read (RFC 7515, 7517, 7518, 8037).

Below access.py: joserfc does the cryptography, this module narrows it to an allow-list.
"""

import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from joserfc import jwk
from joserfc.errors import JoseError
from joserfc.jwa import JWSAlgModel
from joserfc.jws import JWSRegistry

ALGORITHMS = {
    "EdDSA": "OKP",
    "Ed25519": "OKP",
    "ES256": "EC",
    "ES384": "EC",
    "ES512": "EC",
    "RS256": "RSA",
    "RS384": "RSA",
    "RS512": "RSA",
    "PS256": "RSA",
    "PS384": "RSA",
    "PS512": "RSA",
}
"""The allow-list, with the key type each needs: no HMAC, no `none`."""


class KeySetUnreadable(Exception):
    """A JWKS that is no JWKS, or holds no key for an allowed algorithm; one line for the operator."""


class _Registry(JWSRegistry):
    """joserfc's registry with our allow-list; it warns at each use of the name EdDSA, which api.md fixes (RFC 8037)."""

    max_header_length = 4096

    def __init__(self) -> None:
        # RFC 7515 4: header members that are not understood are ignored; those in `crit` still refuse.
        super().__init__(algorithms=list(ALGORITHMS), strict_check_header=False)

    def get_alg(self, name: str) -> JWSAlgModel:
        """The algorithm of that name; callers have asked ALGORITHMS before."""
        return self.algorithms[name]


REGISTRY = _Registry()


def read_jwks(raw: bytes) -> dict[str, jwk.Key]:
    """The public keys of a JWK set (RFC 7517 5) by `kid`, else by thumbprint. Raises KeySetUnreadable.

    Symmetric keys, keys for encryption and keys that cannot be read are left out, as the RFC asks.
    """
    try:
        found = json.loads(raw)
        members = found["keys"]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise KeySetUnreadable("The JWKS is no JSON object with a list `keys`.") from None
    if not isinstance(members, list):
        raise KeySetUnreadable("The JWKS is no JSON object with a list `keys`.")
    keys = [key for member in members if (key := _public(member)) is not None]
    if not keys:
        raise KeySetUnreadable("The JWKS holds no key for RS, PS, ES or EdDSA signatures.")
    return {key.kid or key.thumbprint(): key for key in keys}


def _public(member: Any) -> jwk.Key | None:
    if not isinstance(member, dict) or not _signs(member):
        return None
    try:
        key = jwk.import_key(member)
    except (JoseError, ValueError, TypeError, KeyError, Warning):
        return None
    # RFC 7518 3.3 asks for 2048 bits at least.
    public = key.public_key
    return None if isinstance(public, RSAPublicKey) and public.key_size < 2048 else key


def _signs(member: dict[str, Any]) -> bool:
    """Whether the member says nothing against being a key for a signature that is accepted here."""
    return (
        member.get("use", "sig") == "sig"
        and member.get("kty") in list(ALGORITHMS.values())
        and member.get("alg", "EdDSA") in list(ALGORITHMS)
        and isinstance(member.get("kid", ""), str)
    )
