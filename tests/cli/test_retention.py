"""`contacts retention run`, `contacts db restored`: what they say and do."""

import asyncio

import asyncpg
import pytest

from contact_service.cli import retention
from contact_service.storage.embedded_cluster import DATABASE, USER


@pytest.fixture
def ask(data_dir):
    """`ask(sql)`: the rows, on the commands' database."""

    async def fetch(sql):
        (host,) = {path.parent for path in data_dir.rglob(".s.PGSQL.*") if path.is_socket()}
        con = await asyncpg.connect(user=USER, database=DATABASE, host=str(host))
        try:
            return [tuple(row) for row in await con.fetch(sql)]
        finally:
            await con.close()

    return lambda sql: asyncio.run(fetch(sql))


@pytest.fixture
def past(contacts, ask):
    for name in ("ann", "bea", "cat"):
        contacts("consent", name, "store")
    ask("DELETE FROM idempotency_keys")
    ask(
        "INSERT INTO idempotency_keys (owner_id, key_mac, fingerprint, at) SELECT owner_id, k::bytea, '', now() - interval '2 d' FROM owners, (VALUES ('a'), ('b')) AS keys (k)"
    )


KINDS = ("history", "refused", "trash", "answers", "tombstones", "names", "keywords", "links")
MORE = ("blobs", "budgets", "sets", "earlier", "validations", "files", "raws", "rejects", "imports")


def test_a_dry_run_counts_and_a_run_lets_go(contacts, past, ask, monkeypatch):
    monkeypatch.setattr(retention, "PAGE", 2)
    gone = {**dict.fromkeys((*KINDS, *MORE), 0), "answers": 6}
    told = {"dryRun": True, "owners": 3, "skipped": 0, "gone": gone}
    assert contacts("retention", "run", "--dry-run", "--json").json == told
    assert ask("SELECT count(*) FROM idempotency_keys") == [(6,)]
    assert contacts("retention", "run", "--json").json == {**told, "dryRun": False}
    assert ask("SELECT count(*) FROM idempotency_keys") == [(0,)]
    assert contacts("retention", "run", "--json").json["gone"]["answers"] == 0


def test_a_run_tells_people_what_went(contacts, past):
    said = contacts("retention", "run", "--dry-run")
    assert (said.code, said.err) == (0, "")
    assert said.out == (
        "would go: history 0, refused 0, trash 0, answers 6, tombstones 0, names 0, keywords 0, links 0, blobs 0, "
        "budgets 0, sets 0, earlier 0, validations 0, files 0, raws 0, rejects 0, imports 0\n"
        "of 3 owners\n"
    )
    assert contacts("retention", "run").out.startswith("gone: history 0,")


def test_after_a_restore_every_owner_gets_another_epoch(contacts, past, ask):
    before = dict(ask("SELECT owner_id, epoch FROM owners"))
    assert contacts("db", "restored", "--yes", "--json").json == {"owners": 3}
    after = dict(ask("SELECT owner_id, epoch FROM owners"))
    assert [owner for owner in before if before[owner] == after[owner]] == []
    said = contacts("db", "restored", "--yes")
    assert said.out == "3 owners have a new epoch: older tokens and etags are refused.\n"


def test_without_a_yes_nothing_is_changed(contacts, past, ask):
    before = ask("SELECT owner_id, epoch FROM owners ORDER BY 1")
    said = contacts("db", "restored")
    assert (said.code, said.out) == (2, "")
    assert said.err == "contacts: Nobody is there to be asked: say --yes.\n"
    assert ask("SELECT owner_id, epoch FROM owners ORDER BY 1") == before
