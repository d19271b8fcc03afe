"""A device's own address book, sent as it is: repeating an upload changes nothing."""

from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Literal

import msgspec

from contact_client.values import Record, Source, Uploaded
from contact_client.wire import NDJSON, Wire

MOST = 10_000
"""Records a request may have."""
LARGEST = 8_000_000
"""Bytes a request of `stream` holds at most, but for one record."""
VCARD = "text/vcard"
View = Literal["full", "partial"]
_PATH = "/v1/contacts:upload"
_UPLOADED = msgspec.json.Decoder(Uploaded)


class Uploads:
    """`contacts.uploads`; the owner must have consented to `store`."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def records(
        self, source: Source, records: Iterable[Record], *, view: View = "partial"
    ) -> Uploaded:
        """At most 10,000 records in one transaction. In a `full` view absence deletes what this device had brought.

        Raises ConsentRequired, TooLarge.
        """
        asked = {"source": source, "view": view, "contacts": [*records]}
        return (await self._wire.post(_PATH, msgspec.json.encode(asked))).read(_UPLOADED)

    async def stream(
        self, source: Source, records: Iterable[Record], *, most: int = MOST
    ) -> AsyncIterator[Uploaded]:
        """Any number of records as NDJSON, `most` and 8 MB a request, an answer each. A partial view: each request is a
        transaction of its own, so absence can say nothing. One that fails can be repeated from the start.
        """
        opening = msgspec.json.encode({"source": source, "view": "partial"})
        for lines in _parts(records, most):
            body = b"\n".join((opening, *lines, b""))
            yield (await self._wire.post(_PATH, body, media=NDJSON)).read(_UPLOADED)

    async def vcards(self, source: Source, content: bytes, *, view: View = "partial") -> Uploaded:
        """A file of vCards, 2.1 to 4.0. Raises ConsentRequired, TooLarge."""
        asked = {"kind": source.kind, "deviceId": source.device_id, "region": source.region}
        query = {name: value for name, value in asked.items() if value is not None}
        reply = await self._wire.post(_PATH, content, media=VCARD, view=view, **query)
        return reply.read(_UPLOADED)


def _parts(records: Iterable[Record], most: int) -> Iterator[list[bytes]]:
    lines: list[bytes] = []
    size = 0
    for record in records:
        line = msgspec.json.encode(record)
        if lines and (len(lines) >= most or size + len(line) > LARGEST):
            yield lines
            lines, size = [], 0
        lines.append(line)
        size += len(line)
    if lines:
        yield lines
