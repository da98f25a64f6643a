"""A repo's own address for letters: it is asked once, and nobody is mailed who has not agreed."""

import re
from datetime import timedelta

import pytest
from django.core import signing
from django.utils import timezone

from factories import make_org, make_repo
from gatehouse.access import access_requests, gating, notice_addresses
from gatehouse.access.models import NoticeAddress
from gatehouse.access.unsubscribing import Recipient
from gatehouse.outbox.models import Letter
from web_pages import text_of

TEAM = "team@example.org"


@pytest.fixture
def repo(alice):
    return make_repo(alice, "open", gated="manual", notifications_mode="real-time")


def told():
    """Give who gets the letters, in their order, and forget them."""
    addresses = list(Letter.objects.order_by("pk").values_list("to", flat=True))
    Letter.objects.all().delete()
    return addresses


def link():
    return re.search(r"http://\S+(/-/notice-address/\S+)", Letter.objects.get(to=TEAM).text)[1]


def test_a_stranger_gets_one_question_and_no_requests(repo, bob, carol):
    gating.configure(repo, notifications_email=TEAM)
    gating.configure(repo, notifications_email=TEAM)
    assert told() == [TEAM]
    access_requests.submit(repo, carol, {})
    assert told() == ["alice@example.org"]


def test_who_follows_the_link_and_agrees_gets_the_letters(browser, client, repo, alice, carol):
    gating.configure(repo, notifications_email="Team@example.org")
    key = re.search(r"http://\S+(/-/notice-address/\S+)", Letter.objects.get().text)[1]
    assert "alice wants letters about access requests to be sent to team@example.org" in text_of(client.get(key))
    assert not notice_addresses.agreed(repo), "opening the link must not be enough"
    assert "may go to team@example.org" in text_of(client.post(key))
    told()
    access_requests.submit(repo, carol, {})
    assert told() == ["Team@example.org"]


def test_an_agreement_holds_for_the_other_repos_of_the_owner_alone(client, repo, alice, carol):
    gating.configure(repo, notifications_email=TEAM)
    client.post(link())
    for other, holds in ((make_repo(alice, "second"), True), (make_repo(carol, "hers"), False)):
        other.notifications_email = TEAM
        assert notice_addresses.agreed(other) is holds


def test_an_address_of_a_member_needs_no_question(acme, alice, bob):
    repo = make_repo(acme, gated="manual", creator=alice)
    gating.configure(repo, notifications_email="Bob@example.org")
    assert told() == []
    assert notice_addresses.agreed(repo)
    acme.memberships.filter(user=bob).delete()
    assert not notice_addresses.agreed(repo)


def test_the_address_of_somebody_else_with_an_account_is_asked(repo, carol):
    gating.configure(repo, notifications_email=carol.email)
    assert not notice_addresses.agreed(repo)
    assert told() == [carol.email]


def test_many_namespaces_cannot_flood_one_address(alice):
    for number in range(6):
        owner = make_org(f"org-{number}", admin=alice)
        gating.configure(make_repo(owner, gated="manual", creator=alice), notifications_email=TEAM)
    assert told() == [TEAM] * notice_addresses.MOST_A_DAY_TO_ONE_ADDRESS


def test_one_namespace_cannot_write_to_the_whole_world(repo):
    for number in range(25):
        gating.configure(repo, notifications_email=f"person{number}@example.org")
    assert len(told()) == notice_addresses.MOST_A_DAY_FROM_ONE_NAMESPACE


def test_a_day_later_the_question_may_be_asked_again(repo):
    gating.configure(repo, notifications_email=TEAM)
    NoticeAddress.objects.update(asked_at=timezone.now() - timedelta(hours=25))
    gating.configure(repo, notifications_email=TEAM)
    assert told() == [TEAM, TEAM]


@pytest.mark.parametrize(
    "key", ["nonsense", signing.dumps(1, salt="another"), "x:y:z"], ids=["nonsense", "foreign", "misshapen"]
)
def test_a_link_that_was_never_sent_says_so(client, db, key):
    answer = client.get(f"/-/notice-address/{key}")
    assert answer.status_code == 400
    assert "This link does not work any more" in text_of(answer)


def test_the_settings_say_that_nobody_has_agreed_yet(browser, alice, repo):
    data = {"gated": "manual", "notifications_mode": "bulk", "notifications_email": TEAM}
    shown = text_of(browser(alice).post("/alice/open/settings/gate", data, follow=True))
    assert "Nobody there has agreed yet" in shown
    assert "Until then letters go to the owner's address." in shown


def test_the_settings_say_that_letters_were_stopped(browser, alice, repo):
    gating.configure(repo, notifications_email=TEAM)
    Recipient(TEAM, namespace=repo.namespace).want(wanted=False)
    shown = text_of(browser(alice).get("/alice/open/settings"))
    assert "Somebody there has stopped these letters" in shown
    assert "Nobody there has agreed yet" not in shown
