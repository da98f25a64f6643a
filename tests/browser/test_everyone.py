"""Every page is for everyone: axe-core finds nothing, light and dark, wide and narrow; nothing needs scrolling sideways."""

from importlib.resources import files

import pytest
from playwright.sync_api import Page

from browser.pages import PAGES

pytestmark = [pytest.mark.browser, pytest.mark.once]

AXE = (files("axe_playwright_python") / "axe.min.js").read_text()
RUN = """async (rules) => {
    await new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    const options = rules.length ? {runOnly: {type: "rule", values: rules}} : {};
    const {violations} = await axe.run(document, {...options, resultTypes: ["violations"]});
    return violations.flatMap(v => v.nodes.map(n => `${v.id}: ${n.html.slice(0, 160)} ${n.any.map(a => a.message).join("; ")}`));
}"""
WIDE, NARROW, NARROWEST = 1280, 390, 320
LOOKS = [(page, reader) for page in PAGES for reader in page.readers]


@pytest.fixture
def look(demo_server, as_reader):
    """Give a function that opens a listed page as its reader sees it."""
    opened = []

    def open_page(listed, reader):
        page = as_reader(reader).new_page()
        opened.append(page)
        answer = page.goto(demo_server.address(listed))
        assert answer.status == listed.status
        page.evaluate(AXE)
        return page

    yield open_page
    for page in opened:
        page.close()


def found(page: Page, *rules: str) -> list[str]:
    """Give what axe-core finds, by all its rules or by these alone."""
    where = page.evaluate(
        "`${innerWidth} px, ${matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'}`"
    )
    return [f"{where}: {trouble}" for trouble in page.evaluate(RUN, rules)]


def too_wide(page: Page, width: int) -> list[str]:
    """Name what sticks out of a window of this width."""
    page.set_viewport_size({"width": width, "height": 800})
    return page.evaluate("""() => {
        const width = document.documentElement.clientWidth;
        if (document.documentElement.scrollWidth <= width) return [];
        const scrolls = e => e && (getComputedStyle(e).overflowX !== "visible" || scrolls(e.parentElement));
        return [...document.querySelectorAll("body *")]
            .filter(e => e.getBoundingClientRect().right > width + 1 && !scrolls(e.parentElement))
            .map(e => `${width} px, sticks out: ${e.outerHTML.slice(0, 120)}`);
    }""")


@pytest.mark.parametrize(("listed", "reader"), LOOKS, ids=[f"{page.name}-{reader}" for page, reader in LOOKS])
def test_it_is_for_everyone(look, listed, reader):
    page = look(listed, reader)
    troubles = []
    for width in (WIDE, NARROW):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme="light")
        troubles += found(page)
        page.emulate_media(color_scheme="dark")
        troubles += found(page, "color-contrast")  # colours are all that differs
    troubles += too_wide(page, NARROWEST) + too_wide(page, WIDE // 2)  # the latter as at 200 % zoom
    assert not troubles, "\n".join(troubles)


def test_long_words_stay_in_the_side_menu(demo_server, browser):
    page = demo_server.browser_of(browser, "author", locale="de-DE").new_page()
    page.set_viewport_size({"width": WIDE, "height": 800})
    page.goto(demo_server.url + "/settings/profile")
    assert "Repositorys mit Zugangskontrolle" in page.inner_text(".side-nav")
    assert page.evaluate("[...document.querySelectorAll('.side-nav a')].every(a => a.scrollWidth <= a.clientWidth)")
    page.context.close()


OPENS = (
    "styleguide",
    "files",
    "file",
    "gate",
    "review",
    "refs",
    "members",
    "repo-settings",
    "settings-tokens",
    "models",
)
OPENED = [(page, page.readers[-1] if page.name != "gate" else "stranger") for page in PAGES if page.name in OPENS]


def open_all(page: Page) -> None:
    """Unfold every menu and every folded part, and the list of the first combobox; not the dialogs."""
    page.evaluate("document.querySelectorAll('details:not(.asks)').forEach(e => { e.open = true; })")
    if page.get_by_role("combobox", expanded=False).and_(page.locator("input")).count():
        page.get_by_role("combobox").and_(page.locator("input")).first.press("ArrowDown")


@pytest.mark.parametrize(("listed", "reader"), OPENED, ids=[page.name for page, _ in OPENED])
def test_what_opens_is_for_everyone_too(look, listed, reader):
    page = look(listed, reader)
    troubles = []
    for width, scheme in ((WIDE, "light"), (NARROW, "dark")):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        open_all(page)
        troubles += found(page)
        for question in page.locator("details.asks > summary:visible").all()[:2]:
            question.focus()
            question.press("Enter")
            page.locator("dialog.modal[open]").wait_for()
            troubles += found(page)
            page.keyboard.press("Escape")
            assert question.evaluate("e => e === document.activeElement")
    troubles += too_wide(page, NARROWEST)
    assert not troubles, "\n".join(troubles)


def test_every_menu_is_walked_by_keyboard(look):
    page = look(next(page for page in PAGES if page.name == "files"), "author")
    for menu in page.locator("details.menu > summary").all():
        menu.focus()
        menu.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('.menu-panel') !== null")
        page.keyboard.press("Escape")
        assert menu.evaluate("e => e === document.activeElement && !e.parentElement.open")
