"""Back and forward lead to what one saw: a list as it was narrowed, and never to a form that would be sent again."""

import re

import pytest
from playwright.sync_api import expect

from browser.pages import GATED, OPEN

pytestmark = [pytest.mark.browser, pytest.mark.once]
FOUND = "#results .repo-list a"
CHOSEN = '#filters [aria-current="true"]'


@pytest.fixture
def page(as_reader):
    page = as_reader("author").new_page()
    yield page
    page.close()


def test_back_from_a_repo_leads_to_the_list_as_it_was_narrowed(page):
    page.goto("/models")
    everything = page.locator(FOUND).count()
    page.locator("#filters a.chip", has_text="Gated").first.click()
    expect(page.locator(CHOSEN)).to_have_count(1)
    page.locator("#list-search").fill("vit")
    expect(page).to_have_url(re.compile("search=vit"))
    expect(page.locator(FOUND)).to_have_count(1)
    narrowed = page.url
    page.locator(FOUND).first.click()
    expect(page.locator("#gate")).to_be_visible()
    page.go_back()
    expect(page).to_have_url(narrowed)
    expect(page.locator(FOUND)).to_have_count(1)
    expect(page.locator("#list-search")).to_have_value("vit")
    expect(page.locator(CHOSEN)).to_have_count(1)
    page.goto("/models")
    expect(page.locator(FOUND)).to_have_count(everything)


def test_steps_of_narrowing_are_gone_back_one_by_one(page):
    page.goto("/models")
    everything = page.locator(FOUND).count()
    page.locator("#filters a.chip", has_text="Gated").first.click()
    expect(page.locator(FOUND)).not_to_have_count(everything)
    page.go_back()
    expect(page).to_have_url(re.compile("/models$"))
    expect(page.locator(FOUND)).to_have_count(everything)
    expect(page.locator(CHOSEN)).to_have_count(0)
    page.go_forward()
    expect(page.locator(CHOSEN)).to_have_count(1)


def test_answers_that_were_not_sent_are_there_again(as_reader):
    page = as_reader("stranger").new_page()
    page.goto(GATED)
    page.get_by_label("Institution").fill("School of the Coast")
    page.get_by_role("combobox", name="Country").fill("portu")
    page.get_by_role("combobox", name="Country").press("Enter")
    page.goto("/models")
    page.go_back()
    expect(page.get_by_label("Institution")).to_have_value("School of the Coast")
    expect(page.get_by_role("combobox", name="Country")).to_have_value("Portugal")
    page.close()


def test_a_form_that_was_sent_is_not_sent_again(page):
    page.goto("/settings/notifications")
    page.locator("main form button").last.click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    methods = []
    page.on("request", lambda request: methods.append(request.method))
    page.reload()
    page.goto(OPEN)
    page.go_back()
    expect(page).to_have_url(re.compile("/settings/notifications$"))
    assert set(methods) == {"GET"}


def test_nothing_keeps_a_page_from_being_gone_back_to_at_once(page):
    """What browsers keep of a page to come back to is lost by `no-store` and by handlers of `unload`."""
    for path in ("/", "/models", OPEN, f"{OPEN}/tree/main", "/settings/profile"):
        answer = page.goto(path)
        assert answer.headers["cache-control"] == "private, no-cache", path
    scripts = [page.request.get(address).text() for address in page.evaluate("[...document.scripts].map(s => s.src)")]
    assert scripts
    assert not [text for text in scripts if re.search(r"""["']unload["']|onunload""", text)]
