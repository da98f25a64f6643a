"""More contrast, the system's own colours, paper, and browsers of 2021: the pages say the same in each."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, Route

from browser.pages import GATED
from browser.test_everyone import AXE, found

pytestmark = [pytest.mark.browser, pytest.mark.once]

LOOKS = [("stranger", GATED), ("asker", GATED), ("author", f"{GATED}/access-requests"), ("nobody", "/-/styleguide")]
NEW_RULE = re.compile(r"[^{};]*(?::has\(|::details-content|::backdrop)[^{};]*\{[^{}]*\}")


@pytest.fixture
def browse(demo_server, browser):
    """Give a function that opens a page in a browser of its own."""
    contexts: list[BrowserContext] = []

    def opened(reader: str, path: str, **options: object) -> Page:
        context = demo_server.browser_of(browser, reader, reduced_motion="reduce", **options)
        contexts.append(context)
        page = context.new_page()
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.parametrize(("reader", "path"), LOOKS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_more_contrast_is_seven_to_one(browse, reader, path, scheme):
    page = browse(reader, path, contrast="more", color_scheme=scheme)
    page.evaluate(AXE)
    troubles = found(page, "color-contrast-enhanced")
    assert not troubles, "\n".join(troubles)


@pytest.mark.parametrize(("reader", "path"), LOOKS)
def test_a_stop_of_the_keyboard_is_seen_in_the_systems_colours(browse, reader, path):
    """Shadows are not drawn there: each focus needs an outline that is not see-through."""
    page = browse(reader, path, forced_colors="active")
    unseen = []
    for _ in range(40):
        page.keyboard.press("Tab")
        style = page.evaluate("""() => {
            const {outlineStyle, outlineWidth, outlineColor} = getComputedStyle(document.activeElement);
            return [document.activeElement.outerHTML.slice(0, 80), outlineStyle, outlineWidth, outlineColor];
        }""")
        if style[0].startswith("<body"):  # the browser's own part of the window
            break
        if style[1] == "none" or style[2] == "0px" or (style[3].startswith("rgba") and style[3].endswith(", 0)")):
            unseen.append(style)
    assert not unseen


@pytest.mark.parametrize(("selector", "path"), [
    (".badge", "/-/styleguide"), (".chip[aria-current]", "/-/styleguide"), (".avatar", "/-/styleguide"),
    (".button-primary", "/-/styleguide"), (".notice-bad", "/-/styleguide"), (".field-wrong", "/-/styleguide"),
    (".tabs [aria-current]", "/-/styleguide"), (".side-nav [aria-current]", "/-/styleguide"),
    (".diff .added .sign", "/-/styleguide"), (".gate", GATED),
])  # fmt: skip
def test_what_a_background_says_is_said_by_a_line_or_a_sign_too(browse, selector, path):
    page = browse("nobody", path, forced_colors="active")
    told = page.locator(selector).first.evaluate("""e => {
        const style = getComputedStyle(e);
        const line = ["Top", "InlineStart", "Bottom"].some(side => {
            const key = side === "InlineStart" ? "Left" : side;
            return style[`border${key}Style`] !== "none" && parseFloat(style[`border${key}Width`]) > 0;
        });
        return line || style.outlineStyle !== "none" || /[+-]/.test(e.textContent);
    }""")
    assert told


def test_the_state_of_the_gate_is_told_in_words(browse):
    """Each state has a heading of its own; colour adds nothing that is not said."""
    headings = {
        reader: browse(reader, GATED).inner_text("#gate-heading") for reader in ("stranger", "asker", "granted")
    }
    assert len(set(headings.values())) == len(headings)


def test_terms_are_printed_in_full_in_black_on_white(browse):
    page = browse("stranger", GATED, color_scheme="dark")
    page.emulate_media(media="print")
    terms = page.locator(".terms")
    assert terms.evaluate("e => e.scrollHeight <= e.clientHeight + 1")
    colours = terms.evaluate("e => [getComputedStyle(e).color, getComputedStyle(document.body).backgroundColor]")
    assert colours == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
    assert page.locator("header.site-header, .asks, #toasts").evaluate_all(
        "all => all.every(e => !e.checkVisibility())"
    )
    assert page.locator("#card").is_visible()


@pytest.mark.parametrize(("reader", "path"), [*LOOKS, ("author", "/settings/tokens")])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_browser_of_2021_shows_readable_pages(browse, demo_server, reader, path, scheme):
    """It knows no dialogs, no :has() and no ::details-content: questions unfold in the page."""
    page = browse(reader, "/login", color_scheme=scheme)

    def older(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=NEW_RULE.sub("", answer.text()))

    page.route("**/gatehouse.css", older)
    page.add_init_script("delete HTMLDialogElement.prototype.showModal;")
    page.goto(path)
    page.evaluate(AXE)
    page.evaluate("document.querySelectorAll('details.asks').forEach(e => { e.open = true; })")
    assert page.locator("details.asks > dialog").evaluate_all("all => all.every(e => e.checkVisibility())")
    ground = "rgb(18, 21, 21)" if scheme == "dark" else "rgb(250, 250, 248)"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == ground
    troubles = found(page)
    assert not troubles, "\n".join(troubles)
