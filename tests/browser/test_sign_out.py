"""On a shared computer nobody goes back to the pages of whoever was there before."""

import pytest
from playwright.sync_api import expect

from browser.conftest import start_chromium
from browser.people import sign_in, sign_up

pytestmark = [pytest.mark.browser, pytest.mark.once]


@pytest.mark.parametrize("without", [[], ["--disable-back-forward-cache"]], ids=["from-the-cache", "as-it-was-left"])
def test_back_does_not_lead_to_pages_of_who_signed_out(playwright, live_server, without):
    """Browsers keep pages in two ways. Playwright leaves out one of them, unless told to leave that option out."""
    name = sign_up(live_server)
    browser = start_chromium(playwright, ignore_default_args=without)
    page = browser.new_page(base_url=live_server.url)
    page.goto("/login")
    sign_in(page, name)
    page.goto("/settings/profile")
    page.goto(f"/{name}")
    page.get_by_label(f"Your account, {name}").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/")
    for _ in range(2):
        page.evaluate("history.back()")
        expect(page.get_by_role("link", name="Sign in")).to_be_visible()
        assert f"{name}@example.org" not in page.content()
    browser.close()
