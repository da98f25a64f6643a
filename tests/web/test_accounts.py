"""Sign-up with verification, sign-in, password reset, change of address, two factors, invitations."""

import re

import pytest
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core.cache import cache
from django.test import Client

from factories import PASSWORD, make_user
from gatehouse.accounts.models import Invitation, Namespace, User
from gatehouse.outbox.models import Letter
from web_pages import text_of

JOIN = {"username": "dora", "email": "dora@example.org", "fullname": "Dora Berg", "password1": PASSWORD}


@pytest.fixture(autouse=True)
def _fresh_rate_limits(db):
    cache.clear()


def link_in_letter(to):
    text = Letter.objects.filter(to=to).latest("pk").text
    return re.search(r"http://testserver(\S+)", text)[1]


def sign_in(client, login, password=PASSWORD, **more):
    return client.post("/login", {"login": login, "password": password} | more)


def test_a_person_signs_up_confirms_by_the_letter_and_returns_to_where_they_were(client):
    page = client.post("/join", JOIN | {"next": "/alice/tern"}, follow=True)
    assert "Confirm your address" in text_of(page)
    page = client.post(link_in_letter("dora@example.org"))
    assert page["Location"] == "/alice/tern"
    assert client.get("/settings/profile").status_code == 200
    assert Namespace.objects.get(key="dora").user.fullname == "Dora Berg"


def test_the_letter_is_in_our_own_words(client):
    client.post("/join", JOIN)
    letter = Letter.objects.get()
    assert letter.subject == "Confirm your e-mail address"
    assert letter.text.startswith("Welcome to Gatehouse, Dora Berg.")
    assert letter.text.endswith("Gatehouse, http://testserver\n")


def test_without_confirmation_nobody_signs_in(client):
    client.post("/join", JOIN)
    assert sign_in(Client(), "dora")["Location"] == "/confirm-email"
    assert client.get("/settings/profile").status_code == 302


def test_opening_the_link_elsewhere_confirms_but_signs_nobody_in(client):
    client.post("/join", JOIN)
    other = Client()
    other.post(link_in_letter("dora@example.org"))
    assert other.get("/settings/profile").status_code == 302
    assert sign_in(other, "dora")["Location"] == "/"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"username": "Alice"}, "taken"),
        ({"username": "settings"}, "reserved"),
        ({"username": "a/b"}, "Use 2 to 42 letters"),
        ({"email": "nobody"}, "That is not an e-mail address"),
        ({"password1": "password"}, "too common"),
        ({"fullname": ""}, "required"),
    ],
)
def test_a_wrong_sign_up_is_told_and_makes_nobody(client, wrong, said):
    make_user("alice")
    page = client.post("/join", JOIN | wrong)
    assert said in text_of(page)
    assert User.objects.count() == 1


def test_a_known_address_is_told_by_letter_and_not_on_the_page(client):
    make_user("alice", fullname="Alice")
    page = client.post("/join", JOIN | {"email": "alice@example.org"}, follow=True)
    assert "Confirm your address" in text_of(page)
    assert "It belongs to an account already." in Letter.objects.get().text
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("path", "field", "attributes"),
    [
        ("/login", "login", {'autocomplete="username"', 'autocapitalize="none"', "autofocus"}),
        ("/login", "password", {'autocomplete="current-password"'}),
        ("/join", "username", {'autocomplete="username"', 'autocapitalize="none"'}),
        ("/join", "email", {'autocomplete="email"'}),
        ("/join", "password1", {'autocomplete="new-password"', 'aria-describedby="id_password1_helptext"'}),
        ("/password/reset", "email", {'autocomplete="email"', "autofocus"}),
        ("/account/2fa/authenticate/", "code", {'autocomplete="one-time-code"', 'inputmode="numeric"', "autofocus"}),
    ],
)
def test_fields_tell_browsers_what_belongs_in_them(client, path, field, attributes):
    TOTP.activate(make_user("alice"), "JBSWY3DPEHPK3PXP")
    if "2fa" in path:
        sign_in(client, "alice")
    drawn = re.search(rf'<input[^>]* name="{field}"[^>]*>', client.get(path).text)[0]
    assert attributes <= set(drawn.strip("<>").split())


def test_signing_in_by_name_or_address(client):
    make_user("alice")
    for login in ("alice", "alice@example.org"):
        assert sign_in(client, login, next="/alice")["Location"] == "/alice"
        client.post("/logout")
        assert client.get("/settings/profile").status_code == 302


def test_signing_in_leads_nowhere_else(client):
    make_user("alice")
    assert sign_in(client, "alice", next="https://evil.example/")["Location"] == "/"


def test_too_many_wrong_passwords_are_slowed_down(client):
    make_user("alice")
    for _ in range(5):
        sign_in(client, "alice", "wrong")
    assert "tried too often" in text_of(sign_in(client, "alice"))


def test_a_forgotten_password_is_replaced(client):
    make_user("alice")
    client.post("/password/reset", {"email": "alice@example.org"})
    page = client.get(link_in_letter("alice@example.org"), follow=True)
    client.post(page.redirect_chain[-1][0], {"password1": "a brand new phrase", "password2": "a brand new phrase"})
    assert sign_in(Client(), "alice", "a brand new phrase")["Location"] == "/"
    assert "Your password was changed" in Letter.objects.latest("pk").subject


def test_an_unknown_address_is_answered_by_letter_alone(client):
    page = client.post("/password/reset", {"email": "nobody@example.org"}, follow=True)
    assert "A letter is on its way" in text_of(page)
    assert "There is none, or it is switched off." in Letter.objects.get().text


def test_a_used_link_says_so(client):
    assert "does not work any more" in text_of(client.get("/password/reset/1-x-y"))
    assert "confirms nothing any more" in text_of(client.get("/confirm-email/nothing"))


def test_a_password_is_changed(client):
    make_user("alice")
    sign_in(client, "alice")
    client.post(
        "/settings/password",
        {"oldpassword": PASSWORD, "password1": "a brand new phrase", "password2": "a brand new phrase"},
    )
    assert sign_in(Client(), "alice", "a brand new phrase")["Location"] == "/"


def test_a_new_address_counts_once_it_is_confirmed(client):
    alice = make_user("alice")
    sign_in(client, "alice")
    client.post("/settings/email", {"email": "new@example.org", "action_add": ""})
    assert "Waits to be confirmed" in text_of(client.get("/settings/email"))
    alice.refresh_from_db()
    assert alice.email == "alice@example.org"
    client.post(link_in_letter("new@example.org"))
    alice.refresh_from_db()
    assert alice.email == "new@example.org"


def test_two_factors_are_set_up_and_asked_for(client):
    make_user("alice")
    sign_in(client, "alice")
    page = client.get("/account/2fa/totp/activate/", follow=True)
    assert "Confirm it is you" in text_of(page)
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    secret = client.get("/account/2fa/totp/activate/").context["form"].secret
    code = format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
    client.post("/account/2fa/totp/activate/", {"code": f"{code[:3]} {code[3:]}"})  # as apps show it
    assert "Two-factor sign-in On" in text_of(client.get("/settings/account"))
    assert sign_in(Client(), "alice")["Location"] == "/account/2fa/authenticate/"


def test_closed_sign_up_makes_nobody(client, settings):
    settings.SIGNUP = "closed"
    assert "makes no new accounts" in text_of(client.get("/join"))
    client.post("/join", JOIN)
    assert not User.objects.exists()


@pytest.fixture
def invited(settings, browser):
    """Give the link of a letter to dora@example.org."""
    settings.SIGNUP = "invitation"
    admin = make_user("boss", admin=True)
    browser(admin).post("/invitations", {"email": "dora@example.org"})
    return link_in_letter("dora@example.org")


def test_an_invitation_makes_one_account_without_another_letter(client, invited):
    assert 'value="dora@example.org"' in client.get(invited).text
    assert client.post("/join", JOIN)["Location"] == "/"
    assert client.get("/settings/profile").status_code == 200
    assert Letter.objects.count() == 1
    assert Invitation.objects.get().used_at
    assert "by invitation" in text_of(Client().get(invited))


def test_an_invitation_is_for_its_address(client, invited):
    client.get(invited)
    page = client.post("/join", JOIN | {"email": "else@example.org"})
    assert "Use the address that the invitation was sent to." in text_of(page)
    assert not User.objects.filter(username="dora").exists()


def test_without_an_invitation_nobody_signs_up(client, invited):
    for code in ("", "?invitation=guess"):
        assert "by invitation" in text_of(client.get(f"/join{code}"))
        client.post("/join", JOIN)
    assert not User.objects.filter(username="dora").exists()


def test_a_revoked_invitation_does_not_work(client, invited, browser):
    browser(User.objects.get()).post(f"/invitations/{Invitation.objects.get().pk}/revoke")
    assert "by invitation" in text_of(client.get(invited))


def test_only_administrators_invite(browser, settings, carol):
    settings.SIGNUP = "invitation"
    assert browser(carol).get("/invitations").status_code == 403
    assert browser(carol).post("/invitations", {"email": "x@example.org"}).status_code == 403
    assert not Letter.objects.exists()


@pytest.mark.parametrize("login", ["alice", "nobody", "alice@example.org", "ALICE@example.org", "nobody@example.org"])
def test_whether_somebody_has_an_account_no_clock_tells(client, alice, login, monkeypatch):
    hashed = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *given: hashed.append(1) or encode(*given))
    assert client.post("/login", {"login": login, "password": "a wrong one"}).status_code == 200
    assert len(hashed) == 1
