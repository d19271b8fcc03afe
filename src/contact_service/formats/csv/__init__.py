"""Address books as CSV (RFC 4180 and what programs make of it), in and out.

`looks_like` says whether a text is one, `read` gives its records as Cards; `google` and `outlook` write Cards.
"""

from contact_service.formats.csv.reading import looks_like, read

__all__ = ["looks_like", "read"]
