"""A part of a card: the properties that C:address-data names (RFC 6352 10.4.2), their bytes as they are stored."""

from contact_service.formats.dav.wanted import CardProperty
from contact_service.formats.vcard import lines
from contact_service.formats.vcard.lines import Line

_FRAME = frozenset({"BEGIN", "VERSION", "END"})


def pick(raw: bytes, asked: tuple[CardProperty, ...]) -> bytes:
    """The card's lines of these properties, in their order, with BEGIN, VERSION and END; whole or without the value."""
    kept, depth, last = [], 0, b""
    for line in lines.parse(raw):
        depth += line.head.name == "BEGIN"
        # A nested AGENT goes with the line that it is the value of.
        last = _kept(line, asked) if depth <= 1 else (last and line.raw)
        kept.append(last)
        depth -= line.head.name == "END"
    return b"".join(kept)


def _kept(line: Line, asked: tuple[CardProperty, ...]) -> bytes:
    if line.head.name in _FRAME:
        return line.raw
    found = [each for each in asked if _names(each, line)]
    if not found:
        return b""
    return lines.fold(f"{line.head.text}:") if all(each.bare for each in found) else line.raw


def _names(asked: CardProperty, line: Line) -> bool:
    head = line.head
    return head.name == asked.name and (asked.group is None or head.group.upper() == asked.group)
