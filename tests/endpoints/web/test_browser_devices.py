"""A device set up in a real browser: what is copied from the page opens the owner's address book."""

import base64

import pytest
from playwright.sync_api import Page, expect

from faults.running import Service

pytestmark = pytest.mark.xdist_group("browser")


def test_what_is_copied_signs_a_device_in_until_it_is_revoked(page: Page, service: Service) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.click("[aria-label=Devices]")
    page.check("text=iPhone or iPad")
    page.fill("#name", "My phone")
    page.click("button:has-text('Add')")
    copied = []
    for name in ("User name", "Password"):
        page.click(f"[aria-label='Copy: {name}']")
        expect(page.locator(f"[aria-label='Copy: {name}']")).to_have_text("Copied")
        copied.append(page.evaluate("navigator.clipboard.readText()"))
    image = page.locator(".qr img")
    assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    sent = "Basic " + base64.b64encode(":".join(copied).encode()).decode()

    def signs_in() -> int:
        return service.ask("PROPFIND", "/dav/", Authorization=sent, Depth="0")[0]

    assert signs_in() == 207
    page.click("text=All devices")
    device = page.locator(".owned li", has_text="My phone")
    expect(device).to_contain_text("last signed in")
    device.locator("summary").click()
    device.locator("button.danger").click()
    expect(device).to_have_count(0)
    assert signs_in() == 401


@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_of_the_page_is_wider_than_the_screen(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 700})
    for step in ("list", "made"):
        if step == "list":
            page.goto(f"{page.url.partition('/app/')[0]}/app/devices")
        else:
            page.fill("#name", "A long name of a phone " * 6)
            page.click("button:has-text('Add')")
            page.wait_for_selector(".keys")
        pane = page.locator(".pane")
        assert pane.evaluate("pane => pane.scrollWidth - pane.clientWidth") == 0
        assert page.evaluate("document.documentElement.scrollWidth") <= width
