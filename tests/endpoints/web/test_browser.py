"""The first look in a real browser: the printed link signs in, search answers as one types, keys walk, all fits."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from faults.running import Service

pytestmark = pytest.mark.xdist_group("browser")
OPEN = "[data-pane=card] article.card h1"


def test_the_printed_link_signs_in_once_and_leaves_no_code(
    stranger: Page, service: Service
) -> None:
    found = re.search(r"http://\S+#code=\S+", service.lines[0])
    assert found, service.lines
    stranger.goto(found[0])
    stranger.wait_for_selector("a.row")
    assert "code=" not in stranger.url
    assert stranger.evaluate("document.cookie") == ""
    stranger.click("[aria-label='Sign out']")
    stranger.wait_for_selector("#token")
    stranger.goto("about:blank")
    stranger.goto(found[0])
    stranger.wait_for_timeout(300)
    assert stranger.locator("a.row").count() == 0


def test_a_search_answers_as_one_types_and_no_name_goes_into_an_address(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.fill("#q", "mülle")
    expect(page.locator("a.row .name mark").first).to_have_text(re.compile("^M[üu]lle"))
    page.locator("a.row").first.click()
    expect(page.locator(OPEN)).to_have_text("Jürgen Müller")
    assert not [url for url in [*asked, page.url] if "lle" in url.rpartition("/app")[2]]
    page.focus("#q")
    page.keyboard.press("Escape")
    expect(page.locator("a.row")).to_have_count(100)


def test_a_search_that_finds_nobody_says_so(page: Page) -> None:
    page.fill("#q", "qqxxzz")
    expect(page.locator("[role=status]")).to_contain_text("Nobody found")


def test_a_contact_opens_in_place_and_back_closes_it(page: Page) -> None:
    row = page.locator("a.row").nth(2)
    name = row.locator(".name").inner_text()
    page.evaluate("window.here = true")
    row.click()
    expect(page.locator(OPEN)).to_have_text(name)
    assert page.evaluate("document.activeElement.id") == "who"
    assert page.evaluate("window.here"), "no page was loaded"
    page.reload()
    expect(page.locator(OPEN)).to_have_text(name)
    page.go_back()
    expect(page.locator(".overview h1")).to_be_visible()


def test_keys_walk_the_list_past_the_first_section(page: Page) -> None:
    page.locator("a.row").nth(97).click()
    for place in (99, 100, 101):
        page.wait_for_timeout(100)
        page.keyboard.press("j")
        expect(page.locator("a.row[aria-current]")).to_have_count(1)
        wanted = page.locator("a.row").nth(place - 1).locator(".name").inner_text()
        expect(page.locator(OPEN)).to_have_text(wanted)
    page.keyboard.press("k")
    expect(page.locator("a.row").nth(99)).to_have_attribute("aria-current", "true")
    page.keyboard.press("Escape")
    expect(page.locator(".overview h1")).to_be_visible()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("dialog[open]")).to_be_visible()


def test_a_card_that_comes_late_does_not_come_back_after_one_has_left(page: Page) -> None:
    page.locator("a.row").first.click()
    expect(page.locator(OPEN)).to_be_visible()

    def late(route: Route) -> None:
        page.wait_for_timeout(300)
        route.continue_()

    page.route("**/card", late)
    page.keyboard.press("j")
    page.keyboard.press("Escape")
    expect(page.locator(".overview h1")).to_be_visible()
    page.wait_for_timeout(600)
    expect(page.locator(".overview h1")).to_be_visible()


def test_sections_come_when_they_are_near_and_those_jumped_over_do_not(page: Page) -> None:
    tall = page.evaluate("document.getElementById('list').scrollHeight")
    page.evaluate("document.getElementById('list').scrollTo(0, 1e6)")
    expect(page.locator("a.row")).to_have_count(201)
    assert page.evaluate("document.getElementById('list').scrollHeight") == tall
    last = page.locator("a.row").last
    assert last.evaluate("row => row.offsetHeight") == 60


def test_on_the_app_shows_who_may_be_found_and_nobody_else(page: Page) -> None:
    page.click(".chip.on")
    page.wait_for_url("**/app/?on=1")
    expect(page.locator("a.row")).to_have_count(32)
    assert page.locator("a.row .on").count() == 32
    page.locator("a.row").first.click()
    expect(page.locator(".onapp")).to_contain_text("On the app")


def test_a_name_from_right_to_left_leaves_its_row_in_order(page: Page) -> None:
    page.fill("#q", "فاطمة")
    page.wait_for_selector("a.row mark")
    row = page.locator("a.row").first
    face, name = row.locator(".face").bounding_box(), row.locator(".name").bounding_box()
    assert face is not None
    assert name is not None
    assert face["x"] < name["x"]
    assert row.locator(".name").evaluate("b => getComputedStyle(b).unicodeBidi") == "isolate"


@pytest.mark.parametrize("where", ["/app/", "/app/?on=1"])
def test_it_fits_a_small_phone_and_the_dark(page: Page, service: Service, where: str) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(f"http://127.0.0.1:{service.port}{where}")
    page.set_viewport_size({"width": 320, "height": 640})
    wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert not page.evaluate(wide)
    expect(page.locator("#card")).to_be_hidden()
    page.locator("a.row").first.click()
    expect(page.locator(OPEN)).to_be_visible()
    expect(page.locator("#list")).to_be_hidden()
    assert not page.evaluate(wide)
    page.click("a.back")
    expect(page.locator("#list")).to_be_visible()
    back = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert sum(int(part) for part in re.findall(r"\d+", back)[:3]) < 300


def test_without_a_script_one_reads_on_by_links_and_searches_by_a_form(
    page: Page, service: Service
) -> None:
    context = page.context.browser
    assert context is not None
    plain = context.new_context(
        java_script_enabled=False, storage_state=page.context.storage_state()
    )
    bare = plain.new_page()
    bare.goto(f"http://127.0.0.1:{service.port}/app/")
    first = bare.locator("a.row .name").first.inner_text()
    bare.click("a[rel=next]")
    bare.wait_for_url("**from=100")
    assert bare.locator("a.row .name").first.inner_text() != first
    bare.fill("#q", "keller")
    bare.press("#q", "Enter")
    assert bare.locator("a.row mark").count() >= 5
    bare.locator("a.row").first.click()
    assert bare.locator("article.card h1").is_visible()
    plain.close()
