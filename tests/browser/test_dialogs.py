"""Questions before something is done, and what is said afterwards: by keyboard, with and without scripts."""

import pytest
from playwright.sync_api import Page, expect

from browser.people import sign_up
from clients.people import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.once]


def delete_by_words(page: Page, writer: str, words: str) -> None:
    page.goto(f"/{writer}/wren/settings")
    page.get_by_text("Delete this repository…").click()
    page.get_by_label(f"Type {writer}/wren").fill(words)
    page.get_by_role("button", name="Delete for good").click()


def test_a_dialog_keeps_the_keyboard_and_gives_it_back(enter, writer):
    page = enter()
    page.goto("/settings/tokens")
    trigger = page.locator("summary", has_text="Revoke")
    trigger.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Revoke")
    expect(dialog.get_by_role("heading")).to_be_focused()
    reached = set()
    for _ in range(6):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.closest('dialog') ? 'in' : document.activeElement.tagName"))
    assert reached <= {"in", "BODY"}  # BODY is the browser's own part of the window
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")  # by somebody who is quick
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(trigger).to_be_focused()
    page.keyboard.press("Enter")
    dialog.get_by_role("button", name="Cancel").click()
    expect(trigger).to_be_focused()
    page.keyboard.press("Enter")
    dialog.get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("The token is revoked.")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without-scripts"])
def test_what_cannot_be_undone_wants_words(enter, writer, scripts):
    page = enter(java_script_enabled=scripts)
    delete_by_words(page, writer, "wrong")
    expect(page.get_by_role("alert")).to_be_in_viewport()
    expect(page.get_by_label(f"Type {writer}/wren")).to_have_value("wrong")
    page.get_by_label(f"Type {writer}/wren").fill(f"{writer}/wren")
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_text(f"{writer}/wren is deleted.")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without-scripts"])
def test_what_opens_a_gate_or_locks_somebody_out_is_asked_first(enter, sign_in, writer, live_server, scripts):
    boss = sign_up(live_server, "--admin")
    page = enter(java_script_enabled=scripts)
    page.goto(f"/{writer}/wren/settings")
    page.get_by_role("button", name="Enable Access request").click()
    page.get_by_text("Disable Access requests", exact=True).click()
    page.get_by_role("button", name="Disable", exact=True).click()
    expect(page.get_by_text("Access requests are disabled.")).to_be_visible()
    page = sign_in(boss, java_script_enabled=scripts)
    page.goto(f"/-/admin/users?q={writer}")
    page.get_by_text(f"Change {writer}").click()
    page.locator("summary", has_text="Shut out").click()
    page.get_by_role("button", name="Shut out").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text(f"{writer} is shut out.")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without-scripts"])
def test_a_file_is_deleted_from_its_own_page(enter, writer, scripts):
    page = enter(java_script_enabled=scripts)
    page.goto(f"/{writer}/wren/blob/main/.gitattributes")
    page.get_by_text("Delete", exact=True).click()
    page.get_by_label("What is this change?").fill("Away with it")
    page.get_by_role("button", name="Delete and commit").click()
    page.wait_for_url(f"**/{writer}/wren/tree/main")
    expect(page.get_by_role("link", name=".gitattributes", exact=True)).to_have_count(0)


def test_what_was_done_is_said_for_a_while_and_waits_for_who_points_at_it(enter, writer, live_server):
    page = enter()
    page.clock.install()
    page.goto(f"/{writer}/wren/settings")
    page.get_by_role("button", name="Change visibility").click()
    said = page.get_by_role("status").get_by_text("This repository is public now.")
    expect(said).to_be_visible()
    page.clock.run_for(8_000)
    expect(said).to_be_visible()
    said.hover()
    page.clock.run_for(30_000)
    expect(said).to_be_visible()
    page.mouse.move(0, 0)
    page.get_by_role("button", name="Close").focus()
    page.clock.run_for(30_000)
    expect(said).to_be_visible()
    page.get_by_role("link", name="Files").focus()
    page.clock.run_for(3_000)
    expect(said).to_have_count(0)


def test_an_error_is_brought_to_the_reader_and_leads_to_its_field(enter, writer):
    for scripts in (True, False):
        page = enter(java_script_enabled=scripts)
        page.set_viewport_size({"width": 1280, "height": 500})
        page.goto(f"/{writer}/wren/settings")
        page.get_by_label("Name", exact=True).fill("no good name")
        page.get_by_role("button", name="Move", exact=True).click()
        alert = page.get_by_role("alert")
        expect(alert).to_be_in_viewport()
        if scripts:
            expect(alert).to_be_focused()
        alert.get_by_role("link", name="Name").click()
        expect(page.get_by_label("Name", exact=True)).to_be_focused()
