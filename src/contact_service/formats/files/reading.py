"""The two verbs, over a single file or a ZIP of files."""

from collections.abc import Iterator
from typing import BinaryIO, cast

import msgspec

from contact_service.formats.files import charsets, plain, reasons, refusals, zips
from contact_service.formats.files.kinds import Detected
from contact_service.formats.files.zips import Member
from contact_service.model.imports import Edge, Place, Reject, Upsert
from contact_service.model.imports_problem import UnsupportedFile

Change = Upsert | Reject | Edge


def detect(stream: BinaryIO, charset: str | None = None) -> Detected:
    """What a seekable stream holds, read once from its start to its end. `charset` is the owner's word: it beats every
    guess, a BOM is none.

    Raises UnsupportedFile (422) with what to export instead, InvalidParameter (422) for an unknown charset, TooLarge
    (413) for a ZIP over its bounds.
    """
    owners = charsets.chosen(charset) if charset else None
    stream.seek(0)
    if not stream.read(4).startswith(zips.MAGIC):
        return plain.detect(stream, owners)
    members = [member for member in zips.members(stream) if not member.is_zip]
    judged = [_member(member, owners) for member in members]
    found = [one for one in judged if isinstance(one, Detected)]
    if not found:
        why = {one for one in judged if isinstance(one, str)}
        raise refusals.refusal(why.pop() if len(why) == 1 else "zip-empty")
    # Of several files each is judged by itself when it is read.
    told = found[0].charset if len(members) == 1 else owners
    return Detected("zip", told, found[0].sample)


def read(stream: BinaryIO, detected: Detected, region: str | None) -> Iterator[Change]:
    """Every record in the order of the file, from its start; lines count within each member of a ZIP. `region` (ISO
    3166-1) is where national numbers are dialled: they stay as written, so no reader asks for it yet.

    Never raises for what the file holds.
    """
    if detected.format != "zip":
        yield from plain.read(stream, detected)
        return
    index = 0
    for change in _of_zip(stream, detected.charset):
        if isinstance(change, Edge):
            yield change
            continue
        yield msgspec.structs.replace(change, place=Place(index, change.place.line))
        index += 1


def _of_zip(stream: BinaryIO, charset: str | None) -> Iterator[Change]:
    nowhere = Place(0)
    for member in zips.members(stream):
        if member.is_zip:
            yield reasons.reject(nowhere, "nested-archive")
            continue
        detected = _member(member, charset)
        if isinstance(detected, Detected):
            yield from plain.read(cast("BinaryIO", member), detected)
        if member.damaged:
            yield reasons.reject(nowhere, "damaged-member")
        elif isinstance(detected, str) and member.is_sure:
            yield reasons.reject(nowhere, "unsupported-member")


def _member(member: Member, charset: str | None) -> Detected | str:
    """What the member is, or the kind that it is refused as."""
    try:
        return plain.detect(cast("BinaryIO", member), charset)
    except UnsupportedFile as refused:
        return "zip-damaged" if member.damaged else refused.found
