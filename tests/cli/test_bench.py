"""The benchmarks' own parts: what is generated is what is claimed, what is counted is counted, and the page tells it."""

import time
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_service.cli import main as cli
from contact_service.cli.bench import (
    books,
    command,
    load,
    machine,
    owners,
    peers,
    people,
    reads,
    report,
    rounds,
    rows,
    stage,
    uploads,
)
from contact_service.cli.bench.machine import Beat
from contact_service.cli.bench.report import Results
from contact_service.cli.bench.rounds import Round
from contact_service.cli.bench.rows import Aim, Figure, Scale
from contact_service.cli.bench.stage import NotMeasured
from contact_service.formats import jscontact, vcard
from contact_service.formats import upload as wire
from contact_service.matching import emails, phones
from contact_service.matching.phones import PhoneNumber

linux = pytest.mark.skipif(not machine.measurable(), reason="benchmarks need Linux's /proc")
TINY = Scale(rounds=2, seconds=0.2, uploads=1, contacts=50, users=400, owners=3, cards=5, again=0)


@given(st.integers(0, 4_999_999))
def test_a_number_dialled_at_home_is_the_same_as_the_international_one(number):
    who = people.person(number)
    for e164, national in who.phones:
        for read in (phones.normalise(e164, None), phones.normalise(national, who.region)):
            assert isinstance(read, PhoneNumber)
            assert read.identifier == f"tel:{e164}"
    assert [emails.canonical(mail) for mail in who.emails] == list(who.emails)


def test_people_have_as_many_numbers_and_addresses_as_real_ones_and_share_none():
    crowd = [people.person(number) for number in range(40_000)]
    numbers = [e164 for who in crowd for e164, _ in who.phones]
    assert len(numbers) / len(crowd) == pytest.approx(1.35, abs=0.01)
    assert sum(len(who.emails) for who in crowd) / len(crowd) == pytest.approx(0.45, abs=0.01)
    assert len(set(numbers)) == len(numbers)


def test_cards_have_the_size_that_the_budget_is_made_for():
    book = books.pick(2_000, 1, 10_000)
    as_json = [books.card(who) for who in book]
    assert sum(map(len, as_json)) / len(book) == pytest.approx(434, rel=0.02)
    assert sum(books.vcard(who).count(b"\r\n") for who in book) / len(book) == pytest.approx(
        12, abs=0.5
    )
    assert jscontact.read(as_json[0], "urn:other")[0].json == as_json[0]
    assert vcard.read(books.vcard(book[0]), "urn:other")[1].uid == books.uid(book[0])


@pytest.mark.parametrize("region", [None, "US", "DE"])
def test_a_fifth_of_a_book_is_registered_and_the_next_book_is_of_other_people(region):
    first, second = books.pick(500, 1, 10_000, region), books.pick(500, 2, 10_000, region)
    assert sum(who.number < 10_000 for who in first) == 100
    assert len({who.number for who in (*first, *second)}) == 1_000
    assert region is None or {who.region for who in first} == {region}


def test_upload_bodies_are_read_by_the_service_as_that_many_records():
    book = books.pick(100, 1, 1_000)
    as_json = wire.read_json(books.upload(book))
    as_lines = wire.read_vcard(books.vcards(book), as_json.source, "full")
    assert len(as_json.items) == len(as_lines.items) == 100


@given(
    st.binary(max_size=300),
    st.integers(1, 400),
    st.sampled_from(["Content-Length", "content-length"]),
)
def test_an_answer_is_whole_when_its_last_byte_is_here(body, here, name):
    answer = f"HTTP/1.1 200 OK\r\ndate: x\r\n{name}: {len(body)}\r\n\r\n".encode() + body
    start = answer.index(b"\r\n\r\n") + 4
    here = min(start + here, len(answer))
    assert load.head(answer[:here], here) == (200, len(answer) - here)


def test_a_304_has_no_body_whatever_length_it_tells():
    assert load.head(b"HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n", 48) == (304, 0)


def test_a_head_in_pieces_is_refused_and_not_guessed():
    with pytest.raises(load.Broken):
        load.head(b"HTTP/1.1 200 OK\r\ncont", 21)


def test_ours_and_the_peer_change_turns_from_round_to_round(monkeypatch):
    monkeypatch.setattr(rounds, "disturbed", lambda *_: False)
    turns = []
    found = rounds.alternate(
        lambda: turns.append("a") or 1.0, lambda: turns.append("b") or 2.0, rounds=4
    )
    assert "".join(turns) == "abbaabba"
    assert found == [Round(1.0, 2.0)] * 4


@pytest.mark.parametrize(
    ("noise", "runs", "noisy"),
    [([False], 1, False), ([True, False], 2, False), ([True] * 4, 4, True)],
)
def test_a_disturbed_round_is_repeated_three_times_and_then_counts_as_noisy(
    monkeypatch, noise, runs, noisy
):
    told, done = iter(noise), count(1)
    monkeypatch.setattr(rounds, "disturbed", lambda *_: next(told))
    assert rounds.quiet(lambda: next(done)) == (runs, noisy)


@pytest.mark.parametrize(
    ("busy_s", "stolen_s", "own_s", "noisy"),
    [
        (2.0, 0.0, 2.0, False),  # all of it is ours
        (2.0, 0.0, 0.9, True),  # others took more than half a processor
        (2.0, 0.0, 1.1, False),
        (1.0, 0.3, 1.0, True),  # the host took more than 5 %
    ],
)
def test_a_round_is_noisy_when_the_host_or_others_took_their_share(
    monkeypatch, busy_s, stolen_s, own_s, noisy
):
    monkeypatch.setattr(rounds.os, "cpu_count", lambda: 2)
    assert rounds.disturbed(Beat(0, 0, 0), Beat(busy_s, stolen_s, 4.0), own_s) is noisy


@linux
def test_the_cpu_time_of_a_program_and_its_children_is_counted_once():
    before = machine.stats()
    tree = machine.tree(1, before)
    assert tree <= before.keys()
    here = machine.os.getpid()
    first, begun = machine.spent_s([here], machine.stats()), time.process_time()
    while time.process_time() < begun + 0.2:
        pass
    spent, own = machine.spent_s([here], machine.stats()) - first, time.process_time() - begun
    # The process's own clock is the oracle, whatever the machine does; the kernel tells in steps of 10 ms.
    assert abs(spent - own) < 0.05


AIM = Aim("list", "a list", "us", must=0.5, goal=0.6, more=True)
GROWTH = Aim("growth-list", "growth", "us", must=1.3, goal=1.1, more=False)
PAIRS = [Round(20.0, 11.0), Round(20.0, 10.0), Round(20.0, 12.0, noisy=True)]


def test_a_row_tells_the_median_and_whether_it_holds():
    row = rows.compared(AIM, PAIRS, peer_first=True)
    assert (row.ratio, row.least, row.most) == (0.55, 0.5, 0.6)
    assert (row.met, row.goal_met, row.noisy) == (True, False, True)
    slow = rows.compared(AIM, [Round(30.0, 11.0)], peer_first=True)
    assert not slow.met
    assert "**no**" in report.page(Results([slow], [], {}))


def test_a_page_gives_back_its_results_and_a_part_measured_again_takes_its_place(tmp_path):
    old = Results([rows.compared(AIM, PAIRS, peer_first=True)], [Figure("step", 1.5)], {"A": "1"})
    file = tmp_path / "benchmarks.md"
    file.write_text(report.page(old))
    assert report.read(file) == old
    again = rows.compared(AIM, [Round(10.0, 9.0)], peer_first=True)
    other = rows.compared(GROWTH, [Round(11.0, 10.0)], peer_first=False)
    merged = report.merged(report.read(file), Results([other, again], [], {}))
    assert merged.rows == [again, other]
    assert merged.micro == old.micro
    assert report.read(tmp_path / "none.md") is None


@pytest.mark.parametrize(
    ("aim", "pair", "worse"),
    [
        (AIM, Round(10.0, 3.8), False),
        (AIM, Round(10.0, 3.7), True),
        (GROWTH, Round(13.2, 10.0), False),
        (GROWTH, Round(13.5, 10.0), True),
    ],
)
def test_a_quick_run_fails_only_on_a_ratio_a_quarter_worse(aim, pair, worse):
    committed = rows.compared(
        aim, [Round(10.0, 5.0) if aim.more else Round(10.0, 10.0)], peer_first=aim.more
    )
    now = rows.compared(aim, [pair], peer_first=aim.more)
    assert bool(report.worse(Results([committed], [], {}), [now])) is worse


def test_an_absolute_figure_of_another_machine_fails_nothing():
    aim = Aim("upload", "upload", "s", must=0.5, goal=0.5, more=False, has_ratio=False)
    committed, now = (rows.alone(aim, [(figure, False)], {}) for figure in (0.1, 0.9))
    assert report.worse(Results([committed], [], {}), [now]) == []
    assert not now.met


def test_an_unknown_part_is_one_line(capsys):
    assert cli.main(["bench", "--only", "nonsense"]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert all(part in told for part in command.PARTS)


@linux
def test_the_generator_counts_answers_and_refuses_another_status():
    request = b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n"
    with peers.bare({"/a": b"x" * 100_000}) as bare, peers.generator() as generator:
        file = generator.requests([request] * 50)
        done = generator.run(bare.port, file, 0)
        assert (done.requests, done.failures) == (50, 0)
        assert done.bytes > 50 * 100_000
        assert bare.get("/b") == b"hello"
        with pytest.raises(NotMeasured):
            generator.run(bare.port, file, 0, expect=304)


@linux
def test_everything_is_measured_against_the_real_command(monkeypatch):
    monkeypatch.setattr(rounds, "disturbed", lambda *_: False)
    with stage.opened() as at, peers.generator() as generator:
        loaded = owners.load(at, TINY.owners, TINY.cards, "bench-")
        shown = at.ask("GET", reads.LIST, loaded[1].owner).json()["contacts"]
        assert [card["id"] for card in shown] == list(loaded[1].cards)
        assert [card["uid"] for card in shown] == [
            books.uid(people.person(n)) for n in range(5, 10)
        ]
        found = [
            reads.contact(at, generator, loaded, TINY),
            *reads.against_bare(at, generator, loaded, TINY),
        ]
        uploads.fill_directory(at, TINY.users)
        found += uploads.measure(at, TINY, count(1))
    assert not at.folder.exists()
    assert at.pid not in machine.stats()
    assert [row.name for row in found] == [
        "contact", "list", "delta", "not-modified", "upload-json", "upload-repeat", "upload-vcard",
    ]  # fmt: skip
    assert all(row.ours > 0 for row in found)
