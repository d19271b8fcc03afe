"""Who was shown a projection edits a projection."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_service.formats import jscontact, vcard
from contact_service.formats.vcard import lines, projection, versions
from contact_service.model.problem import InvalidCard

from .contacts import CARDS
from .test_vcard_cards import UNSLOW

RICH = (
    b'BEGIN:VCARD\nversion:4.0\nUID:urn:uuid:1\nfn;X-A="b;c":Ann \n Doe\nFN;LANGUAGE=jp:Second\n'
    b'N;SORT-AS="Doe,Ann":van Doe;Ann;;;\nTEL;VALUE=uri;PREF=1;TYPE="voice,home":tel:+1-415\nTEL;TYPE=cell:99\n'
    b"ANNIVERSARY:20090808\nitem1.EMAIL;PID=1.1:a@b.c\nitem1.X-ABLabel:Boat\nRELATED;TYPE=spouse;VALUE=text:Bob\n"
    b'ADR;TYPE=home;LABEL="1 Main\\nAny":;;1 Main;Any;;;\nCLIENTPIDMAP:1;urn:uuid:2\nGENDER:F\nX-ODD:;;\\;\nKIND:individual\n'
    b"NOTE:a fo\n ld\nBDAY:--0203\nGEO:geo:1.5,-2\nEND:VCARD\n"
)  # fmt: skip


def edited(was: str, now: str, stored: bytes = RICH, version: str = "3.0") -> tuple[str, str]:
    """The stored lines gone and come, after `was` became `now` in the projection."""
    shown = re.sub("\r?\n ", "", versions.convert(stored, version).decode())
    assert was in shown
    made = projection.apply_edit(stored, version, shown.replace(was, now, 1).encode())
    old, new = lines.logical(stored), lines.logical(made)
    gone = [line for line in old if line not in new]
    come = [line for line in new if line not in old]
    assert [line for line in old if line not in gone] == [line for line in new if line not in come]
    return b"".join(gone).decode(), b"".join(come).decode()


@pytest.mark.parametrize(
    ("was", "now", "gone", "come"),
    [
        ("", "", "", ""),
        ("TEL;TYPE=cell:99", "TEL;type=CELL:98", "TEL;TYPE=cell:99\n", "TEL;type=CELL:98\n"),
        ("TEL;TYPE=cell:99", "tel;type=CELL:99", "", ""),
        (":+1-415", ":+1-416", 'TEL;VALUE=uri;PREF=1;TYPE="voice,home":tel:+1-415\n', "TEL;TYPE=voice,home;PREF=1;VALUE=uri:tel:+1-416\r\n"),
        ("TEL;TYPE=cell:99\n", "", "TEL;TYPE=cell:99\n", ""),
        ("END:", "TEL;type=pref:7\r\nEND:", "", "TEL;PREF=1:7\r\n"),
        ("2009-08-08", "2010-08-08", "ANNIVERSARY:20090808\n", "ANNIVERSARY:20100808\r\n"),
        ("item1.X-ABLabel:Boat", "item1.X-ABLabel:Ship", "item1.X-ABLabel:Boat\n", "item1.X-ABLabel:Ship\n"),
        ("<Spouse>", "<Friend>", "RELATED;TYPE=spouse;VALUE=text:Bob\n", "RELATED;TYPE=friend;VALUE=text:Bob\r\n"),
        ("SORT-STRING:Doe", "SORT-STRING:Van", 'N;SORT-AS="Doe,Ann":van Doe;Ann;;;\n', "N;SORT-AS=Van:van Doe;Ann;;;\r\n"),
        ("1604-02-03", "1604-02-04", "BDAY:--0203\n", "BDAY:--0204\r\n"),
        ("GEO:1.5;-2", "GEO:1.5;-3", "GEO:geo:1.5,-2\n", "GEO:geo:1.5,-3\r\n"),
        ('fn;X-A="b;c":Ann Doe', "FN:Ann", 'fn;X-A="b;c":Ann \n Doe\n', "FN:Ann\n"),
        ("LABEL;TYPE=home:1 Main\\nAny", "LABEL;TYPE=home:2 Main", 'ADR;TYPE=home;LABEL="1 Main\\nAny":;;1 Main;Any;;;\n', 'ADR;TYPE=home;LABEL="2 Main":;;1 Main;Any;;;\r\n'),
        ("LABEL;TYPE=home:1 Main\\nAny\r\n", "", 'ADR;TYPE=home;LABEL="1 Main\\nAny":;;1 Main;Any;;;\n', "ADR;TYPE=home:;;1 Main;Any;;;\r\n"),
        ("NOTE:a fold", "NOTE:b", "NOTE:a fo\n ld\n", "NOTE:b\n"),
        ("END:", "item9.URL:http://a\r\nitem9.X-ABLabel:Shop\r\nEND:", "", "item9.URL:http://a\r\nitem9.X-ABLabel:Shop\r\n"),
    ],
)  # fmt: skip
def test_only_the_difference_is_carried(was: str, now: str, gone: str, come: str) -> None:
    assert edited(was, now) == (gone, come)


def test_a_client_may_number_groups_anew_and_reorder_and_fold_and_add_what_it_likes() -> None:
    shown = versions.convert(RICH, "3.0").decode()
    renamed = re.sub(r"\bitem(\d)\.", lambda match: f"ITEM{9 - int(match[1])}.", shown)
    head, *body, end, _ = renamed.split("\r\n")
    sent = "\n".join([head, *reversed(body), end, ""]).replace("a@b", "a\n @b").encode()
    assert sent != shown.encode()
    assert projection.apply_edit(RICH, "3.0", sent) == RICH


@pytest.mark.parametrize(
    ("own", "shown", "stored", "new", "come"),
    [
        # The second FN is not shown in 3.0, so the client takes its group for free.
        ("4.0", "3.0", "FN:A\nitem1.FN:B", "item1.URL:u\nitem1.X-ABLabel:Shop", "item2.URL:u\nitem2.X-ABLabel:Shop"),
        ("3.0", "4.0", "FN:A\nitem1.TEL:1", "ANNIVERSARY:20200101", "item2.X-ABDATE:2020-01-01\nitem2.X-ABLabel:_$!<Anniversary>!$_"),
        ("4.0", "3.0", "FN:A\nitem1.FN:B", "item1.URL:u\nitem2.URL:v", "item2.URL:u\nitem3.URL:v"),
    ],
)  # fmt: skip
def test_a_new_group_takes_no_group_that_is_taken(
    own: str, shown: str, stored: str, new: str, come: str
) -> None:
    rows = f"BEGIN:VCARD\nVERSION:{own}\nUID:u\nN:;A;;;\n{stored}\nEND:VCARD\n"
    made = edited("END:", f"{new}\nEND:", rows.encode(), shown)
    assert (made[0], made[1].replace("\r\n", "\n")) == ("", f"{come}\n")


@pytest.mark.parametrize(
    ("own", "shown", "body", "was", "now", "become"),
    [
        ("3.0", "4.0", "X-ANNIVERSARY:1990-04-30", "19900430", "19910430", "X-ANNIVERSARY:1991-04-30"),
        ("3.0", "4.0", "item3.X-ABDATE:2013-01-01\nitem3.X-ABLabel:_$!<Anniversary>!$_", "20130101", "20130102", "item1.X-ABDATE:2013-01-02\nitem1.X-ABLabel:_$!<Anniversary>!$_"),
        ("3.0", "4.0", "X-SOCIALPROFILE;type=x:http://a", "http://a", "http://b", "X-SOCIALPROFILE;type=x:http://b"),
        ("4.0", "3.0", "SOCIALPROFILE;TYPE=work;SERVICE-TYPE=x:http://a", "http://a", "http://b", "SOCIALPROFILE;TYPE=work;SERVICE-TYPE=x:http://b"),
        ("2.1", "3.0", "TEL;HOME;PREF:1", ":1\r", ":2\r", "TEL;HOME;PREF:2"),
        ("2.1", "4.0", "NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:=C3=A9", "é", "è", "NOTE;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=C3=A8"),
    ],
)  # fmt: skip
def test_a_changed_line_is_spelled_as_its_card_is(
    own: str, shown: str, body: str, was: str, now: str, become: str
) -> None:
    rows = f"BEGIN:VCARD\nVERSION:{own}\nFN:A\nN:;A;;;\nUID:u\n{body}\nEND:VCARD\n"
    stored = rows.replace("\n", "\r\n").encode()
    gone, come = edited(was, now, stored, shown)
    assert gone.replace("\r\n", "\n") == f"{body}\n"
    assert come.replace("\r\n", "\n") == f"{become}\n"


@pytest.mark.parametrize("version", ["3.0", "4.0"])
def test_sent_back_as_shown_each_card_of_the_corpus_keeps_every_byte(
    shared_corpus: Path, version: str
) -> None:
    seen = 0
    for path in sorted(shared_corpus.rglob("*.vcf")):
        for record in vcard.split(path.read_bytes())[:40]:
            if record.raw and vcard.version(record.raw) != version:
                shown = versions.convert(record.raw, version)
                assert projection.apply_edit(record.raw, version, shown) == record.raw
                seen += 1
    assert seen > 50 if version == "4.0" else seen > 30


def test_one_note_more_leaves_each_line_of_the_corpus_as_it_was(shared_corpus: Path) -> None:
    for path in sorted(shared_corpus.rglob("*.vcf")):
        for record in vcard.split(path.read_bytes())[:10]:
            if record.raw and vcard.version(record.raw) != "4.0":
                sent = versions.convert(record.raw, "4.0")
                at = sent.upper().rindex(b"END:VCARD")
                made = projection.apply_edit(
                    record.raw, "4.0", sent[:at] + b"X-NEW:1\r\n" + sent[at:]
                )
                at = record.raw.upper().rindex(b"END:VCARD")
                assert made == record.raw[:at] + b"X-NEW:1\r\n" + record.raw[at:]


@UNSLOW
@given(CARDS, st.integers(0, 99))
def test_any_card_survives_a_projection_and_the_loss_of_one_line(
    card: dict[str, Any], at: int
) -> None:
    stored = vcard.write(jscontact.read(msgspec.json.encode(card), "new")[0], "4.0")
    shown = versions.convert(stored, "3.0")
    assert projection.apply_edit(stored, "3.0", shown) == stored
    rows = lines.logical(shown)
    free = [
        index
        for index, row in enumerate(rows)
        if lines.parse(row)[0].head.name in {"NOTE", "NICKNAME", "TITLE", "CATEGORIES", "EMAIL"}
        and not lines.parse(row)[0].head.group
    ]
    if free:
        gone = free[at % len(free)]
        made = projection.apply_edit(stored, "3.0", b"".join(rows[:gone] + rows[gone + 1 :]))
        lost = Counter(lines.logical(stored)) - Counter(lines.logical(made))
        assert sum(lost.values()) == 1
        assert not Counter(lines.logical(made)) - Counter(lines.logical(stored))
        assert lines.parse(next(iter(lost)))[0].value == lines.parse(rows[gone])[0].value


@UNSLOW
@given(CARDS, st.binary(max_size=60) | CARDS)
def test_any_body_over_any_card_is_carried(card: dict[str, Any], other: Any) -> None:
    stored = vcard.write(jscontact.read(msgspec.json.encode(card), "new")[0], "3.0")
    sent = (
        other
        if isinstance(other, bytes)
        else vcard.write(jscontact.read(msgspec.json.encode(other), "new")[0], "4.0")
    )
    made = projection.apply_edit(stored, "4.0", sent)
    try:
        vcard.read(made, "new")
    except InvalidCard as refused:
        # A card of which nothing is left is no contact; bytes of no text are refused as in any body.
        assert refused.reason in {"no-content", "bad-encoding"}  # noqa: PT017 - either may be the case
