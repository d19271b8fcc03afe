"""A book as one file, streamed: vCards, JSContact, the CSV of Google and Outlook."""

from collections.abc import AsyncIterator
from typing import Literal

from contact_service.actions import exporting
from contact_service.actions.exporting import FORMS, Form
from contact_service.actions.idempotency import Answer
from contact_service.endpoints.caller import Caller
from contact_service.endpoints.routes import NDJSON, VCARD, Query, Route
from contact_service.endpoints.streaming import Gone, Streamed
from contact_service.model.problem import InvalidParameter, NotFound, Overloaded

Name = Literal["vcard", "vcard3", "vcard4", "jscontact", "google-csv", "outlook-csv"]
CSV = "text/csv"


async def get(caller: Caller) -> Answer:
    """GET /v1/contacts:export -> a file of all contacts, or of a group's; 404 for a group that is not there."""
    form = _form(caller.query("format"))
    group, head = caller.query("group"), await caller.head()
    only = await exporting.chosen(caller.house, head, group) if group is not None else None
    headers = {
        "Content-Type": form.media,
        "Content-Disposition": f'attachment; filename="contacts.{form.suffix}"',
    }
    if caller.method == "HEAD":
        return Answer(200, headers, b"")
    return _streamed(caller, form, only, headers)


def _form(name: str | None) -> Form:
    form = FORMS.get(name or "vcard")
    if form is None:
        raise InvalidParameter("format", f"one of {', '.join(FORMS)}")
    return form


def _streamed(
    caller: Caller, form: Form, only: frozenset[str] | None, headers: dict[str, str]
) -> Streamed:
    async def parts(gone: Gone) -> AsyncIterator[bytes]:
        house, owner = caller.house, caller.owner
        async for part in exporting.parts(house, owner, caller.request_id, form, only):
            yield part
            if gone():
                return

    return Streamed(200, headers, b"", owner=caller.owner, parts=parts)


ROUTES = (
    Route(
        "GET",
        "/v1/contacts:export",
        get,
        "contacts.read",
        "reads",
        "Contacts as a file",
        {200: bytes},
        query=(
            Query(
                "format",
                Name,
                "`vcard` (when absent): each as it came; `jscontact`: a JSON object a line.",
            ),
            Query("group", str, "Only members of this group, by its id, or with this keyword."),
        ),
        problems=(InvalidParameter, NotFound, Overloaded),
        lane="bulk",
        media=(VCARD, NDJSON, CSV),
    ),
)
