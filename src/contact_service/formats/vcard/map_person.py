"""Lines about who the person is: FN, N, NICKNAME, ORG, TITLE, GENDER, KIND and their kin (RFC 9555 2.4, 2.5, 2.8)."""

from typing import Any

from contact_service.formats.vcard import text
from contact_service.formats.vcard.building import Building
from contact_service.formats.vcard.lines import Line

# RFC 6350 6.2.2, RFC 9554 2.2.
NAME_KINDS = ("surname", "given", "given2", "title", "credential", "surname2", "generation")
PHONETIC = {
    "X-PHONETIC-FIRST-NAME": "given",
    "X-PHONETIC-MIDDLE-NAME": "given2",
    "X-PHONETIC-LAST-NAME": "surname",
}
GENDERS = {"M": "masculine", "F": "feminine", "N": "neuter"}


def full_name(card: Building, line: Line) -> None:
    """FN -> name.full; a second one to vCardProps."""
    if line.head.params.get("DERIVED", ("",))[0].lower() == "true":
        return  # made of the other lines for readers that need an FN (RFC 9555 2.4.1)
    name = card.card.get("name")
    if name is not None and "full" in name:
        card.prop(line)
        return
    value = text.unescape(line.value)
    if value:
        _name(card)["full"] = value
        card.links.append(("name", "", card.index))


def name(card: Building, line: Line) -> None:
    """N -> name.components; a second one to vCardProps."""
    if "components" in card.card.get("name", ()):
        card.prop(line)
        return
    # A comma separates in N since 3.0 only (vCard 2.1 2.2.2).
    components = structured(line.value, NAME_KINDS, several=not card.v2)
    if not components:
        return
    found = _name(card)
    found["components"] = components
    card.links.append(("name", "", card.index))
    sort_as = line.head.params.get("SORT-AS")
    if sort_as:
        parts = ",".join(sort_as).split(",")
        found["sortAs"] = {
            kind: part for kind, part in zip(("surname", "given"), parts, strict=False) if part
        }


def sort_string(card: Building, line: Line) -> None:
    """SORT-STRING (RFC 2426 3.6.5) -> name.sortAs.surname."""
    value = text.unescape(line.value)
    found = _name(card)
    if value and "sortAs" not in found:
        found["sortAs"] = {"surname": value}
        card.links.append(("name", "", card.index))


def phonetic(card: Building, line: Line) -> None:
    """X-PHONETIC-* -> `phonetic` of that name component; comes after N in every card seen, else to vCardProps."""
    kind = PHONETIC[line.head.name]
    value = text.unescape(line.value)
    found = card.card.get("name", {})
    for component in found.get("components", ()):
        if component["kind"] == kind and "phonetic" not in component and value:
            component["phonetic"] = value
            # RFC 9553 2.2.1.2 wants a system or a script beside it; the line tells neither: undetermined.
            found["phoneticScript"] = "Zyyy"
            card.links.append(("name", "", card.index))
            return
    card.prop(line)


def nickname(card: Building, line: Line) -> None:
    """NICKNAME -> nicknames, one entry a value."""
    for value in text.cut(line.value, ","):
        if value:
            card.add("nicknames", line, {"name": value})


def organization(card: Building, line: Line) -> None:
    """ORG -> organizations: name, then units."""
    first, *rest = text.cut(line.value, ";")
    entry: dict[str, Any] = {"name": first} if first else {}
    units = [{"name": unit} for unit in rest if unit]
    if units:
        entry["units"] = units
    sort_as = line.head.params.get("SORT-AS")
    if sort_as:
        entry["sortAs"] = sort_as[0]
    if entry:
        card.add("organizations", line, entry)


def title(card: Building, line: Line) -> None:
    """TITLE -> titles."""
    if line.value:
        card.add("titles", line, {"name": text.unescape(line.value), "kind": "title"})


def role(card: Building, line: Line) -> None:
    """ROLE -> titles of kind role."""
    if line.value:
        card.add("titles", line, {"name": text.unescape(line.value), "kind": "role"})


def note(card: Building, line: Line) -> None:
    """NOTE -> notes, with RFC 9554's AUTHOR, AUTHOR-NAME."""
    if not line.value:
        return
    entry: dict[str, Any] = {"note": text.unescape(line.value)}
    params = line.head.params
    author = {
        key: params[param][0]
        for key, param in (("name", "AUTHOR-NAME"), ("uri", "AUTHOR"))
        if param in params
    }
    if author:
        entry["author"] = author
    card.add("notes", line, entry)


def categories(card: Building, line: Line) -> None:
    """CATEGORIES -> keywords."""
    for value in text.cut(line.value, ","):
        if value.strip():
            card.flag("keywords", value.strip())


def kind(card: Building, line: Line) -> None:
    """KIND and Apple's X-ADDRESSBOOKSERVER-KIND -> kind."""
    value = text.unescape(line.value).strip().lower()
    if value:
        card.single("kind", line, value)


def member(card: Building, line: Line) -> None:
    """MEMBER and Apple's X-ADDRESSBOOKSERVER-MEMBER -> members."""
    if line.value:
        card.flag("members", text.unescape(line.value))


def gender(card: Building, line: Line) -> None:
    """GENDER -> speakToAs, and as it is to vCardProps: a grammatical gender is less than a gender (RFC 9555 2.5.7)."""
    found = GENDERS.get(line.value.partition(";")[0].strip().upper())
    if found and "grammaticalGender" not in card.card.get("speakToAs", ()):
        card.card.setdefault("speakToAs", {})["grammaticalGender"] = found
        card.links.append(("speakToAs", "", card.index))
    card.prop(line)


def gram_gender(card: Building, line: Line) -> None:
    """GRAMGENDER (RFC 9554 3.2) -> speakToAs.grammaticalGender."""
    card.card.setdefault("speakToAs", {})["grammaticalGender"] = line.value.strip().lower()
    card.links.append(("speakToAs", "", card.index))


def personal(card: Building, line: Line) -> None:
    """EXPERTISE, HOBBY, INTEREST (RFC 6715) -> personalInfo."""
    entry: dict[str, Any] = {"kind": line.head.name.lower(), "value": text.unescape(line.value)}
    level = line.head.params.get("LEVEL", ("",))[0].lower()
    if level:
        entry["level"] = {"beginner": "low", "average": "medium", "expert": "high"}.get(
            level, level
        )
    position = line.head.params.get("INDEX", ("",))[0]
    if position.isdecimal() and position.isascii():
        entry["listAs"] = int(position[:9])
    card.add("personalInfo", line, entry)


def structured(value: str, kinds: tuple[str, ...], *, several: bool) -> list[dict[str, Any]]:
    """Components of a structured value, empty ones left out; `several`: a comma separates values of one kind."""
    components: list[dict[str, Any]] = []
    plain = "\\" not in value
    parts = value.split(";") if plain else text.cut_raw(value, ";")
    for kind_, part in zip(kinds, parts, strict=False):
        if not part:
            continue
        if several and "," in part:
            components += [{"kind": kind_, "value": one} for one in text.cut(part, ",") if one]
        else:
            components.append({"kind": kind_, "value": part if plain else text.unescape(part)})
    return components


def _name(card: Building) -> dict[str, Any]:
    found: dict[str, Any] = card.card.setdefault("name", {})
    return found
