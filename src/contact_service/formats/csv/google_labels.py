"""Google's labels: what the program has a word for becomes contexts and features (RFC 9553 1.5.1, 2.3.3), all else a
label; `* ` before one marks the primary entry.
"""

from typing import Any

PRIMARY = "* "
JOINT = " ::: "
"""Between several values in one cell."""
EVERYWHERE: dict[str, dict[str, Any]] = {
    "Home": {"contexts": {"private": True}},
    "Work": {"contexts": {"work": True}},
}
ADDRESSES = EVERYWHERE | {
    "Billing": {"contexts": {"billing": True}},
    "Delivery": {"contexts": {"delivery": True}},
}


def _phones() -> dict[str, dict[str, Any]]:
    features = {
        "Mobile": "mobile",
        "Fax": "fax",
        "Pager": "pager",
        "Main": "main-number",
        "TTY": "textphone",
        "Video": "video",
        "Text": "text",
    }
    made = dict(EVERYWHERE)
    for word, feature in features.items():
        made[word] = {"features": {feature: True}}
        for place, said in EVERYWHERE.items():
            made[f"{place} {word}"] = {**said, "features": {feature: True}}
    return made


PHONES = _phones()
_OTHER = frozenset({"other", "internet", ""})
_ALSO = {"other fax": "fax"}
_TOLD: dict[int, dict[str, str]] = {
    id(table): {word.casefold(): word for word in table}
    for table in (EVERYWHERE, ADDRESSES, PHONES)
}


def split(cell: str) -> list[str]:
    """The values of a cell."""
    return [part for one in cell.split(JOINT) if (part := one.strip())]


def read(cell: str, table: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """What a label says of its entry."""
    text = cell.strip()
    entry: dict[str, Any] = {}
    if text.startswith("*"):
        entry["pref"] = 1
        text = text[1:].strip()
    plain = _ALSO.get(text.casefold(), text.casefold())
    word = _TOLD[id(table)].get(plain)
    if word is not None:
        entry.update(table[word])
    elif plain not in _OTHER:
        entry["label"] = text
    return entry


def write(entry: dict[str, Any], table: dict[str, dict[str, Any]]) -> str:
    """The label that says as much of an entry as one can: its own, else the word for its contexts and features."""
    primary = PRIMARY if entry.get("pref") == 1 else ""
    own = entry.get("label")
    if isinstance(own, str) and own.strip():
        return primary + own.strip()
    contexts, features = _said(entry, "contexts"), _said(entry, "features") - {"voice"}
    best = max(table, key=lambda word: _fit(table[word], contexts, features))
    return primary + (best if _fit(table[best], contexts, features) > 0 else "")


def _said(entry: dict[str, Any], member: str) -> set[str]:
    found = entry.get(member)
    return {name for name, is_so in found.items() if is_so} if isinstance(found, dict) else set()


def _fit(told: dict[str, Any], contexts: set[str], features: set[str]) -> int:
    """How much of it a word tells; below 0 when it tells what is not so."""
    places, kinds = _said(told, "contexts"), _said(told, "features")
    if not (places <= contexts and kinds <= features):
        return -1
    # What kind of line it is matters more than where it is.
    return len(places) + 2 * len(kinds)
