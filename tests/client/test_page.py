"""The page about the client: its code runs as it stands there, over a real connection to a service of its own."""

import re
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

import contact_client
from faults.running import data_dir, service

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "client.md"

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults"), pytest.mark.timeout(120)]


def shown() -> dict[str, Any]:
    """The functions that the page shows, by name."""
    blocks = re.findall(
        r"(?:^    .*\n|^\n(?=    ))+", PAGE.read_text(encoding="utf-8"), re.MULTILINE
    )
    named: dict[str, Any] = {name: getattr(contact_client, name) for name in contact_client.__all__}
    for block in blocks:
        exec(compile(dedent(block), str(PAGE), "exec"), named)
    return named


async def test_the_code_of_the_page_runs_as_it_stands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = shown()
    with data_dir() as data, service(data) as running:
        url, token = f"http://127.0.0.1:{running.port}", running.token("ann")
        await page["tour"](url, token)
        await page["phone"](url, token, tmp_path / "book.db")
        running.consent("ann", "match")
        bea = {"identifiers": ["mailto:bea@example.org"], "discoverable": True}
        assert running.ask("PUT", "/v1/directory/users/bea", "ann", bea)[0] == 200
        for _ in range(2):
            await page["find"](url, token, tmp_path / "people.db")
        async with contact_client.Client(url, token) as contacts:
            names = [one.card["name"]["full"] async for one in contacts.list()]
    assert names == ["Ann", "Bea B."]
    told = capsys.readouterr().out
    assert "pending=False" in told
    assert "{'full': 'Ann'}" in told
    assert told.count("mailto:bea@example.org is bea") == 2
    assert told.count("0 wait until None") == told.count("1998 more may be asked for") == 2
