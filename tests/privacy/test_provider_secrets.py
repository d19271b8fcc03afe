"""No token, code, verifier, client secret or contact of a provider is in a log, a metric, an error, an answer or a row."""

import io
import logging
from collections.abc import AsyncIterator, Iterator
from urllib.parse import urlencode
from uuid import UUID

import asyncpg
import msgspec
import pytest

from acting import Actor
from asking import Api, build, call, fresh
from contact_emulators.knobs import Fault
from contact_emulators.oauth import TOKEN
from contact_service.actions import account_tokens, accounts
from contact_service.integrations import oauth
from contact_service.integrations.connector import ConnectorError
from contact_service.model.ids import OwnerId
from contact_service.model.imports import Upsert
from contact_service.storage.db import Db
from contact_service.telemetry import logs
from privacy.test_sentinels_at_rest import spellings
from providing import OURS, RETURN, SECRET, World, visit, world

CALLBACK = "/v1/accounts/callback"


@pytest.fixture
async def there(fresh_db: Db) -> AsyncIterator[World]:
    async with world(fresh_db, CONTACT_PUBLIC_URL=OURS.removesuffix(CALLBACK)) as made:
        yield made


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that is logged at debug level, by us and by the libraries, as it would be written."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    lines = io.StringIO()
    logs.adopt_libraries(logs.make("debug", "json", lines), "debug")
    yield lines
    root.handlers, level = handlers, root.setLevel(level)
    logging.captureWarnings(capture=False)


async def dumped(dsn: str) -> bytes:
    con = await asyncpg.connect(dsn)
    try:
        names = await con.fetch(
            "SELECT table_schema || '.' || table_name AS t FROM information_schema.tables"
            " WHERE table_schema NOT IN ('pg_catalog', 'information_schema')"
        )
        rows = [await con.fetch(f"SELECT t::text FROM {name['t']} t") for name in names]
    finally:
        await con.close()
    return "\n".join(row[0] for table in rows for row in table).encode()


def found_in(hay: bytes, secrets: dict[str, str]) -> set[str]:
    return {name for name, text in secrets.items() if any(s in hay for s in spellings(text))}


async def test_what_providers_give_stands_nowhere(
    there: World, fresh_dsn: str, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = []
    exchange = oauth.exchange

    async def seen(way, provider, app, one, code):
        wanted.append(one)
        return await exchange(way, provider, app, one, code)

    monkeypatch.setattr(oauth, "exchange", seen)
    ann = Api(build(there.house), fresh("ann"))
    await ann.consents("store", "import.google")
    there.google.fill(20, seed=7)
    answers, codes = await links(ann)
    who = Actor(there.house, OwnerId(ann.owner))
    (account,) = await who.read(accounts.listed)
    names = await read_through_faults(there, who, account.id)
    listed = await ann.get("/v1/accounts")
    answers += [listed.body, (await ann.get(f"/v1/accounts/{account.id}")).body]
    dump_before = await dumped(fresh_dsn)
    assert (await ann.delete(f"/v1/accounts/{account.id}?contacts=maybe")).status == 422
    grant = there.google.authority.grants[0]
    secrets = {
        **codes,
        "refresh": grant.refresh,
        **{f"access-{n}": token for n, token in enumerate(there.google.tokens)},
        **{f"verifier-{n}": one.verifier for n, one in enumerate(wanted)},
        **{f"nonce-{n}": one.nonce for n, one in enumerate(wanted)},
        "client-secret": SECRET,
    }
    assert len(secrets) >= 8
    contacts = {f"contact-{n}": name for n, name in enumerate(names) if len(name) >= 8}
    assert contacts
    metrics = there.house.metrics.render()
    said = log.getvalue().encode()
    assert said
    for place in (said, metrics, *answers, dump_before):
        assert found_in(place, secrets) == set()
        assert found_in(place, contacts) == set()
    assert found_in(f"…{grant.refresh}…".encode(), secrets) == {"refresh"}


async def links(ann: Api) -> tuple[list[bytes], dict[str, str]]:
    """One link that ends well, one that waits for its app, one whose code is wrong: the answers, and the codes."""
    answers: list[bytes] = []
    codes: dict[str, str] = {}
    for name, cookie, code in (
        ("done", 1, None),
        ("waiting", 0, None),
        ("wrong", 1, "no-such-code-at-all"),
    ):
        told = await ann.post("/v1/accounts/google:authorize", {"redirectUri": RETURN})
        params = await visit(told.json["url"])
        params |= {"code": code} if code else {}
        codes[f"code-{name}"] = params["code"]
        sent = [("cookie", told.headers["set-cookie"].partition(";")[0])] if cookie else []
        back = await call(ann.app, "GET", f"{CALLBACK}?{urlencode(params)}", sent)
        answers += [back.body, str(back.pairs).encode()]
    return answers, codes


def told(change: Upsert) -> list[str]:
    """What a card says of its person."""
    card = msgspec.json.decode(change.card.json)
    phones = [phone["number"] for phone in card.get("phones", {}).values()]
    return [text for text in (card.get("name", {}).get("full", ""), *phones) if text]


async def read_through_faults(there: World, who: Actor, account: UUID) -> list[str]:
    """Read the account well, and with failures of all kinds; the names that came."""
    names: list[str] = []
    errors: list[ConnectorError] = []
    for fault in (None, Fault.UNAUTHORISED, Fault.WRONG_SHAPE, Fault.FORBIDDEN, Fault.TRUNCATED):
        if fault is not None:
            there.google.knobs.set(fault, "connections.list")
        try:
            connector, pull = await accounts.puller(there.house, who.owner, account)
            async for page in connector.pull(pull, None):
                names += [x for c in page.changes if isinstance(c, Upsert) for x in told(c)]
        except ConnectorError as error:
            errors.append(error)
            logs.error(logs.make("debug"), "test", error)
        there.google.knobs.clear()
    assert errors
    for error in errors:
        assert str(error) in ("", error.slug)
        assert error.__cause__ is None
    there.google.knobs.set(Fault.AWAY, TOKEN, times=9)
    stale = await account_tokens.Held(there.house, who.owner, account, "google").token()
    with pytest.raises(ConnectorError):
        await account_tokens.renewed(there.house, who.owner, account, stale)
    there.google.knobs.clear()
    return names
