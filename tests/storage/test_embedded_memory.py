"""How much memory PostgreSQL may keep its pages in: a quarter, of the container where that has less."""

from pathlib import Path

import pytest

from contact_service.storage import embedded_memory

GIB = 2**30


@pytest.mark.parametrize(
    ("told", "blocks"),
    [
        ([f"{2 * GIB}\n"], 65_536),
        ([f"{2 * GIB}\n", f"{GIB}\n"], 32_768),
        # No limit: "max", or version 1's largest number of pages.
        (["max\n", f"{GIB}\n"], 32_768),
        ([f"{2**63 - 4096}\n", f"{GIB}\n"], 32_768),
        ([f"{64 * GIB}\n", f"{32 * GIB}\n"], 262_144),
        # Never below what PostgreSQL itself begins with.
        ([f"{GIB // 8}\n"], 16_384),
    ],
)
def test_a_quarter_of_the_smallest_limit(
    told: list[str], blocks: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [tmp_path / str(place) for place in range(len(told))]
    for path, text in zip(paths, told, strict=True):
        path.write_text(text)
    monkeypatch.setattr(embedded_memory, "_LIMITS", (*paths, tmp_path / "absent"))
    monkeypatch.setattr("os.sysconf", {"SC_PHYS_PAGES": 2**24, "SC_PAGE_SIZE": 4096}.__getitem__)
    assert embedded_memory.shared_buffers() == str(blocks)


def test_without_a_container_it_is_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_memory, "_LIMITS", ())
    asked = {"SC_PHYS_PAGES": 2**20, "SC_PAGE_SIZE": 4096}
    monkeypatch.setattr("os.sysconf", asked.__getitem__)
    assert embedded_memory.shared_buffers() == str(GIB // 8192)
