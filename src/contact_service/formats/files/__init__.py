"""Address-book files of every kind, told by content and never by name: `detect` says what it is, `read` gives records.

Whatever the bytes, `detect` raises nothing but Problems and `read` nothing at all: a bad record is a Reject in its
place, and its neighbours are read. Memory holds one record and a block, however long the file.
"""

from contact_service.formats.files.kinds import ACCEPTED, Detected
from contact_service.formats.files.reading import detect, read

__all__ = ["ACCEPTED", "Detected", "detect", "read"]
