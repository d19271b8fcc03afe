"""The field `file` of a form (multipart/form-data, RFC 7578), taken out of the body while it arrives."""

from collections.abc import AsyncIterator

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from contact_service.model.problem import Malformed

MEDIA = "multipart/form-data"
FIELD = b"file"


async def file(arriving: AsyncIterator[bytes], content_type: bytes) -> AsyncIterator[bytes]:
    """The bytes of the field `file`; other fields are passed over. Raises Malformed (400)."""
    form = _Form(content_type)
    async for part in arriving:
        for found in form.feed(part):
            yield found
    form.end()


class _Form:
    """One form being read: what has come of the file, and whether it is in it at this moment."""

    def __init__(self, content_type: bytes) -> None:
        boundary = parse_options_header(content_type)[1].get(b"boundary")
        if not boundary:
            raise Malformed("The form names no boundary.")
        self._name, self._value = b"", b""
        self._inside, self._files, self._ended = False, 0, False
        self._found: list[bytes] = []
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin,
                    "on_header_field": self._field,
                    "on_header_value": self._words,
                    "on_header_end": self._header,
                    "on_part_data": self._bytes,
                    "on_part_end": self._end,
                    "on_end": self._all,
                },
            )
        except FormParserError:
            raise Malformed("The form's boundary cannot be read.") from None

    def feed(self, part: bytes) -> list[bytes]:
        """What these bytes have of the file."""
        self._found = []
        try:
            self._parser.write(part)
        except FormParserError:
            raise Malformed("The form cannot be read.") from None
        return self._found

    def end(self) -> None:
        """That was all. Raises Malformed (400): cut short, or without one file."""
        if not self._ended:
            raise Malformed("The form was cut short.")
        if self._files != 1:
            raise Malformed("The form has one field `file`.")

    def _begin(self) -> None:
        self._name = self._value = b""

    def _field(self, raw: bytes, start: int, end: int) -> None:
        self._name += raw[start:end]

    def _words(self, raw: bytes, start: int, end: int) -> None:
        self._value += raw[start:end]

    def _header(self) -> None:
        if self._name.lower() == b"content-disposition":
            named = parse_options_header(self._value)[1].get(b"name")
            self._inside = named == FIELD
            self._files += self._inside
        self._name = self._value = b""

    def _bytes(self, raw: bytes, start: int, end: int) -> None:
        if self._inside:
            self._found.append(bytes(raw[start:end]))

    def _end(self) -> None:
        self._inside = False

    def _all(self) -> None:
        self._ended = True
