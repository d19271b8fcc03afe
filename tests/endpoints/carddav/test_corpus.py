"""Cards as real programs wrote them, one PUT each: the same bytes back, or a refusal that names its precondition."""

from pathlib import Path
from urllib.parse import quote

import pytest
from lxml import etree

from contact_service.formats import vcard
from contact_service.formats.vcard.reading import CONTROLS

from .conftest import Dav

FILES = sorted((Path(__file__).parents[4] / "shared" / "corpus").rglob("*.vcf"))
pytestmark = pytest.mark.skipif(not FILES, reason="no ../shared/corpus beside the checkout")
NAMED = {"valid-address-data", "no-uid-conflict", "max-resource-size"}


def lines(raw: bytes) -> list[bytes]:
    """What a card says, a line each, less what is changed on purpose: controls, and a UID where there was none."""
    told = vcard.unfolded(raw.translate(None, CONTROLS)).strip().split(b"\n")
    return [line for line in told if not line.startswith(b"UID:urn:uuid:")]


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.name)
async def test_each_card_comes_back_as_it_was_sent(dav: Dav, file: Path) -> None:
    records = [r.raw for r in vcard.split(file.read_bytes()) if r.raw is not None]
    for number, sent in enumerate(records[:40]):
        name = quote(f"{number}.vcf")
        told = await dav.put(name, sent)
        if told.status != 201:
            assert told.status in {403, 409}, told
            assert etree.QName(etree.fromstring(told.body)[0]).localname in NAMED
            continue
        got = await dav("GET", name)
        if "etag" in told.headers:
            assert got.body == sent
            assert got.headers["etag"] == told.headers["etag"]
        elif vcard.version(sent) != "2.1":
            assert lines(got.body) == lines(sent)
        again = await dav.put(name, got.body, if_match=got.headers["etag"])
        assert again.status == 204
        assert (await dav("GET", name)).body == got.body
