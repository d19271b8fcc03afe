"""The discovery benchmarks' own parts: what fills a directory, what is asked of it, and the table of a scan."""

import pytest

from contact_service.cli.bench import discovery, discovery_crowd, enumeration
from contact_service.cli.bench.enumeration_attacks import Yield
from contact_service.cli.bench.enumeration_honest import Promise


@pytest.mark.parametrize(
    "rows_", [discovery_crowd.USERS, discovery_crowd.MATRIX, discovery_crowd.ENTRIES]
)
def test_rows_of_a_crowd_are_what_copy_takes_and_no_two_are_alike(rows_):
    one, *_ = discovery_crowd.encoded(rows_, 0, 1)
    two = b"".join(discovery_crowd.encoded(rows_, 7, 9))
    size = len(bytes(one))
    cells = list(rows_.columns.values())
    assert bytes(one)[:2] == len(cells).to_bytes(2, "big")
    assert size == 2 + sum(4 + len(cell) for cell in cells)
    assert b"crowd-000000007" in two[:size]
    assert b"crowd-000000008" in two[size:]
    assert two[:size] != two[size:]


def test_a_book_of_identifiers_has_a_known_share_of_users():
    asked, known = discovery.book(1_000, 3)
    assert len(set(asked)) == len(asked) == 1_000
    assert 150 < known < 250
    assert discovery.book(1_000, 4)[0] != asked


def test_the_table_of_a_scan_tells_who_went_beyond_and_stands_beside_others():
    found = enumeration.Found(
        [Yield("A, uploads", "verified", 1, {1: 2_501, 30: 10_700, 365: 27_450})],
        Yield("a new key", "verified", 1, {30: 20_650}),
        [(Promise(500, "verified", 0), 1)],
        {"a sync": 0, "a new phone": 3},
    )
    told = "\n".join(enumeration.table(found))
    assert all(name in told for name in ("Signal CDSI", "NDSS'21", "Sydent (no budget)", "46,729"))
    assert "gave 9,950 on top" in told
    judged = {row.name: row.met for row in enumeration.rows_of(found)}
    assert [name for name, met in judged.items() if not met] == [
        "enumeration-verified-1", "enumeration-book-500-verified", "enumeration-again",
    ]  # fmt: skip
