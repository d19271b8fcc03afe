"""A provider's authorization server (RFC 6749, RFC 7636, RFC 7009, RFC 9207): a page a person can click, codes that
work once, PKCE by S256, refresh tokens that rotate or not, revocation. What providers do differently is in `Rules`.
"""

import base64
import itertools
import json
import secrets
import time
from collections.abc import Sequence
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote_plus, urlencode

from contact_emulators import consent_page
from contact_emulators.answers import Answer
from contact_emulators.emulator import Call, Emulator, Operation
from contact_emulators.oauth_terms import Grant, Refused, Rules, Wish, proves

CODE_LIVES_S = 600
AUTHORIZE, TOKEN, REVOKE = "oauth.authorize", "oauth.token", "oauth.revoke"
"""The operations, for knobs and the log."""


class Authority:
    """One provider's. `clients`: id -> secret ("" for a public one), None lets any app in; `redirects`: the registered
    ones, None for any; `person`: what happens at the page by itself, "ask" shows it; `unticked`: scopes that the person
    does not grant when it is "allow"; `subject`: whose account it is, as ID tokens name it.
    """

    def __init__(self, emulator: Emulator, rules: Rules) -> None:
        self.rules = rules
        self.clients: dict[str, str] | None = None
        self.redirects: frozenset[str] | None = None
        self.person: Literal["ask", "allow", "deny"] = "ask"
        self.unticked: frozenset[str] = frozenset()
        self.subject = f"{emulator.name}-person-1"
        self.grants: list[Grant] = []
        self._emulator = emulator
        self._wishes: dict[str, Wish] = {}
        self._codes: dict[str, tuple[Wish, Grant, float]] = {}
        self._spent: dict[str, Grant] = {}
        self._numbers = itertools.count(1)

    def operations(self) -> Sequence[Operation]:
        """The pages and endpoints, for the emulator's own table."""
        rules = self.rules
        made = [
            Operation(AUTHORIZE, rules.authorize, self._authorize, ("GET", "POST"), open=True),
            Operation(TOKEN, rules.token, self._token, rules.token_methods, open=True),
        ]
        if rules.revoke:
            made.append(
                Operation(REVOKE, rules.revoke, self._revoke, ("POST", "DELETE"), open=True)
            )
        return made

    def expire(self) -> None:
        """Every access token dies now; refresh tokens live on."""
        for grant in self.grants:
            self._silence(grant)

    def withdraw(self) -> None:
        """The person removes the app in their account: nothing of what was granted works any more."""
        for grant in list(self.grants):
            self._end(grant)

    async def _authorize(self, call: Call) -> Answer:
        """GET the page, or POST what the person chose on it: a redirect with a code or an error (RFC 6749 4.1.2)."""
        if call.request.method == "POST":
            chosen = await _form(call)
            wish = self._wishes.pop(dict(chosen).get("wish", ""), None)
            if wish is None:
                return consent_page.wrong("this page was used before")
            ticked = tuple(value for name, value in chosen if name == "scope")
            return self._decided(wish, ticked, allowed=("decision", "allow") in chosen)
        try:
            wish = self._wish(dict(call.request.query_params))
        except Refused as refused:
            return consent_page.wrong(refused.code)
        if self.person != "ask":
            ticked = tuple(scope for scope in wish.scopes if scope not in self.unticked)
            return self._decided(wish, ticked, allowed=self.person == "allow")
        key = secrets.token_urlsafe(16)
        self._wishes[key] = wish
        return consent_page.asking(self._emulator.name, wish.client_id, wish.scopes, key)

    def _wish(self, params: dict[str, str]) -> Wish:
        """Raises Refused: to an app that is not known nothing is sent, the person sees the error (RFC 6749 4.1.2.1)."""
        client, redirect = params.get("client_id", ""), params.get("redirect_uri", "")
        if not client or (self.clients is not None and client not in self.clients):
            raise Refused("invalid_client")
        if not redirect or (self.redirects is not None and redirect not in self.redirects):
            raise Refused("redirect_uri_mismatch")
        if params.get("response_type") != "code":
            raise Refused("unsupported_response_type")
        challenge = params.get("code_challenge", "")
        if challenge and params.get("code_challenge_method") != "S256":
            raise Refused("invalid_request")
        scopes = tuple(params.get("scope", "").replace(",", " ").split())
        offline = self._offline(params, scopes)
        return Wish(
            client,
            redirect,
            scopes,
            params.get("state", ""),
            challenge,
            offline,
            params.get("nonce", ""),
        )

    def _offline(self, params: dict[str, str], scopes: tuple[str, ...]) -> bool:
        if self.rules.offline != "access_type":
            return self.rules.offline in scopes
        known = any(grant.client_id == params.get("client_id") for grant in self.grants)
        again = "consent" in params.get("prompt", "").split()
        return params.get("access_type") == "offline" and (again or not known)

    def _decided(self, wish: Wish, ticked: tuple[str, ...], *, allowed: bool) -> Answer:
        told = {"state": wish.state} if wish.state else {}
        if self.rules.issuer:
            told["iss"] = self.rules.issuer
        if allowed:
            code = self._fresh("code")
            scopes = tuple(scope for scope in wish.scopes if scope in ticked)
            self._codes[code] = (wish, Grant(wish.client_id, scopes, wish.nonce), time.monotonic())
            told |= {"code": code, "scope": " ".join(scopes)}
        else:
            told["error"] = "access_denied"
        joint = "&" if "?" in wish.redirect_uri else "?"
        return Answer(b"", 302, {"Location": wish.redirect_uri + joint + urlencode(told)})

    async def _token(self, call: Call) -> Answer:
        """A code, a refresh token or a short token against tokens (RFC 6749 4.1.3, 6)."""
        params = dict(await _form(call)) | dict(call.request.query_params)
        try:
            return self._granted(self._client(call, params), params)
        except Refused as refused:
            return self._emulator.refusal(refused.status, refused.code)

    def _granted(self, client: str, params: dict[str, str]) -> Answer:
        match params.get("grant_type", "authorization_code"):
            case "authorization_code":
                return self._redeem(client, params)
            case "refresh_token":
                return self._refresh(client, params)
            case kind if kind == self.rules.exchange != "":
                return self._exchange(client, params.get(kind, ""))
        raise Refused("unsupported_grant_type")

    def _client(self, call: Call, params: dict[str, str]) -> str:
        client, secret = params.get("client_id", ""), params.get("client_secret", "")
        scheme, _, told = call.request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            pair = base64.b64decode(told).decode().partition(":")
            client, secret = unquote_plus(pair[0]), unquote_plus(pair[2])
        if not client or (self.clients is not None and self.clients.get(client, None) != secret):
            raise Refused("invalid_client", 401)
        return client

    def _redeem(self, client: str, params: dict[str, str]) -> Answer:
        code = params.get("code", "")
        if code in self._spent:
            # A code that comes twice was stolen: what it led to ends (RFC 6749 4.1.2).
            self._end(self._spent[code])
            raise Refused("invalid_grant")
        if code not in self._codes:
            raise Refused("invalid_grant")
        wish, grant, made = self._codes.pop(code)
        fits = (client, params.get("redirect_uri")) == (wish.client_id, wish.redirect_uri)
        if not fits or time.monotonic() - made > CODE_LIVES_S or not proves(wish, params):
            raise Refused("invalid_grant")
        self._spent[code] = grant
        self.grants.append(grant)
        if wish.offline:
            grant.refresh = self._fresh("refresh")
        return self._tokens(grant, told_refresh=True)

    def _refresh(self, client: str, params: dict[str, str]) -> Answer:
        token = params.get("refresh_token", "")
        held = [one for one in self.grants if token and one.refresh == token]
        if not held or held[0].client_id != client:
            raise Refused("invalid_grant")
        if self.rules.rotates:
            held[0].refresh = self._fresh("refresh")
        return self._tokens(held[0], told_refresh=self.rules.rotates)

    def _exchange(self, client: str, token: str) -> Answer:
        held = [one for one in self.grants if token in one.tokens and one.client_id == client]
        if not held or self._emulator.granted(token) is None:
            raise Refused("invalid_grant")
        return self._tokens(held[0], told_refresh=False)

    def _tokens(self, grant: Grant, *, told_refresh: bool) -> Answer:
        access = self._fresh("access")
        grant.tokens.append(access)
        self._emulator.let_in(access, grant.scopes, self.rules.lives_s)
        body: dict[str, Any] = {
            "access_token": access,
            "expires_in": self.rules.lives_s,
            "token_type": "Bearer",
        }
        body["scope"] = " ".join(grant.scopes)
        if told_refresh and grant.refresh:
            body["refresh_token"] = grant.refresh
        if told_refresh and "openid" in grant.scopes:
            body["id_token"] = self._id_token(grant)
        return Answer(body, headers={"Cache-Control": "no-store"})

    def _id_token(self, grant: Grant) -> str:
        """Whose account it is (OpenID Connect Core 2). Unsigned: it never leaves the answer to its own app."""
        claims = {
            "iss": self.rules.issuer,
            "aud": grant.client_id,
            "sub": self.subject,
            "nonce": grant.nonce,
        }
        parts = [json.dumps(part).encode() for part in ({"alg": "none"}, claims)]
        return (
            ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."
        )

    async def _revoke(self, call: Call) -> Answer:
        """Either token ends the whole grant; an unknown one is an error at Google, nothing elsewhere (RFC 7009 2.2).
        DELETE takes the bearer token (Facebook).
        """
        params = dict(await _form(call)) | dict(call.request.query_params)
        bearer = call.request.headers.get("authorization", "").partition(" ")[2]
        token = params.get("token", "") or bearer
        held = [one for one in self.grants if token and token in {one.refresh, *one.tokens}]
        for grant in held:
            self._end(grant)
        if not held and self._emulator.name == "google":
            return self._emulator.refusal(400, "invalid_token")
        return Answer({})

    def _end(self, grant: Grant) -> None:
        self._silence(grant)
        if grant in self.grants:
            self.grants.remove(grant)

    def _silence(self, grant: Grant) -> None:
        for token in grant.tokens:
            self._emulator.shut_out(token)

    def _fresh(self, kind: str) -> str:
        return f"{self._emulator.name}-{kind}-{next(self._numbers)}-{secrets.token_urlsafe(24)}"


async def _form(call: Call) -> list[tuple[str, str]]:
    return parse_qsl((await call.request.body()).decode(), keep_blank_values=True)
