"""The sign-in library's pages and letters speak in our words: in every state of them, none of its own texts is left.

Its texts, and those of Django's accounts, are read from their catalogues and marked while the pages are walked, so one
that slips through is found by the mark, wherever it comes from: a template, a form, an error, a message, a letter.
"""

import re
from importlib.resources import files
from pathlib import Path

import polib
import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.test import Client
from django.utils.translation import trans_real

import gatehouse
from factories import PASSWORD, make_user
from gatehouse.accounts.models import User
from gatehouse.outbox.models import Letter
from web_pages import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.once]

NEW = "a brand new phrase"
JOIN = {"username": "dora", "email": "dora@example.org", "fullname": "Dora Berg", "password1": PASSWORD}
TOTP = "/account/2fa/totp/"
CODES = "/account/2fa/recovery-codes/"
MARK = "\N{REFERENCE MARK}"
MARKED, TITLE, HEADING = re.compile(MARK), re.compile(r"<title>([^<]+)"), re.compile(r"<h1[^>]*>([^<]+)")


def texts_of(package):
    path = files(package).joinpath("locale", "en", "LC_MESSAGES", "django.po")
    return {entry.msgid for entry in polib.pofile(str(path))}


def our_sources():
    paths = Path(gatehouse.__file__).parent.rglob("*")
    return "".join(path.read_text() for path in paths if path.suffix in {".py", ".html", ".txt"})


@pytest.fixture(autouse=True)
def _marked(monkeypatch, db):
    """Mark the libraries' texts, but for those that we use too: a word such as "Password" is both's."""
    cache.clear()
    ours = our_sources()
    theirs = {text for text in texts_of("allauth") | texts_of("django.contrib.auth") if f'"{text}"' not in ours}
    english = trans_real.translation("en")._catalog
    marked = {text: MARK + text for text in theirs} | {(text, n): MARK + text for text in theirs for n in (0, 1)}
    monkeypatch.setattr(english, "_catalogs", [marked, *english._catalogs])
    monkeypatch.setattr(english, "_plurals", [lambda number: int(number != 1), *english._plurals])


class Walker(Client):
    """A browser that notes what it is shown, and on which page."""

    def __init__(self, notes):
        super().__init__()
        self.notes = notes

    def request(self, **asked):
        page = super().request(**asked)
        if page.content.startswith(b"<!doctype html>"):
            self.notes.append((asked["PATH_INFO"], page.text))
        return page

    def see(self, path, data=None):
        """Open a page, or send its form, and follow where that leads."""
        return self.get(path, follow=True) if data is None else self.post(path, data, follow=True)

    def sign_in(self, login, password=PASSWORD):
        return self.see("/login", {"login": login, "password": password})


@pytest.fixture
def notes():
    return []


@pytest.fixture
def walker(notes):
    """Give a browser; what it has been shown by the end, and every letter, must hold no marked text.

    No two pages with different headings may have the same title.
    """
    yield Walker(notes)
    letters = [("a letter", letter.subject + letter.text + letter.html) for letter in Letter.objects.all()]
    found = {
        (where, text[at.start() : at.start() + 80]) for where, text in notes + letters for at in MARKED.finditer(text)
    }
    assert not found, "\n".join(f"{where}: {text}" for where, text in sorted(found))
    headings = {}
    for where, text in notes:
        heading = HEADING.search(text)[1]
        assert headings.setdefault(TITLE.search(text)[1], heading) == heading, where


def link_in_letter(to):
    return re.search(r"http://testserver(\S+)", Letter.objects.filter(to=to).latest("pk").text)[1]


def code_of(secret):
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def test_the_marks_work():
    assert MARK in trans_real.gettext("Account Inactive")
    assert MARK not in trans_real.gettext("Password")


def test_signing_up(walker):
    make_user("alice")
    walker.see("/join")
    walker.see("/join", {})
    for wrong in (
        {"username": "alice"},
        {"username": "login"},
        {"username": "a/b"},
        {"email": "nobody"},
        {"password1": "short"},
        {"password1": "password"},
        {"password1": "dora@example.org"},
    ):
        walker.see("/join", JOIN | wrong)
    walker.see("/join", JOIN | {"email": "alice@example.org"})
    walker.see("/join", JOIN)
    walker.sign_in("dora")
    late = link_in_letter("dora@example.org")
    walker.see(late)
    walker.see(late, {})
    walker.see(late)
    walker.see("/confirm-email/nothing")
    walker.see("/logout")
    walker.see("/logout", {})


def test_signing_up_where_not_everybody_may(walker, settings, browser):
    for way in ("closed", "invitation"):
        settings.SIGNUP = way
        walker.see("/join")
        walker.see("/login")
    browser(make_user("boss", admin=True)).post("/invitations", {"email": "dora@example.org"})
    walker.see(link_in_letter("dora@example.org"))
    walker.see("/join", JOIN | {"email": "else@example.org"})
    walker.see("/join", JOIN)


def test_signing_in(walker):
    make_user("alice")
    walker.see("/login", {})
    walker.sign_in("nobody")
    walker.sign_in("nobody@example.org")
    walker.see("/account/login/code/confirm/")
    User.objects.update(is_active=False)
    walker.sign_in("alice")
    for _ in range(6):
        walker.sign_in("alice", "wrong")
    for _ in range(30):
        last = walker.sign_in("alice", "wrong")
    assert last.status_code == 429


def test_a_forgotten_password(walker):
    make_user("alice")
    walker.see("/password/reset")
    for address in ("", "nobody", "nobody@example.org", "alice@example.org"):
        walker.see("/password/reset", {"email": address})
    link = link_in_letter("alice@example.org")
    form = walker.see(link).redirect_chain[-1][0]
    for first, second in (("", ""), ("short", "short"), ("alice-alice", "alice-alice"), (NEW, "other"), (NEW, NEW)):
        walker.see(form, {"password1": first, "password2": second})
    walker.see(link)


def test_changing_password_and_address(walker):
    make_user("alice")
    walker.sign_in("alice")
    walker.see("/settings/password")
    for old, first, second in (("", "", ""), ("wrong", "password", "x"), (PASSWORD, NEW, "x"), (PASSWORD, NEW, NEW)):
        walker.see("/settings/password", {"oldpassword": old, "password1": first, "password2": second})
    for address in ("", "nobody", "alice@example.org", "new@example.org"):
        walker.see("/settings/email", {"email": address, "action_add": ""})
    for action in ("action_send", "action_remove"):
        walker.see("/settings/email", {"email": "new@example.org", action: ""})
    walker.see("/settings/email", {"email": "alice@example.org", "action_remove": ""})
    walker.see("/settings/email", {"email": "newer@example.org", "action_add": ""})
    walker.see(link_in_letter("newer@example.org"), {})
    walker.see("/settings/account")
    Walker([]).sign_in("alice", NEW)
    walker.see("/settings/sessions")
    walker.see("/settings/sessions", {})


def test_a_second_factor(walker, notes):
    make_user("alice")
    walker.sign_in("alice")
    walker.see("/account/2fa/")
    walker.see("/account/reauthenticate/?next=/settings/account")
    walker.see("/account/reauthenticate/", {"password": "wrong"})
    walker.see("/account/reauthenticate/", {"password": PASSWORD})
    secret = walker.see(f"{TOTP}activate/").context["form"].secret
    walker.see(f"{TOTP}activate/", {"code": ""})
    walker.see(f"{TOTP}activate/", {"code": "1"})
    assert Authenticator.objects.count() == 0
    walker.see(f"{TOTP}activate/", {"code": code_of(secret)})
    walker.see("/account/2fa/")
    walker.see("/account/2fa/reauthenticate/?next=/settings/account")
    walker.see("/account/2fa/reauthenticate/", {"code": "1"})
    codes = walker.see(CODES).context["unused_codes"]
    other = Walker(notes)
    other.sign_in("alice")
    other.see("/account/2fa/authenticate/", {"code": ""})
    other.see("/account/2fa/authenticate/", {"code": "1"})
    assert "signed in as alice" in text_of(other.see("/account/2fa/authenticate/", {"code": codes[0]}))
    walker.see(f"{CODES}generate/")
    walker.see(f"{CODES}generate/", {})
    for _ in range(6):
        last = walker.see("/account/2fa/reauthenticate/", {"code": "1"})
    assert "tried too often" in text_of(last)
    walker.see(f"{TOTP}deactivate/")
    walker.see(f"{TOTP}deactivate/", {})
    walker.see(f"{CODES}generate/")
    walker.see(f"{CODES}generate/", {})
    assert Authenticator.objects.count() == 0
