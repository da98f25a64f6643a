"""Webhooks in a browser, with and without scripts."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.once]


@pytest.mark.parametrize("scripts", [True, False])
def test_a_webhook_is_made_changed_and_deleted(enter: Callable[..., Page], writer: str, scripts: bool) -> None:
    page = enter(java_script_enabled=scripts)
    page.goto("/settings/webhooks")
    page.get_by_label("Address").fill("nonsense")
    page.get_by_label("Watched").fill(writer)
    page.get_by_label("Secret").fill("open sesame")
    page.get_by_role("button", name="Make the webhook").click()
    expect(page.get_by_text("begins with http://")).to_be_visible()
    page.get_by_label("Address").fill("https://example.org/hook")
    page.get_by_role("button", name="Make the webhook").click()
    expect(page.get_by_text("The webhook is made.")).to_be_visible()
    expect(page.get_by_text("Nothing has been sent yet")).to_be_visible()
    page.get_by_label("Tell of access requests").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Tell of access requests")).to_be_checked()
    expect(page.get_by_label("Secret", exact=True)).to_have_value("")
    page.get_by_role("button", name="Disable").click()
    expect(page.get_by_text("The webhook is disabled.")).to_be_visible()
    page.locator("summary", has_text="Delete").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No webhooks yet")).to_be_visible()
