"""Files as tests bring them: one of each kind with two good records, and what reading them gives."""

import io
import json
import zipfile
from typing import Any

from contact_service.formats import files
from contact_service.model.imports import Edge, Reject, Upsert
from contact_service.model.imports_problem import UnsupportedFile

Change = Upsert | Reject | Edge


def changes(body: bytes, charset: str | None = None) -> list[Change]:
    """Everything that a file gives, detected and read as an import does."""
    stream = io.BytesIO(body)
    return list(files.read(stream, files.detect(stream, charset), None))


def attempt(body: bytes, charset: str | None = None) -> list[Change] | str:
    """As `changes`, or the slug of what it was refused as."""
    try:
        return changes(body, charset)
    except UnsupportedFile as refused:
        return refused.found


def cards(found: list[Change]) -> list[dict[str, Any]]:
    """The Cards that came, less their uids."""
    told = [json.loads(one.card.json) for one in found if isinstance(one, Upsert)]
    return [{name: value for name, value in card.items() if name != "uid"} for card in told]


def names(found: list[Change]) -> list[str]:
    """The full name of each Card that came."""
    return [card.get("name", {}).get("full", "") for card in cards(found)]


def codes(found: list[Change]) -> list[str]:
    """The code of each Reject."""
    return [one.code for one in found if isinstance(one, Reject)]


def packed(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP of these."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, body in members:
            archive.writestr(name, body)
    return out.getvalue()


def vcf(name: str, *lines: str, version: str = "3.0") -> bytes:
    """One vCard."""
    made = ["BEGIN:VCARD", f"VERSION:{version}", f"FN:{name}", *lines, "END:VCARD", ""]
    return "\r\n".join(made).encode()


def jcard(name: str) -> list[Any]:
    return ["vcard", [["version", {}, "text", "4.0"], ["fn", {}, "text", name]]]


def jscontact(name: str) -> dict[str, Any]:
    return {"@type": "Card", "version": "1.0", "uid": f"urn:x:{name}", "name": {"full": name}}


def entry(name: str) -> str:
    return (
        f"dn: cn={name},mail=a@example.org\nobjectclass: person\ncn: {name}\nmail: a@example.org\n"
    )


ADDRESS_BOOK = {"name": "Ann", "details": [{"contact_point": "+4915155501234"}]}
KINDS: dict[str, bytes] = {
    "vcard": vcf("Ann", "EMAIL:ann@example.org", "UID:1") + vcf("Bea", version="4.0"),
    "jcard": json.dumps([jcard("Ann"), jcard("Bea")]).encode(),
    "jscontact": json.dumps([jscontact("Ann"), jscontact("Bea")]).encode(),
    "ldif": f"version: 1\n\n{entry('Ann')}\n{entry('Bea')}".encode(),
    "facebook": json.dumps(
        {"friends_v2": [{"name": "Ann", "timestamp": 1}, {"name": "Bea"}]}
    ).encode(),
    "x": b'window.YTD.follower.part0 = [{"follower":{"accountId":"1"}},{"follower":{"accountId":"2"}}]',
    "csv": b"First Name,Last Name,E-mail 1 - Value\r\nAnn,Lee,ann@example.org\r\nBea,Ray,b@example.org\r\n",
}
"""By format: a file with two good records."""
