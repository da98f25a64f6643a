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
