"""What is held of an import, and for how long: its file, what its rejects were, its report."""

from datetime import UTC, datetime, timedelta

import pytest

from contact_service.actions import import_rejects, retention, runs, spool
from contact_service.model.problem import NotFound
from import_world import ODD, book

DAY = timedelta(days=1)


async def later(cat, days: float):
    return await retention.tidy(cat.house, cat.owner, datetime.now(UTC) + days * DAY)


async def test_what_rejects_were_is_held_for_a_week_and_the_report_for_a_month(cat):
    run = await cat.begin(book(1) + ODD)
    await cat.go(run.id)
    assert (await later(cat, 6.9)).raws == 0
    ((kept),) = await cat.read(import_rejects.page, run.id, -1, 9)
    assert kept.was is not None
    assert (await later(cat, 7.1)).raws == 1
    ((bare),) = await cat.read(import_rejects.page, run.id, -1, 9)
    assert (bare.was, bare.row.code) == (None, kept.row.code)
    gone = await later(cat, 29.9)
    assert (gone.imports, gone.rejects) == (0, 0)
    gone = await later(cat, 30.1)
    assert (gone.imports, gone.rejects) == (1, 1)
    with pytest.raises(NotFound):
        await cat.read(runs.get, run.id)


async def test_a_file_that_nobody_reads_goes_after_a_day(cat):
    run = await cat.begin(book(1))
    assert (await later(cat, 0.9)).files == 0
    assert (await later(cat, 1.1)).files == 1
    await cat.go(run.id)
    assert (await cat.run(run.id)).details.fault == "file-gone"


async def test_a_file_that_was_never_sent_to_its_end_goes_after_an_hour(cat, monkeypatch):
    monkeypatch.setattr(spool, "PIECE_BYTES", 256)
    id_ = await cat.read(runs.may_begin)
    await spool.Spool(cat.house, cat.owner, "test", id_).add(book(9))
    assert not await cat(spool.deserted, id_)
    monkeypatch.setattr(spool, "PATIENCE", timedelta(0))
    assert await cat(spool.deserted, id_)
    with pytest.raises(spool.FileGone):
        await cat.read(spool.piece, id_, 0)
