"""Every limit of the API in one table, and what holds the rates: a bucket for each owner and limit.

Rates are settings (CONTACT_LIMIT_<NAME>=rate/burst): a bench raises values, it never turns checks off.
"""

import math
from collections import OrderedDict
from itertools import islice

import msgspec

from contact_service.actions import (
    batch,
    books,
    buckets,
    desk,
    evaluators,
    history,
    paging,
    photos,
    runs,
    search,
    turnstile,
)
from contact_service.endpoints import asking
from contact_service.formats import images, jsrules, upload
from contact_service.formats.dav import criteria, hrefs, reports, xml
from contact_service.model import app_password
from contact_service.model.ids import OwnerId
from contact_service.model.problem import RateLimited
from contact_service.settings.kinds import Rate

JSON_BODY = 1_048_576
UPLOAD_BODY = 32_000_000
FILE_BODY = 256 * 1024 * 1024
CARD_BODY = jsrules.MAX_BYTES
BATCH_BODY = 32_000_000
PHOTO_BODY = 20_000_000
DAV_RESOURCE = 5_242_880
BOOK_PROPERTIES = 65_536
RESTORED = 1_000
LOOKUP = 1_000
ELEMENTS = 1_000
DIGESTS = 1_000
USERS = 500
IDENTIFIERS = 50
IDEMPOTENCY_KEY = 255

DEADLINE_S = 10.0
DAV_DEADLINE_S = 30.0
BULK_DEADLINE_S = 60.0
FILE_DEADLINE_S = 600.0
IDLE_BODY_S = 10.0
ADMISSION_S = 0.1
INTERACTIVE_SLOTS = 256
BULK_SLOTS = 8
FILE_SLOTS = 8
STREAMS = 200
STREAMS_OF_ONE = 4
STREAM_S = 600.0
READY_S = 0.1


class Bound(msgspec.Struct, frozen=True):
    """A fixed upper bound. `refusal` is the status a request over it gets."""

    what: str
    most: float
    unit: str
    refusal: int


TABLE: tuple[Bound, ...] = (
    Bound("JSON body", JSON_BODY, "bytes", 413),
    Bound("contact", CARD_BODY, "bytes", 413),
    Bound("photo", PHOTO_BODY, "bytes", 413),
    Bound("photo", images.MOST_PIXELS, "pixels", 413),
    Bound("side of a photo, larger ones are made smaller", images.MOST_SIDE, "pixels", 200),
    Bound("photo in a card, larger ones are made smaller", photos.EXACT_BYTES, "bytes", 200),
    Bound("upload body", UPLOAD_BODY, "bytes", 413),
    Bound("contacts an upload", upload.MAX_CONTACTS, "contacts", 413),
    Bound("batch body", BATCH_BODY, "bytes", 413),
    Bound("operations a batch", batch.MAX_OPERATIONS, "operations", 413),
    Bound("ids a restore", RESTORED, "ids", 413),
    Bound("contacts an owner", desk.MAX_CARDS, "contacts", 422),
    Bound("refused edits kept a contact, the oldest go", history.MOST_REFUSED, "edits", 412),
    Bound("address books an owner", books.MAX_BOOKS, "address books", 507),
    Bound("app passwords an owner", app_password.MOST, "app passwords", 422),
    Bound("app passwords verified at once, a process", turnstile.AT_ONCE, "sign-ins", 503),
    Bound("CardDAV card with its photo", DAV_RESOURCE, "bytes", 413),
    Bound("CardDAV resource name", hrefs.MAX_NAME, "bytes", 404),
    Bound("CardDAV properties set on a book", BOOK_PROPERTIES, "bytes", 413),
    Bound("XML body", JSON_BODY, "bytes", 413),
    Bound("XML elements", xml.MAX_ELEMENTS, "elements", 413),
    Bound("XML elements inside each other", xml.MAX_DEPTH, "elements", 413),
    Bound("XML quotation marks", xml.MAX_QUOTES, "quotes", 413),
    Bound("hrefs a multiget", reports.MAX_HREFS, "hrefs", 413),
    Bound("properties to expand", reports.MAX_EXPANDED, "properties", 413),
    Bound("tests a query", criteria.MAX_TESTS, "tests", 403),
    Bound("identifiers a look-up", LOOKUP, "identifiers", 413),
    Bound("elements an evaluation", ELEMENTS, "elements", 413),
    Bound(
        "evaluations of an owner at once, a process", evaluators.OF_ONE_OWNER, "evaluations", 503
    ),
    Bound("buckets of private discovery a request", buckets.MOST, "buckets", 413),
    Bound("digests to resolve a request", DIGESTS, "digests", 413),
    Bound("users a directory batch", USERS, "users", 413),
    Bound("identifiers a user", IDENTIFIERS, "identifiers", 422),
    Bound("rows a page", asking.MOST_LIMIT, "rows", 422),
    Bound("search query, longer ones are cut", search.MAX_QUERY, "characters", 200),
    Bound("Idempotency-Key", IDEMPOTENCY_KEY, "characters", 422),
    Bound("request", DEADLINE_S, "seconds", 503),
    Bound("CardDAV request, before its answer begins", DAV_DEADLINE_S, "seconds", 503),
    Bound("file that is imported", FILE_BODY, "bytes", 413),
    Bound("imports of an owner that wait", runs.WAITING, "imports", 429),
    Bound("rejects of an import that are kept", paging.MOST_REJECTS, "records", 200),
    Bound("bytes of rejects that are kept of an import", paging.MOST_RAW_BYTES, "bytes", 200),
    Bound("request that brings a file", FILE_DEADLINE_S, "seconds", 503),
    Bound("files brought at once, a process", FILE_SLOTS, "requests", 503),
    Bound("event streams of an owner at once, a process", STREAMS_OF_ONE, "streams", 429),
    Bound("event streams at once, a process", STREAMS, "streams", 503),
    Bound("event stream, then the client asks again", STREAM_S, "seconds", 200),
    Bound("upload or batch request", BULK_DEADLINE_S, "seconds", 503),
    Bound("pause while a body arrives", IDLE_BODY_S, "seconds", 400),
    Bound("wait for a place in the lane", ADMISSION_S, "seconds", 503),
    Bound("interactive requests at once, a process", INTERACTIVE_SLOTS, "requests", 503),
    Bound("uploads and batches at once, a process", BULK_SLOTS, "requests", 503),
)


class Bucket:
    """One rate for all owners: GCRA, a single number an owner, the least recently seen are forgotten beyond `most`.

    Forgetting favours the caller (fail open): these limits protect the service, the discovery budget is another.
    0.6 us a check, where the `limits` library takes 1.9 to 2.7.
    """

    __slots__ = ("_due", "_interval", "_most", "_span", "_told", "name", "policy")

    def __init__(self, name: str, rate: Rate, most: int = 100_000) -> None:
        self.name = name
        self._interval = 1.0 / rate.per_second
        self._span = rate.burst * self._interval
        self._most = most
        self._due: dict[OwnerId, float] = {}
        window = max(1, math.ceil(self._span))
        self._told = f'"{name}";r='.encode()
        self.policy = f'"{name}";q={rate.burst};w={window}'.encode()

    def take(self, owner: OwnerId, now: float) -> tuple[int, float]:
        """One request at `now` (monotonic seconds). Returns how many are left at once, and the seconds until all are.

        Raises RateLimited (429).
        """
        due = self._due
        # Taken out and put back, so that the dict's own order is the order of use.
        at = due.pop(owner, 0.0)
        at = max(at, now)
        used = at - now + self._interval
        if used > self._span + 1e-9:
            due[owner] = at
            raise RateLimited(max(1, math.ceil(used - self._span)))
        due[owner] = now + used
        if len(due) > self._most:
            self._forget()
        return int((self._span - used) / self._interval + 1e-9), used

    def told(self, left: int, until_full_s: float) -> bytes:
        """The RateLimit header (draft-ietf-httpapi-ratelimit-headers 4)."""
        return b"%b%d;t=%d" % (self._told, left, until_full_s + 1)

    def _forget(self) -> None:
        for owner in list(islice(self._due, self._most // 10 + 1)):
            del self._due[owner]


class Tries:
    """Tries that may fail, for each who tries: counted before they are made, given back when they succeed.

    Unlike a Bucket it fails closed: nobody is forgotten before all their tries have come back, and while there is no
    room for one more, that one is refused.
    """

    __slots__ = ("_due", "_interval", "_most", "_span")

    def __init__(self, rate: Rate, most: int = 100_000) -> None:
        self._interval = 1.0 / rate.per_second
        self._span = rate.burst * self._interval
        self._most = most
        self._due: OrderedDict[bytes, float] = OrderedDict()

    def take(self, who: bytes, now: float) -> None:
        """One try at `now` (monotonic seconds). Raises RateLimited (429)."""
        used = max(self._due.get(who, now) - now, 0.0) + self._interval
        if used > self._span + 1e-9:
            raise RateLimited(max(1, math.ceil(used - self._span)))
        if who not in self._due and not self._room(now):
            raise RateLimited(math.ceil(self._interval))
        self._due[who] = now + used
        self._due.move_to_end(who)

    def give_back(self, who: bytes) -> None:
        """The try succeeded."""
        if who in self._due:
            self._due[who] -= self._interval

    def _room(self, now: float) -> bool:
        # From who tried longest ago on: their tries are the first to be back.
        while self._due and next(iter(self._due.values())) <= now:
            self._due.popitem(last=False)
        return len(self._due) < self._most
