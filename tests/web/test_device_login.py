"""The page where a person lets a program in."""

import pytest

from factories import make_token
from gatehouse.accounts import device_logins, program_logins
from gatehouse.accounts.models import AccessToken, ProgramLogin
from gatehouse.accounts.oauth_refusal import OAuthRefused
from web_pages import text_of

URL = "/oauth/device"
Status = ProgramLogin.Status


@pytest.fixture
def codes(db):
    return device_logins.begin(device_logins.CLIENT_ID, program="huggingface_hub 2.4.0", address="203.0.113.9")


def status():
    return ProgramLogin.objects.get().status


def test_who_is_not_signed_in_signs_in_and_comes_back_with_the_code(browser, codes):
    page = browser().get(f"{URL}?user_code=BCDF-GHJK")
    assert page["Location"] == "/login?next=%2Foauth%2Fdevice%3Fuser_code%3DBCDF-GHJK"


def test_it_says_who_asks_for_what_and_lets_nobody_in_by_itself(browser, alice, codes):
    text = text_of(browser(alice).get(URL, {"user_code": codes.user_code}))
    for said in (
        "Sign a program in as alice?",
        f"{codes.user_code[:4]}-{codes.user_code[4:]}",
        "calls itself huggingface_hub 2.4.0",
        "203.0.113.9",
        "another address than this browser's, which is 127.0.0.1",
        "do everything that you may do",
        "If somebody sent you this link or this code, deny it",
    ):
        assert said in text
    assert status() == Status.WAITING


@pytest.mark.parametrize("spell", [str.lower, lambda code: f" {code[:4]} - {code[4:]} ", lambda code: f"{code}\n"])
def test_the_code_may_be_typed_in_any_spelling(browser, alice, codes, spell):
    assert "Sign a program in as alice?" in text_of(browser(alice).get(URL, {"user_code": spell(codes.user_code)}))


@pytest.mark.parametrize(
    ("decision", "expected", "said"),
    [("allow", Status.ALLOWED, "may come in"), ("deny", Status.DENIED, "stays out"), ("", Status.DENIED, "stays out")],
)
def test_a_decision_counts_once(browser, alice, carol, codes, decision, expected, said):
    form = {"user_code": codes.user_code, "decision": decision}
    assert said in text_of(browser(alice).post(f"{URL}/decide", form))
    assert status() == expected
    again = browser(carol).post(f"{URL}/decide", form | {"decision": "allow"})
    assert (again.status_code, "No program waits with this code" in text_of(again)) == (404, True)
    assert ProgramLogin.objects.filter(status=expected).count() == 1


def test_no_other_site_can_decide(browser, alice, codes):
    form = {"user_code": codes.user_code, "decision": "allow"}
    assert browser(alice, enforce_csrf_checks=True).post(f"{URL}/decide", form).status_code == 403
    assert browser(alice).get(f"{URL}/decide", form).status_code == 405
    assert status() == Status.WAITING


def test_a_token_opens_no_page_and_decides_nothing(client, alice, codes):
    headers = {"Authorization": f"Bearer {make_token(alice, 'write')}"}
    form = {"user_code": codes.user_code, "decision": "allow"}
    assert client.get(URL, form, headers=headers).status_code == 302
    assert client.post(f"{URL}/decide", form, headers=headers).status_code == 302
    assert status() == Status.WAITING


def test_a_wrong_code_is_said_to_be_wrong(browser, alice, codes):
    page = browser(alice).get(URL, {"user_code": '<b>"BCDF'})
    assert (page.status_code, "<b>" in page.text) == (404, False)
    assert "No program waits with this code" in text_of(page)


def test_nobody_finds_a_code_by_trying(browser, alice, codes):
    guesser = browser(alice)
    tries = [guesser.get(URL, {"user_code": f"BCDFGHJ{letter}"}).status_code for letter in "BCDFGHJKLMNPQRSTVWXZ"]
    assert set(tries) == {404}
    assert guesser.get(URL, {"user_code": codes.user_code}).status_code == 429
    assert guesser.post(f"{URL}/decide", {"user_code": codes.user_code, "decision": "allow"}).status_code == 429
    assert status() == Status.WAITING


def test_the_login_is_listed_once_and_ends_there(browser, alice, codes):
    browser(alice).post(f"{URL}/decide", {"user_code": codes.user_code, "decision": "allow"})
    given = device_logins.collect(device_logins.CLIENT_ID, codes.device_code)
    program_logins.renew(None, given.refresh_token)
    text = text_of(browser(alice).get("/settings/tokens"))
    assert text.count("huggingface_hub 2.4.0 signed in by browser, from 203.0.113.9") == 1
    browser(alice).post(f"/settings/tokens/{AccessToken.objects.first().public_id}/revoke")
    assert not AccessToken.objects.exists()
    with pytest.raises(OAuthRefused):
        program_logins.renew(None, given.refresh_token)


def test_nobody_ends_the_logins_of_others(browser, alice, carol, codes):
    browser(alice).post(f"{URL}/decide", {"user_code": codes.user_code, "decision": "allow"})
    device_logins.collect(device_logins.CLIENT_ID, codes.device_code)
    browser(carol).post(f"/settings/tokens/{AccessToken.objects.get().public_id}/revoke")
    assert ProgramLogin.objects.get().status == Status.IN_USE
