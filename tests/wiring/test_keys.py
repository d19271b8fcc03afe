"""Keys: never minted over rows, and whose tokens are believed."""

import http.server
import json
import threading
import time
from datetime import UTC, datetime

import pytest
from joserfc import jwk

from contact_service.integrations import jwks
from contact_service.model.epoch import Epoch, Kind, State
from contact_service.model.ids import OwnerId
from contact_service.model.problem import Unauthenticated
from contact_service.settings.environment import BadSetting, load
from contact_service.storage import epochs, owners
from contact_service.vault import keyring, rekeying
from contact_service.vault.access import Issuer
from contact_service.vault.keyring import KeyringMissing
from contact_service.wiring import keys

NAME = {"CONTACT_JWT_ISSUER": "contact-service"}


def settings(folder, **more):
    return load({"CONTACT_DATA_DIR": str(folder), **more})


async def test_a_keyring_is_made_for_an_empty_database_and_found_again(fresh_db, folder):
    made = await keys.open_keyring(settings(folder), fresh_db)
    found = await keys.open_keyring(settings(folder), fresh_db)
    assert made.feed == found.feed
    assert keys.keyring_file(settings(folder)).stat().st_mode & 0o777 == 0o600


async def test_a_keyring_is_never_made_over_rows(fresh_db, folder):
    async def story(tx):
        await owners.make(tx, 1, b"wrapped", datetime.now(UTC))

    await fresh_db.writing(OwnerId("ann"), story)
    with pytest.raises(KeyringMissing, match="restore it"):
        await keys.open_keyring(settings(folder), fresh_db)
    assert not keys.keyring_file(settings(folder)).exists()


class Issuing(http.server.BaseHTTPRequestHandler):
    """Serves the set that the server object holds now."""

    def do_GET(self):
        body = json.dumps({"keys": self.server.keys}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def url():
    with http.server.HTTPServer(("127.0.0.1", 0), Issuing) as server:
        server.keys = []
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def key():
    made = jwk.OKPKey.generate_key("Ed25519")
    issuer = Issuer(made)
    return issuer, {**made.as_dict(private=False), "kid": issuer.kid}


async def test_a_key_published_after_the_start_is_believed_once_fetched(url, folder, monkeypatch):
    monkeypatch.setattr(jwks, "LEAST_INTERVAL_S", 0)
    address = f"http://127.0.0.1:{url.server_address[1]}/jwks"
    old, public = key()
    url.keys = [public]
    belief = await keys.believe(settings(folder, CONTACT_JWT_JWKS_URL=address, **NAME))
    now = time.time()
    assert belief.verify(old.mint(OwnerId("ann"), ["a"], 60, now), now).owner == "ann"
    new, public = key()
    url.keys = [public]
    token = new.mint(OwnerId("bea"), [], 60, now)
    with pytest.raises(Unauthenticated):
        belief.verify(token, now)
    assert belief.misses_key(token)
    await belief.renew()
    assert belief.verify(token, now).owner == "bea"
    with pytest.raises(Unauthenticated):
        belief.verify(old.mint(OwnerId("ann"), ["a"], 60, now), now)


async def test_a_set_that_cannot_be_read_changes_nothing(url, folder, monkeypatch):
    monkeypatch.setattr(jwks, "LEAST_INTERVAL_S", 0)
    address = f"http://127.0.0.1:{url.server_address[1]}/jwks"
    issuer, public = key()
    url.keys = [public]
    belief = await keys.believe(settings(folder, CONTACT_JWT_JWKS_URL=address, **NAME))
    url.keys = "nonsense"
    await belief.renew()
    now = time.time()
    assert belief.verify(issuer.mint(OwnerId("ann"), [], 60, now), now).owner == "ann"


async def test_an_issuer_that_is_down_does_not_stop_the_start(folder):
    address = "http://127.0.0.1:9/jwks"
    belief = await keys.believe(settings(folder, CONTACT_JWT_JWKS_URL=address, **NAME))
    now = time.time()
    with pytest.raises(Unauthenticated):
        belief.verify(key()[0].mint(OwnerId("ann"), [], 60, now), now)


async def test_the_embedded_issuer_is_out_where_another_is_named(folder):
    issuer, public = key()
    (folder / "jwks").write_text(json.dumps({"keys": [public]}))
    named = settings(folder, CONTACT_JWT_JWKS_FILE=str(folder / "jwks"), **NAME)
    belief = await keys.believe(named)
    now = time.time()
    assert belief.verify(issuer.mint(OwnerId("ann"), [], 60, now), now).owner == "ann"
    with pytest.raises(Unauthenticated):
        belief.verify(keys.issuer(named).mint(OwnerId("ann"), [], 60, now), now)


@pytest.mark.parametrize("content", ["{}", "no json", None])
async def test_a_jwks_file_that_cannot_be_used_stops_the_start(folder, content):
    if content is not None:
        (folder / "jwks").write_text(content)
    named = settings(folder, CONTACT_JWT_JWKS_FILE=str(folder / "jwks"), **NAME)
    with pytest.raises(BadSetting, match="CONTACT_JWT_JWKS_FILE"):
        await keys.believe(named)


async def _epoch(db, kind, number, state=State.LIVE):
    now = datetime.now(UTC)
    await db.sharing(lambda tx: epochs.put(tx, Epoch(kind, number, state), now))


def _without(folder, *names):
    path = keys.keyring_file(settings(folder))
    held = json.loads(path.read_text())
    for name in names:
        del held[name]
    path.write_text(json.dumps(held))
    return path


async def test_a_keyring_of_before_is_completed_at_the_start(fresh_db, folder):
    await keys.open_keyring(settings(folder), fresh_db)
    path = _without(folder, "oprf", "matrix")
    made = await keys.open_keyring(settings(folder), fresh_db)
    assert (sorted(made.oprf), sorted(made.matrix)) == ([1], [1])
    before = path.read_bytes()
    found = await keys.open_keyring(settings(folder), fresh_db)
    assert (found.oprf, found.matrix, path.read_bytes()) == (made.oprf, made.matrix, before)


@pytest.mark.parametrize("kind", [Kind.OPRF, Kind.MATRIX])
@pytest.mark.parametrize("rows", ["epoch", "index"])
async def test_a_lost_key_is_never_minted_over_rows(fresh_db, folder, kind, rows):
    await keys.open_keyring(settings(folder), fresh_db)
    if rows == "epoch":
        await _epoch(fresh_db, kind, 1)
    else:
        table = {"oprf": "directory_private", "matrix": "directory_matrix"}[kind.value]
        put = f"INSERT INTO {table} VALUES (1, 'x', 'phone', 1, 'u')"
        await fresh_db.ask(lambda con: con.execute(put))
    path = _without(folder, kind.value)
    before = path.read_bytes()
    with pytest.raises(KeyringMissing, match=kind.value):
        await keys.open_keyring(settings(folder), fresh_db)
    assert path.read_bytes() == before


@pytest.mark.parametrize("kind", list(Kind))
async def test_a_keyring_from_before_a_rotation_refuses_the_start(fresh_db, folder, kind):
    await keys.open_keyring(settings(folder), fresh_db)
    for number, state in ((1, State.GONE), (2, State.BUILDING)):
        await _epoch(fresh_db, kind, number, state)
    with pytest.raises(KeyringMissing, match="lacks key 2"):
        await keys.open_keyring(settings(folder), fresh_db)
    rekeying.with_new(keyring.load(keys.keyring_file(settings(folder))), kind)
    assert 2 in (await keys.open_keyring(settings(folder), fresh_db)).of(kind)
