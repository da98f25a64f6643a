"""The page where a person lets an app in, and those where they end that and keep apps of their own."""

import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from factories import make_token, make_user
from gatehouse.accounts import oauth_apps, oauth_codes
from gatehouse.accounts.models import AccessToken, OAuthApp, ProgramLogin
from web_pages import text_of

PAGE = "/oauth/authorize"
SETTINGS = "/settings/connected-apps"
BACK = "https://app.example/callback"
VERIFIER = "v" * 43
PKCE = {"code_challenge": "7w_YNF9DSfIdPf_pRjSq646_kPr-2-o9NAl16JGghdM", "code_challenge_method": "S256"}


@pytest.fixture
def app(db):
    return oauth_apps.create(None, name="<b>Notebook</b>", uris=[BACK, "cursor://back"], confidential=False).app


def address(app, **more):
    fields = {"client_id": app.client_id, "redirect_uri": BACK, "response_type": "code", "state": "s&t"} | PKCE | more
    return f"{PAGE}?{urlencode(fields)}"


def let_in(browser, user, app, **more):
    """Allow an app in a browser and give what it got."""
    answer = browser(user).post(address(app, **more), {"decision": "allow"})
    code = parse_qs(urlsplit(answer["Location"]).query)["code"][0]
    redirect_uri = more.get("redirect_uri", BACK)
    return oauth_codes.collect(app, code, redirect_uri=redirect_uri, verifier=VERIFIER)


def test_who_is_not_signed_in_signs_in_and_comes_back(browser, app):
    answer = browser().get(address(app))
    assert answer["Location"] == "/login?" + urlencode({"next": address(app)})


def test_it_says_who_asks_for_what_and_lets_nobody_in_by_itself(browser, alice, app):
    page = browser(alice).get(address(app, scope="openid profile email gated-repos"))
    text = text_of(page)
    for said in (
        "Sign in to <b>Notebook</b>?",
        "signed in here as alice",
        "registered itself: nobody here answers for it",
        "app.example https://app.example/callback",
        "know your e-mail address",
        "read gated repositories of others to which you have access",
        "do not know where you are led to, deny it",
    ):
        assert said in text
    assert "<b>Notebook" not in page.text
    assert (page["X-Frame-Options"], page["Cache-Control"]) == ("DENY", "private, no-store")
    assert "form-action 'self' https:;" in page["Content-Security-Policy"]
    assert not ProgramLogin.objects.exists()


@pytest.mark.parametrize(
    ("uri", "said"),
    [("cursor://back", "a program on this device that opens cursor:"), ("http://127.0.0.1:7/x", "on this computer")],
)
def test_it_says_that_one_is_led_to_a_program(browser, alice, uri, said):
    app = oauth_apps.create(alice, name="Editor", uris=["cursor://back", "http://127.0.0.1/x"], confidential=False).app
    page = browser(alice).get(address(app, redirect_uri=uri, scope="write-repos"))
    assert said in text_of(page)
    assert "made by alice , who has an account here" in text_of(page)
    assert "can act as you" in text_of(page)
    answer = browser(alice).post(address(app, redirect_uri=uri), {"decision": "allow"})
    assert answer["Location"].startswith(f"{uri}?code=")


def test_allowing_leads_back_with_a_code(browser, alice, app):
    answer = browser(alice).post(address(app), {"decision": "allow"})
    back = urlsplit(answer["Location"])
    assert (answer.status_code, f"{back.scheme}://{back.netloc}{back.path}") == (303, BACK)
    told = parse_qs(back.query)
    assert (told["state"], told["iss"], len(told["code"][0])) == (["s&t"], ["http://testserver"], 43)
    assert told["code"][0] not in str(vars(ProgramLogin.objects.get()))


@pytest.mark.parametrize("decision", [{"decision": "deny"}, {}])
def test_denying_leads_back_with_nothing(browser, alice, app, decision):
    told = parse_qs(urlsplit(browser(alice).post(address(app), decision)["Location"]).query)
    assert (told["error"], told["state"], "code" in told) == (["access_denied"], ["s&t"], False)
    assert not ProgramLogin.objects.exists()


def test_no_other_site_and_no_token_decides(browser, client, alice, app):
    assert browser(alice, enforce_csrf_checks=True).post(address(app), {"decision": "allow"}).status_code == 403
    headers = {"Authorization": f"Bearer {make_token(alice, 'write')}"}
    assert client.post(address(app), {"decision": "allow"}, headers=headers)["Location"].startswith("/login?")
    assert not ProgramLogin.objects.exists()


@pytest.mark.parametrize("who", ["nobody", "alice"])
def test_nobody_is_led_on_by_a_wish_that_cannot_be_granted(browser, alice, app, who):
    visitor = browser(alice if who == "alice" else None)
    page = visitor.get(address(app, scope="world"))
    assert (page.status_code, "knows no scope 'world'" in text_of(page)) == (400, True)
    link = re.search(r'href="(https://app[^"]+)"', page.text)[1].replace("&amp;", "&")
    assert parse_qs(urlsplit(link).query)["error"] == ["invalid_scope"]
    assert "noreferrer" in page.text
    for wrong in ({"redirect_uri": "https://evil.example/"}, {"client_id": "x"}):
        page = visitor.get(address(app, **wrong))
        assert page.status_code in {400, 401}
        assert 'href="https://' not in page.text
    assert visitor.post(address(app, redirect_uri="https://evil.example/"), {"decision": "allow"}).status_code == 400


@pytest.mark.parametrize(("scope", "said"), [("contribute-repos", True), ("contribute-repos write-repos", False)])
def test_it_says_that_an_app_makes_repositories(browser, alice, app, scope, said):
    page = text_of(browser(alice).get(address(app, scope=scope)))
    assert ("read and change those that it made" in page, "do everything that you may do" in page) == (said, not said)


@pytest.mark.parametrize("more", [{"prompt": "login"}, {"max_age": "0"}])
def test_an_app_may_want_that_one_proves_anew_who_one_is(browser, alice, app, more):
    where = "/account/reauthenticate/?"
    assert browser(alice).get(address(app, **more))["Location"].startswith(where)
    assert browser(alice).post(address(app, **more), {"decision": "allow"})["Location"].startswith(where)
    assert browser(alice).get(address(app, prompt="consent", max_age="x")).status_code == 200


def test_an_app_is_listed_once_and_shut_out_there(browser, alice, carol, app):
    for scope in ("openid profile", "read-repos"):
        let_in(browser, alice, app, scope=scope)
    let_in(browser, carol, app)
    page = browser(alice).get(SETTINGS)
    assert page.text.count("shut-out") == 1
    assert "private and gated repositories included" in text_of(page)
    assert "Notebook" not in text_of(browser(alice).get("/settings/tokens"))
    browser(alice).post(f"{SETTINGS}/{app.client_id}/shut-out")
    assert not AccessToken.objects.filter(user=alice).exists()
    assert AccessToken.objects.get().user == carol


def make(browser, user, **more):
    form = {"name": "Dashboard", "redirect_uris": f"{BACK}\nhttp://127.0.0.1/cb", "confidential": "yes"} | more
    return browser(user).post(SETTINGS, form)


def test_a_secret_is_shown_once(browser, alice):
    page = make(browser, alice)
    secret = re.search(r"oauth_app_secret_[\w-]+", page.text)[0]
    app = OAuthApp.objects.get()
    assert oauth_apps.authenticate(app.client_id, secret).owner == alice
    assert page["Cache-Control"] == "no-store"
    assert secret not in browser(alice).get(f"{SETTINGS}/{app.client_id}").text
    other = re.search(r"oauth_app_secret_[\w-]+", browser(alice).post(f"{SETTINGS}/{app.client_id}/secret").text)[0]
    assert oauth_apps.authenticate(app.client_id, other)
    with pytest.raises(oauth_apps.OAuthRefused):
        oauth_apps.authenticate(app.client_id, secret)


def test_an_app_without_a_secret_gets_none(browser, alice):
    assert "oauth_app_secret" not in make(browser, alice, confidential="no").text
    client_id = OAuthApp.objects.get().client_id
    assert browser(alice).post(f"{SETTINGS}/{client_id}/secret").status_code == 404
    assert OAuthApp.objects.get().secret_digest == ""


def test_an_app_is_changed_and_deleted_by_its_owner(browser, alice, carol):
    make(browser, alice)
    app = OAuthApp.objects.get()
    page = f"{SETTINGS}/{app.client_id}"
    for attempt in (page, f"{page}/secret", f"{page}/delete"):
        browser(carol).post(attempt, {"name": "Mine", "redirect_uris": "https://evil.example/"})
    assert browser(carol).get(page).status_code == 404
    app.refresh_from_db()
    assert (app.name, app.redirect_uris) == ("Dashboard", f"{BACK}\nhttp://127.0.0.1/cb")
    browser(alice).post(page, {"name": "Board", "redirect_uris": "https://board.example/"})
    app.refresh_from_db()
    assert (app.name, app.redirect_uris) == ("Board", "https://board.example/")
    browser(alice).post(f"{page}/delete")
    assert not OAuthApp.objects.exists()


@pytest.mark.parametrize(
    "wrong", [{"redirect_uris": "http://app.example/"}, {"name": "a\u202eb"}, {"confidential": ""}]
)
def test_what_cannot_be_is_said_at_the_form(browser, alice, wrong):
    page = make(browser, alice, **wrong)
    assert (page.status_code, "Please look at this again" in text_of(page)) == (400, True)
    assert not OAuthApp.objects.exists()


def test_one_person_has_fifty_apps(browser, alice, monkeypatch):
    monkeypatch.setattr(oauth_apps, "MOST_APPS", 1)
    make(browser, alice)
    assert "One person may have 1 apps" in text_of(make(browser, alice))
    assert make(browser, make_user("dave")).status_code == 200
