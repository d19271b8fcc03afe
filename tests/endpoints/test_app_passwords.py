"""App passwords over the JSON API: shown once, listed, revoked; the profile behind its one-time link."""

import plistlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs7

from acting import make_house
from asking import Api, Reply, build, call, fresh
from contact_service.settings.environment import load
from contact_service.storage.db import Db
from contact_service.vault import profile_signing

URL = "/v1/app-passwords"


async def made(api: Api, **asked: object) -> dict[str, str]:
    told = await api.post(URL, {"name": "Phone", **asked}, host="contacts.example:8443")
    assert told.status == 201, told
    found: dict[str, str] = told.json
    return found


async def followed(api: Api, link: str, method: str = "GET") -> Reply:
    place = urlsplit(link)
    return await call(
        api.app, method, f"{place.path}?{place.query}", [("host", "contacts.example:8443")]
    )


async def test_the_answer_has_all_that_a_device_needs(ann: Api) -> None:
    told = await made(ann)
    assert told["username"] == told["id"] == str(UUID(told["id"]))
    assert len(told["password"]) == 39
    assert told["davUrl"] == "http://contacts.example:8443/dav/"
    start = f"http://contacts.example:8443{URL}/{told['id']}/profile.mobileconfig?key="
    assert told["profileUrl"].startswith(start)


async def test_what_is_listed_never_shows_the_password_again(ann: Api, bea: Api) -> None:
    one = await made(ann, name="Mac", device="desktop", access="read", keywordGroups=True)
    two = await made(ann)
    told = await ann.get(URL)
    assert (told.status, [each["id"] for each in told.json["appPasswords"]]) == (
        200,
        [one["id"], two["id"]],
    )
    first = told.json["appPasswords"][0]
    assert datetime.fromisoformat(first.pop("createdAt")) <= datetime.now(UTC)
    assert first == {
        "id": one["id"],
        "name": "Mac",
        "device": "desktop",
        "access": "read",
        "keywordGroups": True,
        "usedAt": None,
    }
    assert one["password"].encode() not in told.body
    assert (await bea.get(URL)).json == {"appPasswords": []}


async def test_a_request_sent_again_gives_the_same_password(ann: Api) -> None:
    asked = {"name": "Phone"}
    told = [await ann.post(URL, asked, idempotency_key="k") for _ in range(2)]
    assert told[0].body == told[1].body
    assert told[1].headers["idempotent-replayed"] == "true"
    assert len((await ann.get(URL)).json["appPasswords"]) == 1


@pytest.mark.parametrize(
    "asked",
    [{}, {"name": ""}, {"name": "x" * 256}, {"name": "x", "device": "pager"}, {"name": "a\x00b"}],
)
async def test_a_wish_that_cannot_be_met_is_refused(ann: Api, asked: dict[str, str]) -> None:
    assert (await ann.post(URL, asked)).slug == "unprocessable"


async def test_revoking_is_the_owners_own(ann: Api, bea: Api) -> None:
    one = (await made(ann))["id"]
    hers = await bea.delete(f"{URL}/{one}")
    nobodys = await bea.delete(f"{URL}/01890000-0000-7000-8000-000000000000")
    assert hers.slug == "not-found"
    assert hers.comparable == nobodys.comparable
    assert (await ann.delete(f"{URL}/{one}")).status == 204
    assert (await ann.delete(f"{URL}/{one}")).status == 404


async def test_more_than_fifty_are_refused(ann: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("contact_service.actions.app_passwords.MOST", 1)
    await made(ann)
    told = await ann.post(URL, {"name": "Phone"})
    assert (told.status, told.slug, told.json["limit"]) == (422, "too-many-app-passwords", 1)


async def test_the_profile_names_the_account_and_no_password(ann: Api) -> None:
    one = await made(ann, device="ios")
    told = await followed(ann, one["profileUrl"])
    assert (told.status, told.headers["content-type"]) == (200, "application/x-apple-aspen-config")
    assert told.headers["cache-control"] == "no-store"
    found = plistlib.loads(told.body)
    (account,) = found["PayloadContent"]
    assert account["PayloadType"] == "com.apple.carddav.account"
    assert account["CardDAVHostName"] == "contacts.example"
    assert (account["CardDAVPort"], account["CardDAVUseSSL"]) == (8443, False)
    assert account["CardDAVUsername"] == one["id"]
    assert account["CardDAVPrincipalURL"] == f"/dav/principals/{ann.owner}/"
    assert "CardDAVPassword" not in account
    assert one["password"].encode() not in told.body


async def test_the_link_leads_there_once(ann: Api) -> None:
    one, other = await made(ann), await made(ann)
    swapped = other["profileUrl"].replace(other["id"], one["id"])
    bare = one["profileUrl"].partition("?")[0]
    refused = [await followed(ann, link) for link in (swapped, bare + "?key=x", bare + "?x=")]
    assert (await followed(ann, one["profileUrl"], "HEAD")).status == 200
    assert (await followed(ann, one["profileUrl"])).status == 200
    refused.append(await followed(ann, one["profileUrl"]))
    await ann.delete(f"{URL}/{other['id']}")
    refused.append(await followed(ann, other["profileUrl"]))
    assert {each.slug for each in refused} == {"not-found"}
    assert all(each.comparable == refused[0].comparable for each in refused)


async def test_a_public_name_stands_before_what_the_request_says(db: Db) -> None:
    house = make_house(db, load({"CONTACT_PUBLIC_URL": "https://c.example.org/x"}))
    one = await made(Api(build(house), fresh("ann")))
    assert one["davUrl"] == "https://c.example.org/x/dav/"


async def test_a_name_that_is_none_is_not_repeated(ann: Api) -> None:
    for host in ("evil.example/path", "a b", "x" * 300, "[::1"):
        told = await ann.post(URL, {"name": "Phone"}, host=host)
        assert told.slug == "malformed"
        assert host.encode() not in told.body
    told = await ann.post(URL, {"name": "Phone"}, host="[::1]:8080")
    assert told.json["davUrl"] == "http://[::1]:8080/dav/"


def certified(folder: Path) -> tuple[Path, Path]:
    """A certificate and its key, PEM."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "contacts.example")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now).not_valid_after(now + timedelta(days=1))
    certificate = builder.sign(key, hashes.SHA256())
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    encoded = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "key.pem").write_bytes(encoded)
    return folder / "cert.pem", folder / "key.pem"


async def test_a_profile_is_signed_where_there_is_a_certificate(db: Db, tmp_path: Path) -> None:
    house = make_house(db)
    signer = profile_signing.open_(*certified(tmp_path))
    signed = type(house)(
        **{name: getattr(house, name) for name in house.__dataclass_fields__}
        | {"profile_signer": signer}
    )
    ann = Api(build(signed), fresh("ann"))
    told = await followed(ann, (await made(ann))["profileUrl"])
    assert told.status == 200
    (certificate,) = pkcs7.load_der_pkcs7_certificates(told.body)
    assert certificate.subject.rfc4514_string() == "CN=contacts.example"
    inside = told.body[told.body.index(b"<?xml") : told.body.index(b"</plist>") + 9]
    assert plistlib.loads(inside)["PayloadType"] == "Configuration"
