"""The first look in a real browser: the printed link signs in, search answers as one types, nothing breaks the policy."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from faults.running import Service, data_dir

CHROMIUM = shutil.which("chromium")
QUIET = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium here (apt-get install chromium)"),
    pytest.mark.xdist_group("browser"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as played:
        opened = played.chromium.launch(executable_path=CHROMIUM, args=QUIET.split())
        yield opened
        opened.close()


@pytest.fixture
def service() -> Iterator[Service]:
    with data_dir() as folder:
        started = Service(folder, "--demo")
        yield started
        started.kill()


def link(service: Service) -> str:
    found = re.search(r"http://\S+#code=\S+", service.lines[0])
    assert found, service.lines
    return found[0]


@pytest.fixture
def page(browser: Browser, service: Service) -> Iterator[Page]:
    """Signed in by the printed link; at the end no page has broken the policy or asked another host."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    opened = context.new_page()
    wrong: list[str] = []
    opened.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    home = f"http://127.0.0.1:{service.port}/"
    opened.on(
        "request", lambda r: None if r.url.startswith((home, "data:")) else wrong.append(r.url)
    )
    opened.goto(link(service))
    opened.wait_for_selector("a.row")
    yield opened
    context.close()
    # The sign-in page itself is a 401, which the browser's console reports.
    assert [text for text in wrong if "401" not in text] == []


def test_the_book_is_there_searched_and_opened(page: Page, tmp_path: Path) -> None:
    assert "code=" not in page.url
    assert page.locator("a.row").count() >= 50
    page.fill("input[type=search]", "mar")
    page.wait_for_selector("a.row mark")
    assert "mar" not in page.url.rpartition("/app")[2]
    page.locator("a.row").first.click()
    page.wait_for_selector("main h1, main h2")
    shot = tmp_path / "card.png"
    page.screenshot(path=str(shot))
    assert shot.stat().st_size > 10_000


def test_it_fits_a_small_phone_and_the_dark(page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    page.emulate_media(color_scheme="dark")
    wide = page.evaluate(
        "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    )
    assert not wide
    back = page.evaluate("getComputedStyle(document.body).backgroundColor")
    light = [int(part) for part in re.findall(r"\d+", back)[:3]]
    assert sum(light) < 300
