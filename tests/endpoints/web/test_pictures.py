"""A contact's photo on its page, by the forms that a browser sends without a script."""

import pytest

from asking import ISSUER, Api, Reply, build, call, fresh, person
from contact_service.actions.context import House
from contact_service.endpoints import web
from contact_service.endpoints.web import Sessions
from contact_service.model.ids import OwnerId
from contact_service.vault.access import Verifier
from picturing import BLUE, RED, colour, photo, plain

SAME = ("sec-fetch-site", "same-origin")


class Visit:
    """A signed-in browser, and the API of the same owner."""

    def __init__(self, house: House, *scopes: str) -> None:
        sessions = Sessions()
        pages = web.routes(house, Verifier([ISSUER.trust()]), sessions)
        self.api = Api(build(house, web=pages), fresh("ann"))
        opened = sessions.open(OwnerId(self.api.owner), frozenset(scopes), 2**40)
        self._cookie = ("cookie", f"contacts_session={opened}")

    async def get(self, path: str) -> Reply:
        return await call(self.api.app, "GET", path, [self._cookie])

    async def post(self, path: str, body: bytes = b"", media: str = "") -> Reply:
        headers = [self._cookie, SAME, ("content-type", media)]
        return await call(self.api.app, "POST", path, headers, body)

    async def send(self, path: str, raw: bytes, name: str = "photo") -> Reply:
        """The form as browsers send it (RFC 7578)."""
        edge = "----WebKitFormBoundary7MA4YWxkTrZu0gW"
        head = f'Content-Disposition: form-data; name="{name}"; filename="a.png"\r\nContent-Type: image/png'
        body = f"--{edge}\r\n{head}\r\n\r\n".encode() + raw + f"\r\n--{edge}--\r\n".encode()
        return await self.post(path, body, f"multipart/form-data; boundary={edge}")

    async def contact(self, **members: object) -> str:
        told = await self.api.post("/v1/contacts", person("Ann", **members))
        return f"/app/contacts/{told.json['id']}"


@pytest.fixture
def visit(house: House) -> Visit:
    return Visit(house, "contacts.read", "contacts.write")


async def test_a_photo_is_chosen_shown_and_taken_away(visit: Visit) -> None:
    page = await visit.contact()
    bare = await visit.get(page)
    assert b"Add a photo" in bare.body
    assert b"<img" not in bare.body
    done = await visit.send(f"{page}/photo", plain(RED))
    assert (done.status, done.headers["location"]) == (303, page)
    shown = await visit.get(f"{page}/card")
    (entry,) = (await visit.api.get(page.replace("/app", "/v1"))).json["media"].values()
    address = entry["uri"].replace("/v1", "/app")
    assert f'<img src="{address}" alt="">'.encode() in shown.body
    picture = await visit.get(address)
    assert (picture.status, colour(picture.body)) == (200, RED)
    assert picture.headers["content-type"] == "image/jpeg"
    assert picture.headers["cache-control"] == "no-store"
    assert picture.headers["x-content-type-options"] == "nosniff"
    assert (await visit.post(f"{page}/photo/remove")).status == 303
    assert b"<img" not in (await visit.get(page)).body
    assert (await visit.get(address)).status == 404


async def test_the_history_names_the_web_app(visit: Visit) -> None:
    page = await visit.contact()
    await visit.send(f"{page}/photo", plain(BLUE))
    told = await visit.api.get(page.replace("/app", "/v1") + "/history")
    assert [revision["device"] for revision in told.json["revisions"]] == ["web", "api"]


async def test_a_picture_of_another_host_is_not_asked_for(visit: Visit) -> None:
    page = await visit.contact(media=photo("https://example.com/a.png"))
    shown = await visit.get(page)
    assert b"example.com" not in shown.body
    assert b"<img" not in shown.body


@pytest.mark.parametrize(
    ("raw", "name", "status"),
    [(b"no picture", "photo", 415), (plain()[:40], "photo", 422), (plain(), "other", 422)],
)
async def test_what_is_no_picture_is_refused_on_a_page(
    visit: Visit, raw: bytes, name: str, status: int
) -> None:
    page = await visit.contact()
    told = await visit.send(f"{page}/photo", raw, name)
    assert told.status == status
    assert told.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    "media", ["", "multipart/form-data", "text/plain", "multipart/form-data; boundary="]
)
async def test_a_form_that_cannot_be_read_is_refused(visit: Visit, media: str) -> None:
    page = await visit.contact()
    assert (await visit.post(f"{page}/photo", plain(), media)).status == 422


async def test_a_form_over_20_mb_is_refused(visit: Visit) -> None:
    page = await visit.contact()
    assert (await visit.send(f"{page}/photo", bytes(20_010_000))).status == 413


async def test_who_may_only_read_is_offered_nothing_and_can_do_nothing(house: House) -> None:
    visit = Visit(house, "contacts.read")
    page = await visit.contact()
    assert b'type="file"' not in (await visit.get(page)).body
    assert (await visit.send(f"{page}/photo", plain())).status == 403
    assert (await visit.post(f"{page}/photo/remove")).status == 403


async def test_another_owners_photo_is_not_there(house: House, visit: Visit) -> None:
    page = await visit.contact()
    await visit.send(f"{page}/photo", plain())
    other = Visit(house, "contacts.read", "contacts.write")
    assert (await other.get(f"{page}/photo")).status == 404
    assert (await other.send(f"{page}/photo", plain(BLUE))).status == 404
