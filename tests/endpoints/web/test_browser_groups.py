"""Groups, history and the recently deleted in a real browser: what a script takes over still leads back."""

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.xdist_group("browser")


def home(page: Page) -> str:
    return page.url.partition("/app/")[0] + "/app/"


def test_a_member_opens_in_place_and_back_shows_the_group(page: Page) -> None:
    page.click("[aria-label=Places] [aria-label=Groups]")
    page.locator(".place .groups a").first.click()
    title = page.locator("#place").inner_text()
    member = page.locator(".folk a[data-card]").nth(2)
    name = member.locator(".name").inner_text()
    page.evaluate("window.here = true")
    member.click()
    expect(page.locator("article.card h1")).to_have_text(name)
    page.go_back()
    expect(page.locator("#place")).to_have_text(title)
    assert page.evaluate("window.here"), "no page was loaded"
    assert page.title() == f"{title} – Contacts"
    page.keyboard.press("Escape")
    expect(page.locator(".overview h1")).to_be_visible()


def test_on_a_phone_the_places_fill_the_screen_and_lead_back(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    for label in ("Groups", "Recently deleted"):
        page.goto(home(page))
        page.click(f"[aria-label=Places] [aria-label='{label}']")
        expect(page.locator("#place")).to_be_visible()
        expect(page.locator("#q")).not_to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        page.click("a.back")
        expect(page.locator("#q")).to_be_visible()
    page.goto(home(page) + "groups")
    page.locator(".place .groups a").first.click()
    page.locator(".folk a[data-card]").first.click()
    expect(page.locator("article.card h1")).to_be_visible()
    page.go_back()
    expect(page.locator("#place")).to_be_visible()


def test_a_group_is_made_and_filled_by_hand_and_gone_again(page: Page) -> None:
    page.goto(home(page) + "groups")
    page.fill("#name", "Night shift")
    page.keyboard.press("Enter")
    expect(page.locator("#place")).to_have_text("Night shift")
    page.fill("#seek", "mülle")
    page.keyboard.press("Enter")
    page.click("[aria-label='Add Jürgen Müller']")
    expect(page.locator(".folk .name")).to_have_text("Jürgen Müller")
    page.locator(".folk a").click()
    page.click("[aria-label='Take out of Night shift']")
    expect(page.locator(".tags [name=add]:has-text('Night shift')")).to_have_count(1)
    page.goto(home(page) + "groups")
    page.click(".place .groups >> text=Night shift")
    page.click("summary:has-text('Delete the group')")
    page.click("button:text-is('Delete')")
    expect(page.locator(".place .groups")).not_to_contain_text("Night shift")


def test_a_deleted_contact_is_restored_from_its_place(page: Page) -> None:
    page.fill("#q", "mülle")
    page.click("a.row:has(mark)")
    expect(page.locator("article.card h1")).to_have_text("Jürgen Müller")
    page.click(".card footer >> text=Delete")
    page.click("[aria-label='Restore Jürgen Müller']")
    expect(page.locator("article.card h1")).to_have_text("Jürgen Müller")
    page.click(".card footer >> text=History")
    expect(page.locator(".steps p").first).to_have_text("Restored")
    page.locator(".steps .quiet").last.click()
    expect(page.locator(".diff")).to_contain_text("Jürgen Müller")
