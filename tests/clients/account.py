"""An owner's account as its devices know it: an app password over CardDAV; and beside it the JSON API, as an app."""

import base64
import http.client
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from asking import fresh
from faults.running import Service

_HREF = re.compile(rb"<(?:\w+:)?href>([^<]*\.vcf)</")


class Account:
    """An owner with one app password, on a running service."""

    def __init__(self, running: Service) -> None:
        self._running = running
        self.owner = fresh("ann")
        self.url = f"http://127.0.0.1:{running.port}/"
        self.home = f"/dav/addressbooks/{self.owner}/"
        made = self.ask("POST", "/v1/app-passwords", {"name": "Computer", "device": "desktop"})
        self.username: str = made["username"]
        self.password: str = made["password"]

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """One request to the JSON API, which must be met; its JSON."""
        status, told = self._running.ask(method, path, self.owner, body)
        assert status < 300, (status, told)
        return told

    def bearer(self) -> str:
        """A token for the JSON API."""
        return self._running.token(self.owner)

    def state(self) -> str:
        """The sync token: equal as long as nothing was written."""
        token: str = self.ask("GET", "/v1/contacts?limit=1")["syncToken"]
        return token

    def find(self, uid: str) -> dict[str, Any]:
        """The one live contact of that uid."""
        (found,) = (card for card in self._all() if card["uid"] == uid)
        return found

    def uids(self) -> set[str]:
        """The uids of all live contacts."""
        return {card["uid"] for card in self._all()}

    def _all(self) -> list[dict[str, Any]]:
        told = self.ask("GET", "/v1/contacts?limit=1000")
        assert told["next"] is None
        found: list[dict[str, Any]] = told["contacts"]
        return found

    def edit(self, uid: str, **changes: Any) -> None:
        """A PATCH by an app; `__` in a name stands for the / of a path."""
        patch = {name.replace("__", "/"): value for name, value in changes.items()}
        self.ask("PATCH", f"/v1/contacts/{self.find(uid)['id']}", patch)

    def delete(self, uid: str) -> None:
        """A DELETE by an app."""
        self.ask("DELETE", f"/v1/contacts/{self.find(uid)['id']}")

    def move(self, name: str, to: str, book: str = "contacts") -> None:
        """Another client gives a resource another name."""
        where = {"Destination": f"{self.home}{book}/{to}", "Overwrite": "F"}
        assert self.dav("MOVE", f"{book}/{name}", headers=where)[0] == 201

    def resources(self, book: str = "contacts") -> dict[str, bytes]:
        """What a GET of each resource of a book gives, by name."""
        status, listed = self.dav("PROPFIND", f"{book}/", headers={"Depth": "1"})
        assert status == 207
        names = [href.decode().rpartition("/")[2] for href in _HREF.findall(listed)]
        found = {}
        for name in names:
            status, found[unquote(name)] = self.dav("GET", f"{book}/{name}")
            assert status == 200
        return found

    def dav(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        """One request of a device, below the home: (status, body)."""
        sign = base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
        connection = http.client.HTTPConnection("127.0.0.1", self._running.port, timeout=60)
        try:
            sent = {"Authorization": f"Basic {sign}", **(headers or {})}
            connection.request(method, self.home + path, body, sent)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()
