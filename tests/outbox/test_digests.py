"""One letter a day: only of what still waits, nothing twice, nothing lost."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from factories import make_org, make_repo, make_user
from gatehouse.access import access_requests, gating, notices
from gatehouse.access.models import NoticeAddress
from gatehouse.accounts.models import User
from gatehouse.outbox.models import Letter
from gatehouse.repos.models import Repo

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    return make_user("alice")


@pytest.fixture
def repo(alice: User) -> Repo:
    """A manual repo whose authors want one letter a day, and have not had one lately."""
    repo = make_repo(alice, gated="manual")
    gating.configure(repo, notifications_mode="bulk")
    a_day_passes()
    return Repo.objects.get()


def a_day_passes() -> None:
    for repo in Repo.objects.exclude(digest_at=None):
        Repo.objects.filter(pk=repo.pk).update(digest_at=repo.digest_at - timedelta(days=1, minutes=1))


def ask(repo: Repo, name: str) -> access_requests.AccessRequest:
    user = User.objects.filter(username=name).first() or make_user(name)
    return access_requests.submit(repo, user, {})


def told() -> Iterator[list[str]]:
    """Give the names in each letter to Alice, oldest letter first, and forget the letters."""
    for letter in Letter.objects.filter(to="alice@example.org").order_by("pk"):
        yield [user.username for user in User.objects.exclude(username="alice") if user.username in letter.text]
    Letter.objects.all().delete()


def test_one_letter_tells_of_all_who_asked(repo: Repo) -> None:
    ask(repo, "bob")
    ask(repo, "carol")
    assert not Letter.objects.exists()
    assert notices.write_due_digests() == 1
    assert list(told()) == [["bob", "carol"]]


def test_it_comes_once_a_day(repo: Repo) -> None:
    ask(repo, "bob")
    notices.write_due_digests()
    ask(repo, "carol")
    assert notices.write_due_digests() == 0
    a_day_passes()
    assert notices.write_due_digests() == 1
    assert list(told()) == [["bob"], ["carol"]]


def test_it_does_not_repeat_those_who_still_wait(repo: Repo) -> None:
    ask(repo, "bob")
    notices.write_due_digests()
    a_day_passes()
    assert notices.write_due_digests() == 0


def test_it_leaves_out_what_was_decided_or_withdrawn_meanwhile(repo: Repo, alice: User) -> None:
    access_requests.accept(ask(repo, "bob"), by=alice)
    carol = ask(repo, "carol").user
    access_requests.withdraw(repo, carol)
    ask(repo, "dora")
    Letter.objects.all().delete()
    notices.write_due_digests()
    assert list(told()) == [["dora"]]


def test_a_request_taken_back_does_not_use_up_the_day(repo: Repo) -> None:
    access_requests.withdraw(repo, ask(repo, "bob").user)
    notices.write_due_digests()
    ask(repo, "carol")
    assert notices.write_due_digests() == 1


def test_whoever_asks_again_after_a_reset_is_told_of_again(repo: Repo, alice: User) -> None:
    request = ask(repo, "bob")
    notices.write_due_digests()
    access_requests.reset(request, by=alice)
    Letter.objects.all().delete()
    ask(repo, "bob")
    a_day_passes()
    notices.write_due_digests()
    assert list(told()) == [["bob"]]


def test_to_real_time_nobody_is_lost(repo: Repo) -> None:
    ask(repo, "bob")
    gating.configure(repo, notifications_mode="real-time")
    ask(repo, "carol")
    a_day_passes()
    notices.write_due_digests()
    assert list(told()) == [["bob"], ["carol"]]


def test_to_once_a_day_nobody_is_told_of_twice(alice: User) -> None:
    repo = make_repo(alice, gated="manual")
    ask(repo, "bob")
    gating.configure(repo, notifications_mode="bulk")
    ask(repo, "carol")
    a_day_passes()
    notices.write_due_digests()
    assert list(told()) == [["bob"], ["carol"]]


def test_a_request_is_told_of_as_the_authors_want_at_that_moment(repo: Repo) -> None:
    stale = Repo.objects.get()
    gating.configure(repo, notifications_mode="real-time")
    ask(stale, "bob")
    assert list(told()) == [["bob"]]


@pytest.mark.django_db(transaction=True)
def test_requests_for_one_repo_are_written_one_after_the_other(repo: Repo) -> None:
    """Else an event with a lower id could become visible after a daily letter told of a higher one."""
    carol = make_user("carol")

    def ask_elsewhere() -> None:
        try:
            access_requests.submit(repo, carol, {})
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            ask(repo, "bob")
            second = pool.submit(ask_elsewhere)
            with pytest.raises(TimeoutError):
                second.result(timeout=0.3)
        second.result()
    notices.write_due_digests()
    assert [set(names) for names in told()] == [{"bob", "carol"}]


def test_the_first_five_admins_get_it(alice: User) -> None:
    names = [f"admin{number}" for number in range(6)]
    acme = make_org(admin=alice, **dict.fromkeys(names, "admin"), writer="write")
    repo = make_repo(acme, gated="manual", creator=alice, notifications_mode="bulk")
    ask(repo, "bob")
    notices.write_due_digests()
    assert [letter.to.split("@")[0] for letter in Letter.objects.order_by("pk")] == ["alice", *names[:4]]


def test_the_repos_own_address_gets_it_alone(repo: Repo) -> None:
    NoticeAddress.objects.create(namespace=repo.namespace, email="access@example.org", confirmed_at=timezone.now())
    gating.configure(repo, notifications_email="access@example.org")
    ask(repo, "bob")
    notices.write_due_digests()
    assert [letter.to for letter in Letter.objects.all()] == ["access@example.org"]
    assert timezone.now() - Repo.objects.get().digest_at < timedelta(minutes=1)
