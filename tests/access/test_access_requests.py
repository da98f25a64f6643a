"""The life of an access request: every verb from every state, as a machine that hypothesis drives and as a table."""

import itertools

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from factories import make_repo, make_user
from gatehouse.access import access_requests, gating
from gatehouse.access.errors import AlreadyHasAccess, NotGated, NothingPending, RequestNotFound, WrongAnswers
from gatehouse.access.models import AccessEvent, AccessRequest
from gatehouse.accounts.models import User
from gatehouse.outbox.models import Letter
from gatehouse.repos.models import Repo
from gatehouse.storage.errors import Refusal

CARD = "---\nextra_gated_fields:\n  Company: text\n  I agree: checkbox\n---\n# Weights\n"
ANSWERS = {"Company": "Acme", "I agree": "on"}


def status_of(repo: Repo, user: User) -> str:
    request = AccessRequest.objects.filter(repo=repo, user=user).first()
    return request.status if request else "none"


class Machine(RuleBasedStateMachine):
    """Our model of GATING §1.2: a status, an event count, and which verbs lead where."""

    def __init__(self) -> None:
        super().__init__()
        for model in (AccessEvent, AccessRequest, Letter):
            model.objects.all().delete()
        Repo.objects.update(gated="manual")
        self.repo = Repo.objects.get()
        self.alice, self.carol = User.objects.get(username="alice"), User.objects.get(username="carol")
        self.status, self.events, self.asked_at = "none", 0, None

    def moves(self, to: str) -> None:
        self.status, self.events = to, self.events + 1

    @rule(mode=st.sampled_from(["auto", "manual", ""]))
    def change_mode(self, mode: str) -> None:
        gating.configure(self.repo, gated=mode)

    @rule()
    def submit(self) -> None:
        if not self.repo.gated:
            with pytest.raises(NotGated):
                access_requests.submit(self.repo, self.carol, ANSWERS)
            return
        access_requests.submit(self.repo, self.carol, ANSWERS)
        if self.status in {"none", "reset"}:
            self.moves("accepted" if self.repo.gated == "auto" else "pending")

    @rule()
    def submit_too_little(self) -> None:
        if self.repo.gated and self.status in {"none", "reset"}:
            with pytest.raises(WrongAnswers):
                access_requests.submit(self.repo, self.carol, {"Company": "Acme"})

    @rule()
    def withdraw(self) -> None:
        if self.status == "pending":
            access_requests.withdraw(self.repo, self.carol)
            self.moves("none")
        else:
            with pytest.raises(NothingPending):
                access_requests.withdraw(self.repo, self.carol)

    @rule(to=st.sampled_from(["accepted", "rejected", "pending", "reset"]))
    def handle(self, to: str) -> None:
        if self.status == "none":
            with pytest.raises(RequestNotFound):
                access_requests.find(self.repo, user=self.carol)
            return
        request = access_requests.find(self.repo, user=self.carol)
        if not self.repo.gated or to == self.status:
            with pytest.raises(NotGated if not self.repo.gated else RequestNotFound):
                access_requests.handle(request, to, by=self.alice, reason="because")
            return
        access_requests.handle(request, to, by=self.alice, reason="because")
        self.moves(to)

    @precondition(lambda self: self.repo.gated)
    @rule()
    def grant(self) -> None:
        if self.status == "accepted":
            with pytest.raises(AlreadyHasAccess):
                access_requests.grant(self.repo, self.carol, by=self.alice)
        else:
            access_requests.grant(self.repo, self.carol, by=self.alice)
            self.moves("accepted")

    @invariant()
    def the_book_is_right(self) -> None:
        assert status_of(self.repo, self.carol) == self.status
        assert AccessEvent.objects.count() == self.events

    @invariant()
    def events_form_a_chain(self) -> None:
        chain = list(AccessEvent.objects.order_by("id").values_list("before", "after"))
        assert all(first[1] == second[0] for first, second in itertools.pairwise(chain))

    @invariant()
    def only_reviewed_requests_bear_a_review(self) -> None:
        for request in AccessRequest.objects.all():
            assert (request.reviewed_at is None) == (request.status == "pending")
            assert not (request.reason and request.status in {"accepted", "pending"})


class TestLife(TestCase):
    """Runs the machine inside a transaction that is rolled back."""

    def test_every_walk_through_the_verbs(self) -> None:
        make_user("carol")
        make_repo(make_user("alice"), gated="manual", files={"README.md": CARD})
        run_state_machine_as_test(
            Machine,
            settings=settings(
                max_examples=40, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
            ),
        )


@pytest.fixture
def repo() -> Repo:
    make_user("carol")
    return make_repo(make_user("alice"), gated="manual", files={"README.md": CARD})


@pytest.fixture
def alice(repo: Repo) -> User:
    return User.objects.get(username="alice")


@pytest.fixture
def carol(repo: Repo) -> User:
    return User.objects.get(username="carol")


@pytest.mark.django_db
class TestVerbs:
    """What each verb writes beside the status."""

    def test_a_submission_keeps_the_answers_in_the_forms_order(self, repo: Repo, carol: User) -> None:
        """Longer labels first, then out of the alphabet: no database may sort them."""
        repo.card = {"extra_gated_fields": {"Zebra question": "text", "A": "text", "Land": "text"}}
        repo.save(update_fields=["card"])
        request = access_requests.submit(Repo.objects.get(), carol, {"A": "2", "Land": " 3 ", "Zebra question": "1"})
        request.refresh_from_db()
        assert list(request.fields.items()) == [("Zebra question", "1"), ("A", "2"), ("Land", "3")]

    def test_wrong_answers_store_nothing(self, repo: Repo, carol: User) -> None:
        with pytest.raises(WrongAnswers) as caught:
            access_requests.submit(repo, carol, {"Company": ""})
        assert set(caught.value.errors) == {"Company", "I agree"}
        assert not AccessRequest.objects.exists()
        assert not AccessEvent.objects.exists()

    def test_a_pending_request_writes_to_the_owner(self, repo: Repo, carol: User) -> None:
        access_requests.submit(repo, carol, ANSWERS)
        letter = Letter.objects.get()
        assert letter.to == "alice@example.org"
        assert "carol" in letter.subject
        assert "Acme" in letter.text

    def test_automatic_approval_writes_to_nobody(self, repo: Repo, carol: User) -> None:
        gating.configure(repo, gated="auto")
        assert access_requests.submit(repo, carol, ANSWERS).status == "accepted"
        assert not Letter.objects.exists()

    def test_a_rejection_tells_the_asker_why(self, repo: Repo, alice: User, carol: User) -> None:
        request = access_requests.submit(repo, carol, ANSWERS)
        access_requests.reject(request, by=alice, reason="No <b>company</b> of that name")
        letter = Letter.objects.get(to="carol@example.org")
        assert "No <b>company</b> of that name" in letter.text
        assert "No &lt;b&gt;company" in letter.html

    def test_a_too_long_reason_changes_nothing(self, repo: Repo, alice: User, carol: User) -> None:
        request = access_requests.submit(repo, carol, ANSWERS)
        with pytest.raises(Refusal):
            access_requests.reject(request, by=alice, reason="x" * 201)
        assert status_of(repo, carol) == "pending"

    def test_of_two_decisions_one_wins(self, repo: Repo, alice: User, carol: User) -> None:
        access_requests.submit(repo, carol, ANSWERS)
        mine, theirs = access_requests.find(repo, user=carol), access_requests.find(repo, user=carol)
        access_requests.accept(mine, by=alice)
        with pytest.raises(RequestNotFound):
            access_requests.reject(theirs, by=alice)
        assert status_of(repo, carol) == "accepted"

    def test_a_granted_user_shared_nothing(self, repo: Repo, alice: User, carol: User) -> None:
        request = access_requests.grant(repo, carol, by=alice)
        assert (request.status, request.submitted, request.fields) == ("accepted", False, {})

    def test_a_new_submission_after_reset_has_a_new_time(self, repo: Repo, alice: User, carol: User) -> None:
        request = access_requests.submit(repo, carol, ANSWERS)
        long_ago = timezone.now() - timezone.timedelta(days=9)
        AccessRequest.objects.update(timestamp=long_ago)
        access_requests.reset(request, by=alice, reason="Please name your company")
        again = access_requests.submit(repo, carol, ANSWERS | {"Company": "Acme Labs"})
        assert again.timestamp > long_ago
        assert (again.status, again.reviewed_at, again.reason) == ("pending", None, "")

    def test_a_letter_that_cannot_be_written_undoes_the_decision(
        self, repo: Repo, alice: User, carol: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        request = access_requests.submit(repo, carol, ANSWERS)
        monkeypatch.setattr("gatehouse.outbox.letters.put", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            access_requests.accept(request, by=alice)
        assert status_of(repo, carol) == "pending"
        assert AccessEvent.objects.count() == 1
