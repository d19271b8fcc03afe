"""A photo chosen in a real browser: one choice of a file, and the face on the page is the picture."""

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from picturing import GREEN, saved

pytestmark = pytest.mark.xdist_group("browser")


def test_a_chosen_file_becomes_the_face_and_goes_again(page: Page) -> None:
    page.click("a.row")
    page.wait_for_selector(".card h1")
    tall = saved(Image.new("RGB", (300, 500), GREEN))
    chosen = {"name": "a.png", "mimeType": "image/png", "buffer": tall}
    page.set_input_files(".photo input", chosen)
    picture = page.locator(".card .big img")
    expect(picture).to_be_visible()
    box = picture.bounding_box()
    assert box is not None
    assert box["width"] == box["height"]
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 300
    page.click("text=Remove the photo")
    expect(page.locator("text=Add a photo")).to_be_visible()
    expect(picture).to_have_count(0)
