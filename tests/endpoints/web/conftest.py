"""A running demo and a real browser, shared by the tests of this folder that look at the pages as people do."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from faults.running import Service, data_dir

QUIET = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = shutil.which("chromium")
    if found is None:
        pytest.skip("no chromium here (apt-get install chromium)")
    with sync_playwright() as played:
        opened = played.chromium.launch(executable_path=found, args=QUIET.split())
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def service(browser: Browser) -> Iterator[Service]:
    with data_dir() as folder:
        started = Service(folder, "--demo")
        yield started
        started.kill()


@pytest.fixture
def stranger(browser: Browser, service: Service) -> Iterator[Page]:
    """Not signed in; at the end no page has broken the policy, failed in a script or asked another host."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    opened = context.new_page()
    wrong: list[str] = []
    opened.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    home = f"http://127.0.0.1:{service.port}/"
    opened.on(
        "request", lambda r: None if r.url.startswith((home, "data:")) else wrong.append(r.url)
    )
    yield opened
    context.close()
    # The sign-in page itself is a 401, which the browser's console reports.
    assert [text for text in wrong if "401" not in text] == []


@pytest.fixture
def page(stranger: Page, service: Service) -> Page:
    """Signed in with a token, at the list."""
    stranger.goto(f"http://127.0.0.1:{service.port}/app/")
    stranger.fill("#token", service.token("demo"))
    stranger.click("text=Sign in")
    stranger.wait_for_selector("a.row")
    return stranger
