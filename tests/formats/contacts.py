"""Cards as hypothesis draws them: every member of RFC 9553, with text that is hard to spell in a vCard."""

from collections import Counter
from typing import Any

from hypothesis import strategies as st

from contact_service.formats.vcard import units

TEXT = st.text(
    st.sampled_from("abcXYZ 019;:,\\\n\"^'~/=é漢😀_$!<>.@+-")
    | st.characters(codec="utf-8", exclude_characters="\0"),
    min_size=1,
    max_size=12,
)
IDS = st.text("abcdefABC0129-_", min_size=1, max_size=5) | st.sampled_from(
    ["TEL-1", "TEL-2", "ADR-1", "NOTE-1", "URL-1"]
)
URIS = st.builds(
    "https://example.com/{}".format, st.text("abc/?=&,;%20", max_size=9)
) | st.sampled_from(
    ["tel:+1-415", "mailto:a@b.c", "data:text/plain,a", "geo:1.5,-2", "xmpp:a@b", "no uri", "C:\\x"]
)
CONTEXTS = st.dictionaries(
    st.sampled_from(["private", "work", "billing", "x-odd"]), st.just(value=True), max_size=2
)


def entry(
    optional: dict[str, Any] | None = None, **required: Any
) -> st.SearchStrategy[dict[str, Any]]:
    shared = {"contexts": CONTEXTS, "pref": st.integers(1, 100), "label": TEXT, "x-own": TEXT}
    return st.fixed_dictionaries(required, optional={**shared, **(optional or {})})


def entries(values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(IDS, values, max_size=2)


def resource(*kinds: str) -> st.SearchStrategy[dict[str, Any]]:
    return entries(
        entry(
            {"kind": st.sampled_from([*kinds, "odd"]), "mediaType": st.just("image/png")}, uri=URIS
        )
    )


def components(*kinds: str) -> st.SearchStrategy[list[dict[str, str]]]:
    part = st.fixed_dictionaries(
        {"kind": st.sampled_from(kinds), "value": TEXT}, optional={"phonetic": TEXT}
    )
    return st.lists(part, min_size=1, max_size=4)


PARTIAL = st.fixed_dictionaries(
    {},
    optional={"year": st.integers(1, 2100), "month": st.integers(1, 12), "day": st.integers(1, 31)},
)
STAMP = st.sampled_from(["1990-01-02T03:04:05Z", "2024-12-31T23:59:59Z"])
TIMESTAMP = st.builds(lambda utc: {"@type": "Timestamp", "utc": utc}, STAMP)

MEMBERS: dict[str, st.SearchStrategy[Any]] = {
    "kind": st.sampled_from(["individual", "group", "org", "x-odd", "Odd Kind"]),
    "language": st.sampled_from(["en", "de-AT"]),
    "prodId": TEXT,
    "created": STAMP,
    "updated": STAMP,
    "name": st.fixed_dictionaries(
        {},
        optional={
            "full": TEXT,
            "components": components(
                "given",
                "surname",
                "given2",
                "title",
                "credential",
                "generation",
                "surname2",
                "separator",
            ),
            "isOrdered": st.booleans(),
            "sortAs": st.dictionaries(st.sampled_from(["surname", "given"]), TEXT, min_size=1),
        },
    ),
    "nicknames": entries(entry(name=TEXT)),
    "organizations": entries(
        entry(
            {
                "name": TEXT,
                "sortAs": TEXT,
                "units": st.lists(
                    st.fixed_dictionaries({"name": TEXT}, optional={"sortAs": TEXT}),
                    min_size=1,
                    max_size=2,
                ),
            }
        )
    ),
    "speakToAs": st.fixed_dictionaries(
        {},
        optional={
            "grammaticalGender": st.sampled_from(["feminine", "common"]),
            "pronouns": entries(entry(pronouns=TEXT)),
        },
    ),
    "titles": entries(
        entry({"kind": st.sampled_from(["title", "role"]), "organizationId": IDS}, name=TEXT)
    ),
    "phones": entries(
        entry(
            {
                "features": st.dictionaries(
                    st.sampled_from(["mobile", "fax", "voice", "x-odd"]),
                    st.just(value=True),
                    max_size=2,
                )
            },
            number=TEXT | URIS,
        )
    ),
    "emails": entries(entry(address=TEXT)),
    "onlineServices": entries(
        entry(
            {
                "service": TEXT,
                "user": TEXT,
                "uri": URIS,
                "vCardName": st.sampled_from(["impp", "x-aim"]),
            }
        )
    ),
    "preferredLanguages": entries(entry(language=st.sampled_from(["en", "fr-CA"]))),
    "calendars": resource("calendar", "freeBusy"),
    "schedulingAddresses": entries(entry(uri=URIS)),
    "addresses": entries(
        entry(
            {
                "components": components(
                    "name",
                    "number",
                    "locality",
                    "region",
                    "country",
                    "apartment",
                    "postcode",
                    "floor",
                    "odd",
                ),
                "full": TEXT,
                "countryCode": st.just("DE"),
                "coordinates": st.just("geo:1.5,-2"),
                "timeZone": st.just("Europe/Berlin"),
                "isOrdered": st.booleans(),
            }
        )
    ),
    "cryptoKeys": entries(entry(uri=URIS)),
    "directories": resource("directory", "entry"),
    "links": resource("contact"),
    "media": resource("photo", "logo", "sound"),
    "localizations": st.just({"jp": {"name/full": "山田"}}),
    "anniversaries": entries(
        st.fixed_dictionaries(
            {
                "kind": st.sampled_from(["birth", "death", "wedding", "odd"]),
                "date": PARTIAL | TIMESTAMP,
            },
            optional={"place": st.fixed_dictionaries({"full": TEXT}), "x-own": TEXT},
        )
    ),
    "keywords": st.dictionaries(TEXT, st.just(value=True), max_size=3),
    "notes": entries(
        st.fixed_dictionaries(
            {"note": TEXT},
            optional={"created": STAMP, "author": st.fixed_dictionaries({"name": TEXT})},
        )
    ),
    "personalInfo": entries(
        entry(
            {"level": st.sampled_from(["low", "high"]), "listAs": st.integers(1, 9)},
            kind=st.sampled_from(["hobby", "expertise", "odd"]),
            value=TEXT,
        )
    ),
    "relatedTo": st.dictionaries(
        TEXT | URIS,
        st.fixed_dictionaries(
            {"relation": st.dictionaries(st.sampled_from(["friend", "me"]), st.just(value=True))}
        ),
        max_size=2,
    ),
    "members": st.dictionaries(URIS | TEXT, st.just(value=True), max_size=2),
    "example.com:own": st.just({"a": [1, None, "x"]}),
}
CARDS = st.fixed_dictionaries(
    {"@type": st.just("Card"), "version": st.just("1.0"), "uid": st.just("urn:uuid:1")},
    optional=MEMBERS,
)


def says(card: dict[str, Any]) -> dict[Any, bytes]:
    """What a card says, with its keys; members that hold nothing are left out."""
    return {
        key: units.canonical(key[0], part)
        for key, part in units.of(card).items()
        if part not in ({}, [])
    }


def says_without_keys(card: dict[str, Any]) -> Counter[Any]:
    """As `says`, but map ids do not count."""
    named = {"keywords", "members", "relatedTo"}
    return Counter(
        (key[0], key[1] if key[0] in named else "", said) for key, said in says(card).items()
    )
