"""Cells that a spreadsheet would run as a formula get a `'` in front on their way out, and lose it on their way in.

`bared(guarded(cell)) == cell` for every cell: one that looks guarded already gets another `'`.
"""

import re

# TAB, CR and LF too: spreadsheets skip them and read on; full-width forms are taken for the plain ones.
_RUNS = re.compile(r"'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
# What people want to see as it is, and no formula can be made of: digits and what stands between them.
_HARMLESS = re.compile(r"\+[0-9][0-9 ().\-/]*|--[0-9]{2}-[0-9]{2}", re.ASCII)


def guarded(cell: str) -> str:
    """The cell as it is written."""
    return f"'{cell}" if _needs(cell) else cell


def bared(cell: str) -> str:
    """The cell as it was before `guarded`."""
    return cell[1:] if cell.startswith("'") and _needs(cell[1:]) else cell


def _needs(cell: str) -> bool:
    return _RUNS.match(cell) is not None and _HARMLESS.fullmatch(cell.lstrip("'")) is None
