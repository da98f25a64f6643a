"""The administrator's form for name, address and sign-up; what it sets counts in all processes at once."""

import re

import pytest
from django.conf import settings
from django.test import Client

from browser.world import session_for
from factories import PASSWORD, make_user
from gatehouse.accounts import hub_settings
from gatehouse.accounts.people import create_user
from gatehouse.config import hub
from gatehouse.config.env import BadSettingError
from web_pages import text_of

PATH = "/-/admin/settings"


@pytest.fixture
def sure(db):
    """Give the browser of an operator who gave their password a moment ago."""
    client = Client()
    client.cookies["gatehouse_session"] = session_for(
        create_user("olga", email="olga@example.org", password=None, admin=True)
    )
    return client


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch, settings):
    """Let a test change what its process knows, and forget it afterwards."""
    monkeypatch.delenv("GATEHOUSE_PUBLIC_URL")
    monkeypatch.setenv("GATEHOUSE_LISTENS_AT", "http://testserver")
    for name, value in hub.django_settings({}).items():
        setattr(settings, name, value)


def form(**changed):
    return {"name": "Gatehouse", "public_url": "http://testserver", "signup": "open"} | changed


def test_what_is_saved_is_what_the_process_says(sure):
    told = sure.post(PATH, form(name="Our Hub", public_url="https://Hub.example.org/", signup="closed"))
    assert (told.status_code, told["Location"]) == (302, "https://hub.example.org" + PATH)
    follower = hub_settings.Follower()
    follower.follow()
    assert (settings.HUB_NAME, settings.PUBLIC_URL, settings.SIGNUP) == ("Our Hub", "https://hub.example.org", "closed")
    assert settings.SESSION_COOKIE_SECURE
    assert settings.CSRF_COOKIE_SECURE
    assert ["hub.example.org", "testserver", *hub.LOOPBACK] == settings.ALLOWED_HOSTS, "at the former one for a day"
    sure.post(PATH, form(name="Another", public_url="https://hub.example.org", signup="closed"))
    follower.follow()
    assert (settings.HUB_NAME, settings.PUBLIC_URL) == ("Another", "https://hub.example.org")


def test_what_nobody_changed_is_left_to_the_default(sure, monkeypatch):
    sure.post(PATH, form(name="Our Hub"))
    monkeypatch.setenv("GATEHOUSE_LISTENS_AT", "http://127.0.0.1:9000")
    assert hub_settings.values()["public_url"] == "http://127.0.0.1:9000"


@pytest.mark.parametrize(
    "address",
    ["hub.example.org", "ftp://hub.example.org", "https://hub.example.org/models", "https://*", "https://.example.org",
     "https://hub.example.org#x", "https://me@hub.example.org", "https://hub.example.org:99999", "https://a b", "https://",
     "https://hub.example.org\\@evil.org", "https://müller.example", "javascript:alert(1)", "https://h" + "x" * 400],
)  # fmt: skip
def test_a_wrong_address_is_refused_and_nothing_kept(sure, address):
    told = sure.post(PATH, form(name="Our Hub", public_url=address))
    assert told.status_code == 400
    assert "Write it like https://hub.example.org, without a path." in text_of(told)
    assert 'value="Our Hub"' in told.text, "nothing typed is lost"
    assert hub_settings.values()["name"] == "Gatehouse"
    with pytest.raises(BadSettingError):
        hub.check("public_url", address)


@pytest.mark.parametrize("changed", [{"name": "x" * 61}, {"name": "a\x07b"}, {"name": ""}, {"signup": "maybe"}])
def test_other_wrong_values_are_refused(sure, changed):
    assert sure.post(PATH, form(**changed)).status_code == 400


def test_the_environment_wins_and_the_form_says_so(sure, monkeypatch):
    monkeypatch.setenv("GATEHOUSE_NAME", "Written by the operator")
    page = sure.get(PATH)
    assert "Set by GATEHOUSE_NAME, which wins" in text_of(page)
    assert re.search(r'<input[^>]*name="name"[^>]*disabled', page.text)
    sure.post(PATH, form(name="Other", signup="closed"))
    assert hub_settings.values() == form(name="Written by the operator", signup="closed")
    with pytest.raises(BadSettingError, match="GATEHOUSE_NAME is set in the environment"):
        hub_settings.change({"name": "Other"}, by="a test")


def test_it_asks_for_the_password_and_for_the_pages_own_form(browser, sure):
    oleg = create_user("oleg", email="oleg@example.org", password=PASSWORD, admin=True)
    assert browser(oleg).post(PATH, form(name="Other"))["Location"].startswith("/account/reauthenticate/")
    careful = Client(enforce_csrf_checks=True)
    careful.cookies["gatehouse_session"] = session_for(oleg)
    assert careful.post(PATH, form(name="Other")).status_code == 403
    assert browser(make_user("carol")).post(PATH, form(name="Other")).status_code == 404
    assert hub_settings.values()["name"] == "Gatehouse"


def test_what_was_typed_is_saved_once_the_password_is_given(browser, db):
    client = browser(create_user("oleg", email="oleg@example.org", password=PASSWORD, admin=True))
    asked = client.post(PATH, form(name="Typed before"))["Location"]
    client.post(asked, {"password": PASSWORD})
    assert hub_settings.values()["name"] == "Typed before"


def test_another_host_is_still_refused(sure):
    hub_settings.change({"public_url": "https://hub.example.org"}, by="a test")
    hub_settings.apply()
    sentence = "This hub does not answer at this address, but at https://hub.example.org."
    refused = Client(headers={"Host": "evil.example"})
    assert (refused.get("/").status_code, sentence in refused.get("/").text) == (400, True)
    told = refused.get("/api/models")
    assert (told.status_code, told.headers["X-Error-Message"], told.json()) == (400, sentence, {"error": sentence})
    page = Client(headers={"Host": "127.0.0.1:8000"}).get("/", headers={"X-Forwarded-Host": "evil.example"})
    assert "https://hub.example.org" in page.text
    assert "evil.example" not in page.text


def test_forms_are_taken_from_the_address_that_counts_now(client, db):
    """Behind a proxy that speaks https, the address is the only thing that tells where a form belongs."""
    careful = Client(enforce_csrf_checks=True, headers={"Host": "hub.example.org"})
    hub_settings.change({"public_url": "https://hub.example.org"}, by="a test")
    hub_settings.apply()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', careful.get("/").text)[1]
    choice = {"language": "de", "csrfmiddlewaretoken": token}
    for origin, status in (("https://hub.example.org", 302), ("https://evil.example", 403)):
        assert careful.post("/-/language", choice, headers={"Origin": origin}).status_code == status
    hub_settings.change({"public_url": "https://new.example.org"}, by="a test")
    hub_settings.apply()
    careful.defaults["HTTP_HOST"] = "new.example.org"
    told = careful.post("/-/language", choice, headers={"Origin": "https://new.example.org"})
    assert told.status_code == 302


def test_a_former_address_is_over_after_a_day(db, settings):
    for address in ("https://old.example.org", "https://new.example.org"):
        hub_settings.change({"public_url": address}, by="a test")
    assert "old.example.org" in hub_settings.current()["ALLOWED_HOSTS"]
    hub_settings.HubSettings.objects.update(moved_at="2026-01-01T00:00:00Z")
    assert "old.example.org" not in hub_settings.current()["ALLOWED_HOSTS"]
    assert hub_settings.current()["CSRF_TRUSTED_ORIGINS"] == ["https://new.example.org"]


def test_nothing_is_asked_of_the_database_without_a_bell(db, django_assert_num_queries):
    follower = hub_settings.Follower()
    follower.follow()
    with django_assert_num_queries(0):
        follower.follow()
