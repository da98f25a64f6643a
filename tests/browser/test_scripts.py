"""What scripts add to pages that work without them: nothing reloads, names are suggested, lines are copied."""

import json
import urllib.request
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from browser import people
from clients.people import PASSWORD
from live import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.once]


class Hub:
    """The live server, spoken to as a program does."""

    def __init__(self, server: LiveServer) -> None:
        self.server = server

    def user(self, name: str) -> str:
        """Make a user and give their token."""
        self.server.cli("user", "create", name, "--email", f"{name}@example.org", "--password-stdin", stdin=PASSWORD)
        return self.server.cli("token", "create", name, "--role", "write")

    def call(self, token: str, method: str, path: str, body: object = None) -> None:
        request = urllib.request.Request(
            self.server.url + path,
            method=method,
            data=json.dumps(body or {}).encode(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        urllib.request.urlopen(request, timeout=30).close()

    def commit(self, token: str, path: str, lines: list[dict[str, object]]) -> None:
        request = urllib.request.Request(
            self.server.url + path,
            data="\n".join(map(json.dumps, lines)).encode(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/x-ndjson"},
        )
        urllib.request.urlopen(request, timeout=30).close()


@pytest.fixture
def hub(live_server: LiveServer) -> Hub:
    return Hub(live_server)


def stays(page: Page) -> Callable[[], bool]:
    """Mark the document, and give a function that tells whether it is still the same."""
    page.evaluate("window.marked = true")
    return lambda: bool(page.evaluate("window.marked === true"))


def test_deciding_does_not_reload_the_queue(hub, sign_in):
    author = hub.user("rita")
    hub.call(author, "POST", "/api/repos/create", {"name": "wren"})
    hub.call(author, "PUT", "/api/models/rita/wren/settings", {"gated": "manual"})
    for name in ("sam", "tess", "uma"):
        hub.call(hub.user(name), "POST", "/rita/wren/ask-access")
    page = sign_in("rita")
    page.goto("/rita/wren/access-requests")
    same = stays(page)
    page.get_by_role("listitem").filter(has_text="sam").get_by_role("button", name="Accept").click()
    expect(page.get_by_text("The request of sam is accepted.")).to_be_visible()
    expect(page.get_by_role("link", name="Access requests 2")).to_be_visible()
    page.get_by_label("Select all").check()
    page.get_by_role("button", name="Accept selected").click()
    expect(page.get_by_text("2 requests are accepted.")).to_be_visible()
    expect(page.get_by_text("No pending access requests")).to_be_visible()
    assert same()


@pytest.fixture
def queue(hub, sign_in):
    """Give a function that opens the review screen of a repo which three people ask for access."""

    def make(author: str, *askers: str) -> Page:
        token = hub.user(author)
        hub.call(token, "POST", "/api/repos/create", {"name": "wren"})
        hub.call(token, "PUT", f"/api/models/{author}/wren/settings", {"gated": "manual"})
        for name in askers:
            hub.call(hub.user(name), "POST", f"/{author}/wren/ask-access")
        page = sign_in(author)
        page.goto(f"/{author}/wren/access-requests")
        return page

    return make


def test_the_queue_is_worked_through_by_keyboard(queue):
    page = queue("keith", "kim", "kit", "kaz")  # newest first: kaz, kit, kim
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator(".here")).to_contain_text("kit")
    page.keyboard.press("a")
    expect(page.get_by_text("The request of kit is accepted.")).to_be_visible()
    expect(page.locator(".here")).to_contain_text("kim")
    page.keyboard.press("u")
    expect(page.get_by_text("The request of kit is put back")).to_be_visible()
    page.keyboard.press("k")
    page.keyboard.press("k")
    page.keyboard.press("x")
    expect(page.get_by_label("Select kaz")).to_be_checked()
    page.keyboard.press("r")
    page.keyboard.type("just as I typed: a j k")
    page.locator(".here").get_by_role("button", name="Reject", exact=True).click()
    expect(page.get_by_text("The request of kaz is rejected.")).to_be_visible()
    page.keyboard.press("/")
    expect(page.get_by_placeholder("Name, e-mail or @domain")).to_be_focused()


def test_the_keys_can_be_switched_off(queue):
    page = queue("kira", "kolja")
    page.get_by_label("Keys").uncheck()
    page.reload()
    expect(page.get_by_label("Keys")).not_to_be_checked()
    page.keyboard.press("j")
    page.keyboard.press("a")
    expect(page.locator(".here")).to_have_count(0)
    page.get_by_label("Keys").check()
    page.keyboard.press("j")
    page.keyboard.press("a")
    expect(page.get_by_text("The request of kolja is accepted.")).to_be_visible()


def test_after_a_decision_by_mouse_the_keyboard_is_at_the_next_request(queue):
    page = queue("mona", "max", "mia", "moe")  # newest first: moe, mia, max
    row = page.get_by_role("listitem").filter(has_text="mia")
    row.get_by_role("button", name="Accept", exact=True).click()
    expect(page.get_by_label("Select max")).to_be_focused()
    page.get_by_role("listitem").filter(has_text="moe").get_by_text("Reject…").click()
    page.get_by_role("dialog").get_by_role("button", name="Reject", exact=True).click()
    expect(page.get_by_label("Select max")).to_be_focused()
    page.get_by_label("Select max").check()
    page.get_by_role("button", name="Accept selected").click()
    expect(page.get_by_role("heading", name="Access requests", level=1)).to_be_focused()


def test_a_bulk_decision_can_be_undone_for_some_seconds(queue):
    page = queue("ulf", "una", "udo")
    page.get_by_label("Select all").check()
    page.get_by_role("button", name="Accept selected").click()
    expect(page.get_by_text("2 requests are accepted.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("2 requests are put back among the pending ones.")).to_be_visible()
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)


def test_the_count_follows_without_a_reload(queue, hub):
    page = queue("lou")
    same = stays(page)
    hub.call(hub.user("lea"), "POST", "/lou/wren/ask-access")
    expect(page.get_by_role("link", name="Access requests 1")).to_be_visible(timeout=30_000)
    expect(page.get_by_role("link", name="Pending 1")).to_be_visible()
    assert same()


def test_a_list_is_narrowed_while_one_types(hub, sign_in):
    token = hub.user("vera")
    for name in ("blackbird", "bluebird", "tit"):
        hub.call(token, "POST", "/api/repos/create", {"name": f"vera-{name}"})
    page = sign_in("vera")
    page.goto("/models")
    same = stays(page)
    page.get_by_placeholder("Find by name").press_sequentially("vera-bl")
    expect(page.get_by_role("link", name="vera/vera-tit")).to_have_count(0)
    expect(page.get_by_role("link", name="vera/vera-bluebird")).to_be_visible()
    expect(page).to_have_url(f"{hub.server.url}/models?search=vera-bl&sort=modified")
    assert same()


def test_names_are_suggested(hub, sign_in):
    token = hub.user("willa")
    hub.call(token, "POST", "/api/repos/create", {"name": "wren"})
    hub.call(token, "PUT", "/api/models/willa/wren/settings", {"gated": "manual"})
    page = sign_in("willa")
    page.goto("/willa/wren/settings")
    page.get_by_label("Add access").press_sequentially("will")
    expect(page.locator("#people-found option")).to_have_attribute("value", "willa")


@pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without-scripts"])
def test_dark_colours_are_chosen_at_the_foot_of_a_page(open_page, scripts):
    page = open_page(java_script_enabled=scripts, color_scheme="light")
    page.goto("/models")
    page.get_by_role("button", name="Dark").click()
    expect(page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("body")).to_have_css("background-color", "rgb(18, 21, 21)")


def test_lines_are_copied(hub, open_page):
    hub.call(hub.user("xena"), "POST", "/api/repos/create", {"name": "wren"})
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    page.goto("/xena/wren")
    button = page.get_by_role("button", name="Copy: With git")
    button.click()
    expect(button).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == f"git clone {hub.server.url}/xena/wren"


def test_lines_are_copied_on_a_hub_without_https(hub, open_page):
    """There `navigator.clipboard` is missing. The host is one that the browser takes for safe, so it is taken away."""
    token = hub.user("xavi")
    hub.call(token, "POST", "/api/repos/create", {"name": "wren"})
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    page.add_init_script("window.safe = navigator.clipboard; Object.defineProperty(navigator, 'clipboard', {})")
    page.goto("/xavi/wren")
    button = page.get_by_role("button", name="Copy: With git")
    button.click()
    expect(button).to_have_text("Copied")
    expect(button).to_be_focused()
    assert page.evaluate("safe.readText()") == f"git clone {hub.server.url}/xavi/wren"


def test_a_menu_closes_by_escape_and_by_a_click_elsewhere(hub, sign_in):
    hub.user("yara")
    page = sign_in("yara")
    menu = page.get_by_role("link", name="My access requests")
    page.get_by_label("Your account").click()
    expect(menu).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    page.get_by_label("Your account").click()
    page.get_by_role("main").click()
    expect(menu).to_be_hidden()


def test_long_terms_can_be_folded_and_are_printed_all_the_same(hub, sign_in):
    token = hub.user("zoe")
    terms = "You agree to be kind to birds. " * 60
    hub.call(token, "POST", "/api/repos/create", {"name": "wren"})
    hub.call(token, "PUT", "/api/models/zoe/wren/settings", {"gated": "manual"})
    lines = [
        {"key": "header", "value": {"summary": "card"}},
        {"key": "file", "value": {"path": "README.md", "content": f"---\nextra_gated_prompt: {terms}\n---\n"}},
    ]
    hub.commit(token, "/api/models/zoe/wren/commit/main", lines)
    hub.user("zora")
    page = sign_in("zora")
    page.goto("/zoe/wren")
    shown = page.get_by_role("region", name="What you agree to")
    expect(shown).to_contain_text("You agree to be kind to birds.")
    page.locator("summary", has_text="What you agree to").click()
    expect(shown).to_be_hidden()
    page.emulate_media(media="print")
    expect(page.locator(".terms")).to_be_visible()


def test_answers_outlive_the_end_of_a_session(hub, sign_in):
    token = hub.user("yael")
    hub.call(token, "POST", "/api/repos/create", {"name": "wren"})
    card = "---\nextra_gated_fields:\n  Company: text\n  Country: country\n  I agree: checkbox\n---\n"
    file = {"path": "README.md", "content": card, "encoding": "utf-8"}
    lines = [{"key": "header", "value": {"summary": "Card"}}, {"key": "file", "value": file}]
    hub.commit(token, "/api/models/yael/wren/commit/main", lines)
    hub.call(token, "PUT", "/api/models/yael/wren/settings", {"gated": "manual"})
    hub.user("zack")
    page = sign_in("zack")
    page.goto("/yael/wren")
    page.get_by_label("Company").fill("ACME")
    page.get_by_role("combobox", name="Country").fill("Chad")
    page.get_by_role("combobox", name="Country").press("Enter")
    page.get_by_label("I agree").check()
    page.evaluate("document.querySelector('#gate [name=csrfmiddlewaretoken]').value = 'x'.repeat(64)")  # an old form
    page.get_by_role("button", name="Agree and send").click()
    expect(page.get_by_text("The form was not taken").first).to_be_visible()
    page.goto("/yael/wren")
    expect(page.get_by_label("Company")).to_have_value("ACME")
    page.context.clear_cookies(name="gatehouse_session")
    page.get_by_role("button", name="Agree and send").click()
    people.sign_in(page, "zack")
    expect(page.get_by_label("Company")).to_have_value("ACME")
    expect(page.get_by_role("combobox", name="Country")).to_have_value("Chad")
    page.get_by_role("button", name="Agree and send").click()
    expect(page.get_by_text("awaiting a review")).to_be_visible()
    assert page.evaluate("sessionStorage.length") == 0
