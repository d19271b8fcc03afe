"""A CardDAV server's address book under test: one client, and a verb for each thing that is measured."""

import http.client
import re
import statistics
import threading
import time
from collections.abc import Callable
from itertools import count

from contact_service.cli.bench import dav_cards
from contact_service.cli.bench.dav_peers import Served
from contact_service.cli.bench.stage import NotMeasured

FULL = 4_950
_TOKEN = re.compile(rb"sync-token[^>]*>([^<]+)<")


class Client:
    """One keep-alive connection to a server's book; every answer is looked at."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self._connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=120)

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
        """One request, below the book. Raises NotMeasured for another status than 2xx."""
        sent = {**self.served.headers, "Content-Type": "application/xml; charset=utf-8"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        self._connection.request(method, self.served.book + path, body, sent)
        answer = self._connection.getresponse()
        got = answer.read()
        if not 200 <= answer.status < 300:
            raise NotMeasured(f"{self.served.name}: {method} answered {answer.status}")
        return got

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


class Book:
    """A server's book under test: what is measured, each verb one figure in milliseconds."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.client = Client(served)
        self._fresh = count(1)
        self._held = ""
        self._names = [name for name, _ in dav_cards.cards(FULL)]

    def put(self) -> float:
        """A new card into the full book; it is deleted again outside the time."""
        self._held = ""
        name, card = dav_cards.card(1_000_000 + next(self._fresh))
        spent = _ms(lambda: self.client.ask("PUT", name, card, Content_Type="text/vcard"))
        self.client.ask("DELETE", name)
        return spent

    def list(self) -> float:
        """All entity-tags."""
        return _ms(lambda: self._whole(self.client.ask("PROPFIND", "", dav_cards.LIST, Depth="1")))

    def first(self) -> float:
        """The first sync."""
        return _ms(lambda: self._whole(self._sync("")))

    def unchanged(self) -> float:
        """A sync when nothing has changed."""
        # Fetched once: a whole first sync right before would leave its traces in the time of a small answer.
        self._held = self._held or self._token()
        token = self._held
        return _ms(lambda: self._sync(token))

    def changed(self) -> float:
        """A sync when one card has changed."""
        self._held = ""
        token = self._token()
        name, card = dav_cards.card(7, note=f"changed {next(self._fresh)}")
        self.client.ask("PUT", name, card, Content_Type="text/vcard")
        return _ms(lambda: self._sync(token))

    def multiget(self) -> float:
        """A hundred cards."""
        wanted = self._names[100:200]
        body = dav_cards.multiget([self.served.book + name for name in wanted])

        def work() -> None:
            got = self.client.ask("REPORT", "", body, Depth="1")
            if got.count(b"BEGIN:VCARD") != len(wanted):
                raise NotMeasured(f"{self.served.name}: a multiget lacks cards")

        return _ms(work)

    def name(self) -> float:
        """Whose name holds some letters."""
        return self._query("FN", dav_cards.NAME_PART)

    def mail(self) -> float:
        """Whose address holds some letters."""
        return self._query("EMAIL", dav_cards.MAIL_PART)

    def _query(self, prop: str, part: str) -> float:
        body = dav_cards.query(prop, part)

        def work() -> None:
            if b".vcf" not in self.client.ask("REPORT", "", body, Depth="1"):
                raise NotMeasured(f"{self.served.name}: a query finds nothing")

        return _ms(work)

    def get(self) -> float:
        """One card."""
        return _ms(lambda: self.client.ask("GET", self._names[42]))

    def at_once(self, verb: str, clients: int = 8, each: int = 2) -> float:
        """`verb` by several clients at once: milliseconds of the whole for one request of each."""
        books = [Book(self.served) for _ in range(clients)]
        token = self._token() if verb == "unchanged" else ""
        begin = threading.Barrier(clients + 1)

        def work(book: Book) -> None:
            book.client.ask("OPTIONS", "")
            begin.wait()
            for _ in range(each):
                if verb == "unchanged":
                    book._sync(token)
                else:
                    book.client.ask("GET", book._names[42])

        threads = [threading.Thread(target=work, args=(book,)) for book in books]
        for thread in threads:
            thread.start()
        begin.wait()
        begun = time.perf_counter()
        for thread in threads:
            thread.join()
        return (time.perf_counter() - begun) * 1000 / each

    def warm(self, verb: str) -> None:
        """`verb` once, for its caches."""
        getattr(self, verb)()

    def median(self, verb: str, times: int) -> float:
        """`verb` so many times; its median in milliseconds."""
        work: Callable[[], float] = getattr(self, verb)
        return statistics.median(work() for _ in range(times))

    def _sync(self, token: str) -> bytes:
        return self.client.ask("REPORT", "", dav_cards.sync(token), Depth="0")

    def _token(self) -> str:
        found = _TOKEN.findall(self.client.ask("PROPFIND", "", dav_cards.TOKEN, Depth="0"))
        if not found:
            raise NotMeasured(f"{self.served.name}: a sync has no token")
        return str(found[-1].decode())

    def _whole(self, got: bytes) -> None:
        if got.count(b".vcf") < FULL:
            raise NotMeasured(f"{self.served.name}: a listing lacks cards")


def _ms(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000
