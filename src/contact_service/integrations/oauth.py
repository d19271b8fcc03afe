"""OAuth 2.0 with a provider (RFC 6749, 7636, 7009; RFC 9700): the way there, tokens for a code, fresh ones, revoking.

Authlib spells requests; what is sent goes through outward.py, with its bounds. No failure has a text of the provider.
"""

import base64
from collections.abc import Iterable, Mapping
from urllib.parse import quote_plus, urlsplit

import msgspec
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from contact_service.integrations.oauth_facts import FACTS
from contact_service.integrations.outward import Answered, Asked, Lost, Outward, Overlong
from contact_service.settings.providers import App

_MOST_BYTES = 262_144
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
# Asked for, but no permission to read: providers leave them out of what they say was granted.
_SILENT = frozenset({"openid", "offline_access", "offline.access"})


class GrantGone(Exception):
    """The provider knows the code or refresh token no longer (`invalid_grant`)."""


class OAuthAway(Exception):
    """No usable answer; later it may work. `lost`: the request may have been carried out all the same."""

    def __init__(self, *, lost: bool = False) -> None:
        super().__init__("oauth-away")
        self.lost = lost


class Wanted(msgspec.Struct, frozen=True):
    """An authorization request: what it asks for and what it is recognised by."""

    redirect_uri: str
    state: str
    nonce: str
    verifier: str
    scopes: tuple[str, ...]


class Granted(msgspec.Struct, frozen=True):
    """What a provider gave. `lives_s`: how long the access token lives, None: not told; `scope`: as granted, None: as
    asked for (RFC 6749 5.1); `subject`: whose account, where it says.
    """

    access: str
    refresh: str | None
    lives_s: int | None
    scope: str | None
    subject: str | None


class _Told(msgspec.Struct, frozen=True):
    access_token: str
    refresh_token: str | None = None
    expires_in: int | float | str | None = None
    scope: str | list[str] | None = None
    id_token: str | None = None


class _Identity(msgspec.Struct, frozen=True):
    sub: str
    aud: str | list[str] = ""
    nonce: str | None = None


class _Refused(msgspec.Struct, frozen=True):
    error: str | dict[str, object] = ""


_told = msgspec.json.Decoder(_Told)
_identity = msgspec.json.Decoder(_Identity)
_refused = msgspec.json.Decoder(_Refused)


def scopes(provider: str, reading: Iterable[str], options: Iterable[str]) -> tuple[str, ...]:
    """All that is asked for: `reading` are the connector's, then what the options need, then who it is."""
    facts = FACTS[provider]
    of_options = (facts.option_scopes[name] for name in options if name in facts.option_scopes)
    asked = (*reading, *of_options, facts.offline, facts.identity)
    return tuple(dict.fromkeys(scope for scope in asked if scope))


def lacking(wanted: Iterable[str], granted: str) -> list[str]:
    """What of the scopes wanted was not granted: the owner may untick them."""
    held = {_plain(scope) for scope in granted.split()}
    return [scope for scope in wanted if scope not in _SILENT and _plain(scope) not in held]


def authorize_url(provider: str, app: App, wanted: Wanted) -> str:
    """Where the owner's browser goes, with PKCE S256 (RFC 7636 4.3) and a nonce for the ID token."""
    facts = FACTS[provider]
    url: str = prepare_grant_uri(
        app.authorize_url,
        client_id=app.client_id,
        response_type="code",
        redirect_uri=wanted.redirect_uri,
        scope=" ".join(wanted.scopes),
        state=wanted.state,
        code_challenge=create_s256_code_challenge(wanted.verifier),
        code_challenge_method="S256",
        nonce=wanted.nonce if facts.identity else None,
        **facts.more,
    )
    return url


def is_issuer(provider: str, app: App, iss: str) -> bool:
    """Whether an answer's `iss` is the provider's (RFC 9207 2.4): its known one, or the origin the operator named."""
    if FACTS[provider].issuer.fullmatch(iss):
        return True
    parts = urlsplit(app.authorize_url)
    return iss == f"{parts.scheme}://{parts.netloc}" and parts.hostname in _LOOPBACK


async def exchange(way: Outward, provider: str, app: App, wanted: Wanted, code: str) -> Granted:
    """Tokens for the code (RFC 6749 4.1.3). Raises GrantGone, OAuthAway."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": wanted.redirect_uri,
        "code_verifier": wanted.verifier,
    }
    told = await _tokens(way, provider, app, form)
    granted = _granted(told, app.client_id or "", wanted.nonce)
    kind = FACTS[provider].extend
    if not kind:
        return granted
    # A token of hours for one of weeks; there is no refresh token. Without it the short one has to do.
    try:
        longer = await _tokens(way, provider, app, {"grant_type": kind, kind: granted.access})
    except (GrantGone, OAuthAway):
        return granted
    return msgspec.structs.replace(
        granted, access=longer.access_token, lives_s=_granted(longer, "", None).lives_s
    )


async def refresh(way: Outward, provider: str, app: App, token: str) -> Granted:
    """Fresh tokens (RFC 6749 6). Raises GrantGone, OAuthAway."""
    form = {"grant_type": "refresh_token", "refresh_token": token}
    return _granted(await _tokens(way, provider, app, form), app.client_id or "", None)


async def revoke(way: Outward, provider: str, app: App, token: str, access: str) -> None:
    """Take the grant back (RFC 7009). A token the provider does not know is revoked. Raises OAuthAway."""
    how = FACTS[provider].revoke
    if app.revoke_url is None or how == "none":
        return
    if how == "delete":
        bearer = {"Authorization": f"Bearer {access}"}
        asked = Asked("DELETE", app.revoke_url, headers=bearer, most_bytes=_MOST_BYTES)
    else:
        asked = _form(provider, app, app.revoke_url, {"token": token})
    answer = await _asked(way, provider, asked)
    if answer.status == 429 or answer.status >= 500:
        raise OAuthAway


async def _tokens(way: Outward, provider: str, app: App, form: dict[str, str]) -> _Told:
    answer = await _asked(way, provider, _form(provider, app, app.token_url, form))
    if 400 <= answer.status < 500 and _error(answer.body) == "invalid_grant":
        raise GrantGone
    if answer.status != 200:
        raise OAuthAway
    try:
        return _told.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise OAuthAway(lost=True) from None


async def _asked(way: Outward, provider: str, asked: Asked) -> Answered:
    try:
        return await way.ask(f"{provider}-oauth", asked)
    except Lost:
        raise OAuthAway(lost=True) from None
    except Overlong:
        raise OAuthAway from None


def _form(provider: str, app: App, url: str, form: dict[str, str]) -> Asked:
    """The client says who it is: in the header or the form; an app without a secret by its id alone."""
    client, secret = app.client_id or "", app.client_secret
    headers: Mapping[str, str] = {}
    if secret is not None and FACTS[provider].basic:
        headers = {"Authorization": _basic(client, secret)}
    elif secret is not None:
        form = {**form, "client_id": client, "client_secret": secret}
    else:
        form = {**form, "client_id": client}
    return Asked("POST", url, headers=headers, form=form, most_bytes=_MOST_BYTES)


def _basic(client: str, secret: str) -> str:
    pair = base64.b64encode(f"{quote_plus(client)}:{quote_plus(secret)}".encode()).decode()
    return f"Basic {pair}"


def _error(body: bytes) -> str:
    try:
        error = _refused.decode(body).error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    if isinstance(error, str):
        return error
    # Facebook: a code that is used, too old or never was (error 100, subcode 36009), or a token that is dead (190).
    return "invalid_grant" if error.get("code") in (100, 190) else ""


def _plain(scope: str) -> str:
    """Microsoft names its scopes with or without their resource, and in any case."""
    return scope.removeprefix("https://graph.microsoft.com/").lower()


def _granted(told: _Told, client: str, nonce: str | None) -> Granted:
    scope = " ".join(told.scope) if isinstance(told.scope, list) else told.scope
    lives = str(told.expires_in) if told.expires_in is not None else ""
    return Granted(
        access=told.access_token,
        refresh=told.refresh_token or None,
        lives_s=int(float(lives)) if lives.replace(".", "", 1).isdigit() else None,
        scope=scope.replace(",", " ") if scope is not None else None,
        subject=_subject(told.id_token, client, nonce),
    )


def _subject(id_token: str | None, client: str, nonce: str | None) -> str | None:
    """Whose account it is, of an ID token that came straight from the provider: TLS vouches for it (OpenID Connect Core
    3.1.3.7, 6). One for another app or another request says nothing.
    """
    if id_token is None or nonce is None:
        return None
    parts = id_token.split(".")
    try:
        claims = _identity.decode(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (IndexError, ValueError, RecursionError):
        return None
    meant = claims.aud if isinstance(claims.aud, list) else [claims.aud]
    if claims.nonce != nonce or client not in meant:
        return None
    return claims.sub or None
