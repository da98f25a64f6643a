"""Takes pictures on a demo hub of its own: `make screenshots`.

Those of the story go to README and docs. Those of every page, light and dark, wide and narrow, go to a folder that git
ignores, to be looked at; a word after the command (`tools/screenshots.py admin`) takes only the pages it occurs in.

Pages are set in what the reader's system has. For pictures that look as most people see them, install a typeface that
they name: Debian's `fonts-roboto-unhinted`.
"""

import re
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))
from browser.pages import PAGES  # noqa: E402 - found by the line above
from browser.world import DemoServer  # noqa: E402
from live import LiveServer  # noqa: E402

PICTURES = ROOT / "docs" / "images"
EVERY = ROOT / "screenshots"
WIDTHS = {"wide": 1280, "narrow": 390}
GATED = "/lumen-health/triage-notes-bert-tiny"
# Picture, who looks, where, light or dark, width in pixels.
SHOTS = (
    ("home", None, "/", "light", 1280),
    ("gate", "kai", GATED, "light", 1280),
    ("gate-narrow-dark", "kai", GATED, "dark", 390),
    ("review", "ines-carvalho", f"{GATED}/access-requests", "light", 1280),
    ("settings", "ines-carvalho", f"{GATED}/settings", "light", 1280),
    ("granted", "grace-owusu", GATED, "dark", 1280),
)
PASSWORD = "only for a picture"  # noqa: S105 - of a hub that lives for a minute


def populate(server: LiveServer) -> dict[str, str]:
    """Fill the hub, and give the passwords of those who can sign in."""
    told = server.cli("demo")
    passwords = dict(re.findall(r"^  ([a-z-]+)  +(\S{16})  ", told, re.MULTILINE))
    person = ("--email", "kai@example.org", "--fullname", "Kai Nakamura", "--password-stdin")
    server.cli("user", "create", "kai", *person, stdin=PASSWORD)
    return passwords | {"kai": PASSWORD}


def shoot(chromium: Browser, server: LiveServer, passwords: dict[str, str]) -> None:
    for name, person, path, scheme, width in SHOTS:
        context = chromium.new_context(viewport={"width": width, "height": 860}, color_scheme=scheme)  # type: ignore[arg-type]
        page = context.new_page()
        if person:
            page.goto(f"{server.url}/login")
            page.fill("[name=login]", person)
            page.fill("[name=password]", passwords[person])
            page.press("[name=password]", "Enter")
            page.wait_for_url(f"{server.url}/")
        page.goto(server.url + path)
        page.screenshot(path=PICTURES / f"{name}.png")
        context.close()


def shoot_every_page(chromium: Browser, server: DemoServer, word: str) -> None:
    EVERY.mkdir(exist_ok=True)
    for listed, reader in ((page, reader) for page in PAGES for reader in page.readers if word in page.name):
        with server.browser_of(chromium, reader, reduced_motion="reduce") as context:
            page = context.new_page()
            for size, width in WIDTHS.items():
                page.set_viewport_size({"width": width, "height": 860})
                page.goto(server.address(listed))  # anew: as people come, who seldom change a window's width
                for scheme in ("light", "dark"):
                    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                    path = EVERY / f"{listed.name}-{reader}-{scheme}-{size}.png"
                    page.screenshot(path=path, full_page=True)


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    word = sys.argv[1] if len(sys.argv) > 1 else ""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = shutil.which("chromium")
        chromium = playwright.chromium.launch(executable_path=path, chromium_sandbox=False, args=["--no-first-run"])
        if not word:
            with LiveServer(Path(tempfile.mkdtemp(dir=folder))) as server:
                shoot(chromium, server, populate(server))
        with DemoServer(Path(tempfile.mkdtemp(dir=folder))) as every:
            shoot_every_page(chromium, every, word)
        chromium.close()


if __name__ == "__main__":
    main()
