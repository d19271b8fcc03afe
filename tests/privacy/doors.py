"""Unmistakable values, one per personal field, and the doors of the JSON API that they go in by."""

from urllib.parse import quote

from faults.running import Service

# At most 16 bytes where the field rests as a keyed hash alone: the control keeps the last 16 bytes in its place.
AT_REST = {
    "full name": "Quillon Zephyrine",
    "surname": "Zephyrinescu",
    "nickname": "Quixzlenick",
    "organisation": "Vexzwick Holdings",
    "title": "Zwidderwurzler",
    "phone": "4155550137",
    "unformatted phone": "(415) 555-01-38",
    "e-mail": "qzx@zq.example",
    "street": "77 Yxolottl Lane",
    "locality": "Qwyjibotown",
    "birthday": "19310227",
    "note": "zorblaxnote secret",
    "keyword": "kwyzjibogroup",
    "link": "zq.example/zxprofile",
    "unknown member": "zxunknownvalue",
    "uid": "zx-uid-8c41d7",
    "source id": "zx-src-51f0a2",
    "device id": "zx-dev-9b73e6",
    "vCard name": "Vcqxardname",
    "vCard line": "zx-xline-a62f",
    "vCard number": "0305550199",
    "profile name": "Profzwyxname",
    "photo": "zq.example/zxphoto",
    "registered e-mail": "rzx@zq.example",
    "idempotency key": "zx-idem-33d09c",
    "patched note": "zorblaxpatched",
    "app password's name": "zx-phone-of-mine",
}
PASSING = {
    "looked up": "nzx@zq.example",
    "looked up number": "4155550166",
    "searched": "zxsearchedfor",
    "searched in the URL": "zxsearchedurl",
    "of a broken body": "zxbrokenbody",
    "of a wrong type": "zxwrongtype",
    "of an unknown path": "zxunknownpath",
    "of a refused card": "zxrefusedcard",
}
A = AT_REST
P = PASSING

CARD = {
    "@type": "Card",
    "version": "1.0",
    "uid": A["uid"],
    "name": {
        "full": A["full name"],
        "components": [{"kind": "surname", "value": A["surname"]}],
    },
    "nicknames": {"n": {"name": A["nickname"]}},
    "organizations": {"o": {"name": A["organisation"]}},
    "titles": {"t": {"name": A["title"]}},
    "phones": {"p": {"number": f"+1{A['phone']}"}, "q": {"number": A["unformatted phone"]}},
    "emails": {"e": {"address": A["e-mail"]}},
    "addresses": {
        "a": {
            "components": [
                {"kind": "name", "value": A["street"]},
                {"kind": "locality", "value": A["locality"]},
            ]
        }
    },
    "notes": {"n": {"note": A["note"]}},
    "keywords": {A["keyword"]: True},
    "links": {"l": {"uri": f"https://{A['link']}"}},
    "example.org:own": A["unknown member"],
}
VCARD = (
    f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{A['vCard name']}\r\nTEL:{A['vCard number']}\r\n"
    f"BDAY:{A['birthday']}\r\nX-OWN:{A['vCard line']}\r\nEND:VCARD\r\n"
)


def go_in(service: Service) -> None:
    """Through every door, as ann and as the app."""
    service.consent("ann", "store", "match")
    register(service)
    idem = {"Idempotency-Key": A["idempotency key"]}
    status, card = service.ask("POST", "/v1/contacts", "ann", CARD, **idem)
    assert status == 201, card
    assert service.ask("POST", "/v1/contacts", "ann", CARD, **idem)[0] == 201
    patch = {"notes/m": {"note": A["patched note"]}}
    assert service.ask("PATCH", f"/v1/contacts/{card['id']}", "ann", patch)[0] == 200
    contact = {"sourceId": A["source id"], "card": {**CARD, "uid": "other", "keywords": {}}}
    source = {"kind": "ios", "deviceId": A["device id"]}
    body = {"source": source, "view": "full", "contacts": [contact]}
    assert service.ask("POST", "/v1/contacts:upload", "ann", body)[0] == 200
    sent = {"Content-Type": "text/vcard"}
    path = "/v1/contacts:upload?region=DE"
    assert service.ask("POST", path, "ann", VCARD.encode(), **sent)[0] == 200
    operations = [{"op": "create", "clientId": "c", "card": {**CARD, "uid": "third"}}]
    batch = {"operations": operations}
    assert (
        service.ask("POST", "/v1/contacts:batch", "ann", batch, **{"Idempotency-Key": "b"})[0]
        == 200
    )
    device = {"name": A["app password's name"]}
    assert service.ask("POST", "/v1/app-passwords", "ann", device)[0] == 201
    pass_through(service)


def register(service: Service) -> None:
    user = {
        "identifiers": [f"mailto:{A['registered e-mail']}"],
        "profile": {"displayName": A["profile name"], "photoUrl": f"https://{A['photo']}"},
        "discoverable": True,
    }
    assert service.ask("PUT", "/v1/directory/users/u-7", "app", user)[0] in (200, 201, 204)


def pass_through(service: Service) -> None:
    """What is asked or refused must not rest at all."""
    asked = {"identifiers": [f"mailto:{P['looked up']}", f"tel:+1{P['looked up number']}"]}
    assert service.ask("POST", "/v1/discovery/lookup", "ann", asked)[0] == 200
    assert service.ask("POST", "/v1/search", "ann", {"q": P["searched"]})[0] == 200
    assert service.ask("GET", f"/v1/search?q={P['searched in the URL']}", "ann")[0] == 200
    assert service.ask("GET", "/v1/matches", "ann")[0] == 200
    broken = b'{"name": "' + P["of a broken body"].encode()
    assert service.ask("POST", "/v1/contacts", "ann", broken)[0] in (400, 422)
    wrong = {"@type": "Card", "version": "1.0", "phones": P["of a wrong type"]}
    assert service.ask("POST", "/v1/contacts", "ann", wrong)[0] == 422
    assert service.ask("GET", f"/v1/{quote(P['of an unknown path'])}", "ann")[0] == 404
    refused = {"@type": "Group", "version": "1.0", "name": {"full": P["of a refused card"]}}
    assert service.ask("POST", "/v1/contacts", "ann", refused)[0] == 422
