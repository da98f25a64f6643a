"""A real Chromium on the live server: each `open_page()` is a person with a browser of their own."""

import os
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, sync_playwright

from browser import people
from browser.world import DemoServer
from live import LiveServer

SHOTS = Path(__file__).parent / "shots"
# Chromium heeds its last list of features alone, so this one holds what matters of Playwright's. The address bar's two
# pages, loaded into every new window, take more than two thirds of the work of opening one.
UNWANTED = [
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "HttpsUpgrades", "HttpsFirstBalancedModeAutoEnable", "PaintHolding"),
    *("OptimizationHints", "MediaRouter", "AimEnabled", "WebUIOmniboxPopup", "WebUIOmniboxAimPopup"),
]
ARGUMENTS = [
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    f"--disable-features={','.join(UNWANTED)}",
]
PATIENCE_MILLISECONDS = 10_000
PAGES = pytest.StashKey[list[Page]]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """Keep a picture of every page that a failed test had open."""
    report = yield
    if report.when == "call" and report.failed:
        for number, page in enumerate(item.stash.get(PAGES, [])):
            page.screenshot(path=SHOTS / f"failed-{item.name}-{number}.png", full_page=True)
    return report


def start_chromium(playwright: Playwright, **options: Any) -> Browser:
    """Start the Chromium that is installed on this machine."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("chromium is not installed")
    # Chromium's own sandbox does not work for root.
    return playwright.chromium.launch(
        executable_path=path, args=ARGUMENTS, chromium_sandbox=os.geteuid() != 0, **options
    )


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    browser = start_chromium(playwright)
    yield browser
    browser.close()


@pytest.fixture
def open_page(
    request: pytest.FixtureRequest, browser: Browser, live_server: LiveServer
) -> Iterator[Callable[..., Page]]:
    """Give a function that opens an empty browser at the live server: open_page(java_script_enabled=False, …).

    The options are those of Playwright's `Browser.new_context`. Script errors and violations of the content security
    policy fail the test.
    """
    complaints: list[str] = []
    pages = request.node.stash[PAGES] = []

    def note(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            complaints.append(message.text)

    def open_one(**options: Any) -> Page:
        page = browser.new_context(base_url=live_server.url, **options).new_page()
        page.set_default_timeout(PATIENCE_MILLISECONDS)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", note)
        pages.append(page)
        return page

    yield open_one
    for page in pages:
        page.context.close()
    assert complaints == []


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    """Give one empty browser at the live server."""
    return open_page()


@pytest.fixture
def sign_in(open_page: Callable[..., Page]) -> Callable[..., Page]:
    """Give a function that opens a browser in which somebody is signed in: sign_in(name, java_script_enabled=False, …)."""

    def enter(name: str, **options: Any) -> Page:
        page = open_page(**options)
        page.goto("/login")
        people.sign_in(page, name)
        page.get_by_text("You are signed in").wait_for()
        return page

    return enter


@pytest.fixture
def writer(live_server: LiveServer) -> str:
    """Give somebody who has a model called `wren`."""
    name = people.sign_up(live_server)
    people.make_model(live_server, name, "wren")
    return name


@pytest.fixture
def enter(sign_in: Callable[..., Page], writer: str) -> Callable[..., Page]:
    """Give a function that opens a browser in which the writer is signed in."""
    return partial(sign_in, writer)


@pytest.fixture(scope="session")
def demo_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoServer]:
    """Give a live server with the demo world, for tests that only look."""
    with DemoServer(tmp_path_factory.mktemp("demo")) as server:
        yield server


@pytest.fixture(scope="session")
def as_reader(browser: Browser, demo_server: DemoServer) -> Iterator[Callable[[str], BrowserContext]]:
    """Give a function that gives the browser of one of READERS."""
    contexts: dict[str, BrowserContext] = {}

    def give(reader: str) -> BrowserContext:
        if reader not in contexts:
            contexts[reader] = demo_server.browser_of(browser, reader, reduced_motion="reduce")
        return contexts[reader]

    yield give
    for context in contexts.values():
        context.close()
