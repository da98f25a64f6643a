"""The administrator's pages: for administrators alone, and every deed asks for the password again and is logged."""

import logging
import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.db import connection
from django.test import Client

from browser.world import session_for
from factories import make_repo, make_token, make_user, make_webhook
from gatehouse.accounts import administration
from gatehouse.accounts.models import User
from gatehouse.accounts.people import create_user
from gatehouse.outbox import letters
from gatehouse.outbox.models import Letter
from gatehouse.outbox.webhook_models import Webhook
from gatehouse.storage import marks
from gatehouse.storage.errors import Refusal
from web_pages import text_of

pytestmark = pytest.mark.django_db
PAGES = ["", "/users", "/organizations", "/repos", "/letters", "/webhooks", "/settings"]


@pytest.fixture
def olga(db):
    """Give the operator of the hub."""
    user = make_user("olga")
    user.is_superuser = True
    user.save()
    return user


@pytest.fixture
def sure(olga):
    """Give the operator's browser, who gave their password a moment ago."""
    client = Client()
    client.cookies["gatehouse_session"] = session_for(olga)
    return client


@pytest.mark.parametrize("page", PAGES)
def test_the_pages_are_for_administrators_alone(browser, olga, alice, page):
    assert browser(olga).get(f"/-/admin{page}").status_code == 200
    assert browser(alice).get(f"/-/admin{page}").status_code == 404
    assert browser().get(f"/-/admin{page}").status_code == 302


@pytest.mark.parametrize("path", ["users/carol/deactivate", "letters/drop"])
def test_others_can_do_nothing_there(browser, alice, carol, path):
    assert browser(alice).post(f"/-/admin/{path}", {"letter": "all"}).status_code == 404
    carol.refresh_from_db()
    assert carol.is_active


def test_a_deed_asks_for_the_password_again(browser, olga, carol):
    answer = browser(olga).post("/-/admin/users/carol/deactivate")
    assert answer["Location"].startswith("/account/reauthenticate/")
    carol.refresh_from_db()
    assert carol.is_active


def test_a_deed_wants_the_pages_own_form(olga, carol):
    client = Client(enforce_csrf_checks=True)
    client.cookies["gatehouse_session"] = session_for(olga)
    assert client.post("/-/admin/users/carol/deactivate").status_code == 403


def test_who_is_shut_out_is_out_at_once(sure, browser, carol, caplog):
    token, theirs = make_token(carol), browser(carol)
    theirs.get("/settings/profile")
    with caplog.at_level(logging.WARNING, "gatehouse"):
        page = sure.post("/-/admin/users/carol/deactivate", follow=True)
    assert "carol is shut out." in text_of(page)
    assert "olga deactivated the account carol" in caplog.text
    assert theirs.get("/settings/profile").status_code == 302
    assert theirs.get("/api/whoami-v2", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    sure.post("/-/admin/users/carol/activate")
    assert Client().get("/api/whoami-v2", headers={"Authorization": f"Bearer {token}"}).status_code == 200


@pytest.mark.parametrize("deed", ["deactivate", "unmake-admin"])
def test_nobody_does_it_to_themselves(sure, olga, deed):
    assert sure.post(f"/-/admin/users/olga/{deed}").status_code == 409
    olga.refresh_from_db()
    assert olga.is_superuser
    assert olga.is_active


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("deed", [administration.deactivate, administration.unmake_admin])
def test_two_who_shut_each_other_out_do_not_both_succeed(deed):
    both = [create_user(name, email=f"{name}@example.org", password=None, admin=True) for name in ("olga", "oleg")]
    start = Barrier(2)

    def do(by, user):
        start.wait()
        try:
            deed(user, by=by)
        except Refusal as refusal:
            return refusal.message
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(do, both, reversed(both)))
    assert User.objects.filter(is_superuser=True, is_active=True).count() == 1
    assert sorted(told, key=str) == [None, "You are no administrator any more."]


def asks_before(page, address):
    """Whether each button that leads to the address stands in a dialog."""
    rest = re.sub(r"<dialog.*?</dialog>", "", page.text, flags=re.DOTALL)
    return address in page.text and address not in rest


def test_another_becomes_administrator_and_ceases_to_be_one(sure, carol):
    for deed, is_admin in (("make-admin", True), ("unmake-admin", False)):
        sure.post(f"/-/admin/users/carol/{deed}")
        carol.refresh_from_db()
        assert carol.is_superuser is is_admin


def test_a_lost_second_factor_is_removed(sure, carol):
    TOTP.activate(carol, "JBSWY3DPEHPK3PXP")
    assert asks_before(sure.get("/-/admin/users?q=carol"), "/-/admin/users/carol/reset-second-factor")
    sure.post("/-/admin/users/carol/reset-second-factor")
    assert not Authenticator.objects.filter(user=carol).exists()


def test_there_is_no_other_deed(sure, carol):
    assert sure.post("/-/admin/users/carol/delete").status_code == 404


def test_failed_letters_are_tried_again_or_dropped(sure):
    first, second = (letters.put("carol@example.org", f"Letter {number}", "text") for number in (1, 2))
    Letter.objects.update(state=Letter.State.FAILED, error="no such box")
    page = sure.get("/-/admin/letters")
    assert "no such box" in text_of(page)
    assert asks_before(page, "/-/admin/letters/drop")
    sure.post("/-/admin/letters/retry", {"letter": first.pk})
    sure.post("/-/admin/letters/drop", {"letter": second.pk})
    assert list(Letter.objects.values_list("pk", "state")) == [(first.pk, "waiting")]
    sure.post("/-/admin/letters/drop", {"letter": "all"})
    assert Letter.objects.filter(pk=first.pk).exists(), "what still waits is not dropped"


@pytest.mark.parametrize("which", ["", "x", "-1"])
def test_a_form_without_a_letter_is_refused(sure, which):
    assert sure.post("/-/admin/letters/drop", {"letter": which}).status_code == 400


def test_an_administrator_reads_no_gated_and_no_private_file(sure, alice, gated):
    make_repo(alice, "hidden", private=True, files={"README.md": "secret words"})
    assert "alice/hidden" in text_of(sure.get("/-/admin/repos"))
    assert sure.get("/alice/hidden").status_code == 404
    assert sure.get("/alice/tern/blob/main/config.json").status_code == 403


def test_an_empty_hub_greets_its_administrator(sure, browser, carol):
    answer = sure.get("/")
    page = text_of(answer)
    assert "/olga/first-model" not in answer.text, "no link to what is not there yet"
    assert "three steps make it yours" in page
    assert "hf upload olga/first-model ./folder" in page
    assert "three steps" not in text_of(browser(carol).get("/"))


def test_an_empty_hub_tells_a_stranger_what_comes_first(client, settings):
    assert "gatehouse user create NAME --email YOU@EXAMPLE.ORG --admin" in text_of(client.get("/"))
    make_user("carol")
    page = client.get("/")
    assert "gatehouse user create" not in page.text
    assert 'href="/join"' in page.text
    settings.SIGNUP = "closed"
    assert 'href="/join"' not in client.get("/").text


def test_lists_are_sorted_and_narrowed_and_their_pages_stay_so(sure, carol):
    for number in range(51):
        make_user(f"many-{number:02}")
    User.objects.filter(username__startswith="many").update(is_active=False)
    page = sure.get("/-/admin/users?part=shut-out&sort=newest")
    assert "51 found" in text_of(page)
    assert "carol@example.org" not in page.text
    assert page.text.index("many-50@") < page.text.index("many-49@")
    assert "part=shut-out&amp;sort=newest&amp;page=2" in page.text
    assert sure.get("/-/admin/users?part=nonsense&sort=nonsense&page=nonsense").status_code == 200


def test_members_and_repos_of_an_organization_are_counted(sure, acme, bob):
    for name in ("one", "two", "three"):
        make_repo(acme, name, creator=bob)
    (row,) = sure.get("/-/admin/organizations?sort=repos").context["rows"]
    assert (row.members, row.repos) == (2, 3)


def test_failing_webhooks_are_told_without_what_is_secret_in_them(sure, alice):
    make_webhook(alice, "https://hooks.example.org/secret-path")
    make_webhook(alice, "https://fine.example.org/")
    Webhook.objects.filter(url__contains="secret").update(failures=3)
    assert "1 webhook fails" in text_of(sure.get("/-/admin"))
    page = sure.get("/-/admin/webhooks?part=failing")
    assert "hooks.example.org alice Failing 3 failures in a row" in text_of(page)
    assert "secret-path" not in page.text
    assert "fine.example.org" not in page.text


def test_the_overview_says_whether_the_worker_and_backups_run(sure):
    page = text_of(sure.get("/-/admin"))
    assert "The background worker does not run" in page
    assert "never by gatehouse backup" in page
    marks.leave(marks.WORKER_SEEN)
    marks.leave(marks.BACKUP_DONE)
    page = text_of(sure.get("/-/admin"))
    assert "At work" in page
    assert "Last backup just now" in page


def test_users_are_found_and_come_in_pages(sure, carol):
    assert "carol@example.org" in text_of(sure.get("/-/admin/users?q=CARO"))
    assert sure.get("/-/admin/users?q=carol").text.count('value="carol"') == 1, "in one of two searches"
    assert "Nobody has this" in text_of(sure.get("/-/admin/users?q=zzzz"))
    for number in range(51):
        make_user(f"many-{number}")
    assert "Page 1 of 2" in text_of(sure.get("/-/admin/users"))
