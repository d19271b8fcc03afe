"""Between vCard 2.1 and 3.0: bare types, quoted-printable, BASE64 (vCard 2.1 specification, 2.1 and 2.2)."""

from collections.abc import Callable

from contact_service.formats.vcard import downward, stages, text
from contact_service.formats.vcard.editing import Edit
from contact_service.formats.vcard.stages import Room, Shown, Stage

_PLAIN = frozenset({"QUOTED-PRINTABLE", "7BIT", "8BIT"})


def _modern(edit: Edit, room: Room) -> None:
    if edit.bare():
        edit.put_types(edit.types)
    encoding = edit.get("ENCODING").upper()
    if encoding in _PLAIN:
        edit.drop("ENCODING")
    elif encoding == "BASE64":
        edit.put("ENCODING", "b")
        edit.value = stages.relaid(edit.value)
    edit.drop("CHARSET")
    if edit.get("VALUE").upper() == "URL":
        edit.put("VALUE", "uri")


def _old(edit: Edit, room: Room) -> None:
    if edit.has("TYPE"):
        edit.put_bare(tuple(kind.upper() for kind in edit.types))
    if edit.get("ENCODING").upper() == "B":
        edit.put("ENCODING", "BASE64")
        edit.value = stages.relaid(edit.value)
    if not edit.value.isascii() or "\\n" in edit.value:
        edit.anew()  # as quoted-printable


def _escaped(edit: Edit, room: Room) -> None:
    # In 2.1 a comma is text, in 3.0 it parts values (vCard 2.1 2.2.2).
    edit.value = "\\,".join(text.cut_raw(edit.value, ","))


def _numbered(edit: Edit, room: Room) -> None:
    edit.value = room.version.number


def _as_it_is(shown: list[Shown]) -> list[Shown]:
    return shown


_FRAME: Callable[[list[Shown]], list[Shown]] = downward.STAGE.frame

FROM_2_1 = Stage(
    "3.0", {"VERSION": _numbered, "N": _escaped, "ADR": _escaped}, _modern, _as_it_is, _FRAME
)
TO_2_1 = Stage("2.1", {"VERSION": _numbered}, _old, _as_it_is, _as_it_is, by_params=False)
