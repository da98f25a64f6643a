"""Takes the pictures of the story for README and docs, on a demo hub of its own: `make screenshots`."""

import re
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))
from live import LiveServer  # noqa: E402 - found by the line above

PICTURES = ROOT / "docs" / "images"
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


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, LiveServer(Path(folder)) as server, sync_playwright() as playwright:
        passwords = populate(server)
        path = shutil.which("chromium")
        chromium = playwright.chromium.launch(executable_path=path, chromium_sandbox=False, args=["--no-first-run"])
        shoot(chromium, server, passwords)
        chromium.close()


if __name__ == "__main__":
    main()
