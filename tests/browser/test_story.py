"""The story of a gated model in a real browser, with and without scripts."""

import email
import re
import time
from collections.abc import Callable
from email import policy

import pytest
from playwright.sync_api import Page, expect

from live import LiveServer

pytestmark = pytest.mark.browser

PASSWORD = "correct horse battery staple"
PATIENCE_S = 30
CARD = """---
license: mit
extra_gated_prompt: You agree to be kind to birds.
extra_gated_fields:
  Company: text
  Country: country
  I agree to be kind: checkbox
---
# Tern

A bird.
"""


def letter_to(server: LiveServer, address: str, subject: str) -> str:
    """Wait for a letter, as it lies in the data folder of a hub without a mail server, and give its text."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        for path in sorted((server.data / "letters").glob("*"), reverse=True):
            for text in path.read_text().split("-" * 79):
                letter = email.message_from_string(text.strip(), policy=policy.default)
                if letter["To"] == address and letter["Subject"] == subject:
                    return str(letter.get_body(("plain",)).get_content())
        time.sleep(0.1)
    raise AssertionError(f"no letter {subject!r} to {address} came:\n{server.log_tail()}")


def sign_in(page: Page, name: str) -> None:
    page.goto("/login")
    page.get_by_label("Username or e-mail").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text(f"You are signed in as {name}.")).to_be_visible()


def publish(page: Page, owner: str) -> None:
    """Make a model and write its card."""
    page.goto("/new")
    page.get_by_label("Name", exact=True).fill("tern")
    page.get_by_label("Licence").select_option("mit")
    page.get_by_role("button", name="Make the repository").click()
    expect(page).to_have_url(re.compile(f"/{owner}/tern$"))
    page.goto(f"/{owner}/tern/edit/main/README.md")
    page.get_by_label("Text").fill(CARD)
    page.get_by_role("button", name="Commit").click()
    expect(page.get_by_text("A bird.")).to_be_visible()


def close_the_gate(page: Page, owner: str) -> None:
    """Enable access requests, with manual approval."""
    page.goto(f"/{owner}/tern/settings")
    page.get_by_role("button", name="Enable Access request").click()
    expect(page.get_by_text("Access requests are enabled.")).to_be_visible()
    page.get_by_label("Manually: the authors decide about each request").check()
    page.get_by_label("Notification frequency").select_option("real-time")
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_text("The gate's settings are saved.")).to_be_visible()
    expect(page.get_by_label("Add access")).to_be_visible()


def sign_up(page: Page, server: LiveServer, name: str) -> None:
    """Make an account from the gate, confirm it by the letter, and be back at the gate."""
    address = f"{name}@example.org"
    page.get_by_role("link", name="Make an account").click()
    page.get_by_label("Username").fill(name)
    page.get_by_label("E-mail address").fill(address)
    page.get_by_label("Full name").fill("Carol Berg")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make the account").click()
    expect(page.get_by_role("heading", name="Confirm your address")).to_be_visible()
    text = letter_to(server, address, "Confirm your e-mail address")
    page.goto(re.search(r"http\S+/confirm-email/\S+", text)[0])
    page.get_by_role("button", name="Yes, confirm it").click()


def ask(page: Page) -> None:
    page.get_by_label("Company").fill("Acme")
    country = page.get_by_label("Country")
    if country.evaluate("field => field.tagName") == "SELECT":  # without scripts
        country.select_option("DE")
    else:
        country.press_sequentially("germ")
        country.press("Enter")
        expect(country).to_have_value("Germany")
    page.get_by_label("I agree to be kind").check()
    page.get_by_role("button", name="Agree and send request to access repo").click()
    expect(page.get_by_text("awaiting a review from the repo authors")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without-scripts"])
def test_a_gated_model_from_publishing_to_rejection(
    open_page: Callable[..., Page], live_server: LiveServer, scripts: bool
) -> None:
    author, asker = (f"{name}-{'js' if scripts else 'plain'}" for name in ("alice", "carol"))
    live_server.cli(*("user", "create", author, "--email", f"{author}@example.org", "--password-stdin"), stdin=PASSWORD)
    alice, carol = (open_page(java_script_enabled=scripts) for _ in range(2))

    sign_in(alice, author)
    publish(alice, author)
    close_the_gate(alice, author)

    carol.goto(f"/{author}/tern")
    expect(carol.get_by_text("You agree to be kind to birds.")).to_be_visible()
    sign_up(carol, live_server, asker)
    expect(carol).to_have_url(re.compile(f"/{author}/tern$"))

    carol.get_by_label("Company").fill("Acme & Sons")
    carol.get_by_role("button", name="Agree and send request").click()
    expect(carol.get_by_text("Your request was not sent yet")).to_be_visible()
    expect(carol.get_by_label("Company")).to_have_value("Acme & Sons")
    ask(carol)
    carol.get_by_text("Withdraw the request").click()
    carol.get_by_role("button", name="Withdraw", exact=True).click()
    expect(carol.get_by_text("was withdrawn")).to_be_visible()
    ask(carol)
    assert "/access-requests" in letter_to(
        live_server, f"{author}@example.org", f"{asker} asks for access to {author}/tern"
    )

    alice.goto(f"/{author}/tern")
    alice.get_by_role("link", name="Review access requests").click()
    expect(alice.get_by_text("Carol Berg")).to_be_visible()
    expect(alice.get_by_text("Germany")).to_be_visible()
    alice.get_by_role("button", name="Accept", exact=True).click()
    expect(alice.get_by_text(f"The request of {asker} is accepted.")).to_be_visible()
    expect(alice.get_by_text("No pending access requests")).to_be_visible()

    carol.goto(f"/{author}/tern")
    expect(carol.get_by_text("You have been granted access to this model")).to_be_visible()
    carol.goto(f"/{author}/tern/blob/main/.gitattributes")
    expect(carol.get_by_text("filter=lfs").first).to_be_visible()

    alice.get_by_role("link", name="Accepted 1").click()
    alice.get_by_text("Reject or reset…").click()
    alice.get_by_label("Reason").last.fill("Please ask with your work address.")
    alice.get_by_role("button", name="Reject", exact=True).click()
    expect(alice.get_by_text(f"The request of {asker} is rejected.")).to_be_visible()

    carol.goto(f"/{author}/tern")
    expect(carol.get_by_text("has been rejected by the repo's authors")).to_be_visible()
    expect(carol.get_by_text("Please ask with your work address.")).to_be_visible()
    carol.goto(f"/{author}/tern/blob/main/.gitattributes")
    expect(carol.get_by_role("heading", name="The gate is closed")).to_be_visible()
