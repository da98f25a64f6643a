"""The gate over every combination of caller, repo and request; the list rule held against the single one."""

import itertools
from dataclasses import dataclass

import pytest
from django.utils import timezone

from factories import make_org, make_repo, make_token, make_user
from gatehouse.access import gate
from gatehouse.access.gate import Answer, Case
from gatehouse.access.models import AccessRequest, Status
from gatehouse.accounts.actor import ANONYMOUS, Actor, BadCredentials, Right, TokenScope
from gatehouse.accounts.models import User
from gatehouse.accounts.tokens import actor_from_token
from gatehouse.repos.models import Repo

ROLES = (None, "read", "contributor", "write", "admin")
STATUSES = (None, "pending", "accepted", "rejected", "reset")
TOKENS = {
    "session": None,
    "read": TokenScope("read"),
    "write": TokenScope("write"),
    "fine, nothing": TokenScope("fineGrained"),
    "fine, gated": TokenScope("fineGrained", reads_gated=True),
    "fine, reads this": TokenScope("fineGrained", rights=(Right("acme/weights", "model", write=False, repo=1),)),
    "fine, writes all of acme": TokenScope("fineGrained", rights=(Right("acme", None, write=True),)),
    "fine, other": TokenScope(
        "fineGrained", rights=(Right("acme/weights", "model", write=True, repo=2), Right("ac", None, write=True))
    ),
    "fine, makes this": TokenScope("fineGrained", rights=(Right("acme/weights", "model", write=True),)),
}


@dataclass(frozen=True)
class Situation:
    """A caller before a repo of the organization acme."""

    person: str  # anonymous, stranger, creator
    role: str | None
    token: str
    private: bool
    gated: str
    members_gated: bool
    status: str | None

    def case(self) -> Case:
        user_id = None if self.person == "anonymous" else 7
        return Case(
            actor=Actor(user_id, "someone", TOKENS[self.token]),
            repo_pk=1,
            public_id="0" * 24,
            kind="model",
            key="acme/weights",
            repo_id="acme/weights",
            private=self.private,
            gated=self.gated,
            org_members_gated=self.members_gated,
            owner_user_id=None,
            creator_id=7 if self.person == "creator" else 8,
            role=self.role,
            status=self.status,
        )


def situations() -> list[Situation]:
    people = [("anonymous", None)] + [(person, role) for person in ("stranger", "creator") for role in ROLES]
    return [
        Situation(person, role, token, private, gated, members_gated, status)
        for (person, role), token, private, gated, members_gated, status in itertools.product(
            people, TOKENS, (False, True), ("", "auto", "manual"), (False, True), STATUSES
        )
        if person != "anonymous" or (token == "session" and status is None)
    ]


def test_files_open_only_to_those_who_were_let_in() -> None:
    """The rule in other words than the gate's own: who gets bytes of a gated or private repo."""
    for s in situations():
        let_in = s.status == "accepted"
        member = s.role is not None
        exempt = s.role == "admin" or (s.person == "creator" and s.role not in {None, "read"})
        passes = not s.gated or let_in or exempt or (member and not s.members_gated)
        names_repo = s.token in {"session", "read", "write", "fine, reads this", "fine, writes all of acme"}
        token_opens = names_repo or (s.token == "fine, gated" and not s.private)
        expected = passes and (not s.private or member) and (token_opens or not (s.gated or s.private))
        assert (gate.read_files(s.case()) is Answer.YES) == expected, s


def test_a_private_repo_is_never_betrayed() -> None:
    for s in situations():
        if s.private and s.role is None:
            assert gate.see(s.case()) is gate.read_files(s.case()) is gate.write(s.case()) is Answer.HIDDEN, s
            assert gate.resolve_file(s.case(), "README.md") is Answer.HIDDEN, s


def test_only_writers_write() -> None:
    for s in situations():
        person_may = s.role in {"write", "admin"} or (s.person == "creator" and s.role == "contributor")
        token_may = s.token in {"session", "write", "fine, writes all of acme"}
        assert (gate.write(s.case()) is Answer.YES) == (person_may and token_may), s


def test_an_accepted_stranger_reads_and_does_not_write() -> None:
    case = Situation("stranger", None, "write", False, "manual", False, "accepted").case()
    assert (gate.read_files(case), gate.write(case)) == (Answer.YES, Answer.NO_RIGHT)


@pytest.mark.parametrize(
    ("status", "answer"),
    [(None, Answer.ASK), ("pending", Answer.PENDING), ("rejected", Answer.REJECTED), ("reset", Answer.RESET)],
)
def test_a_refusal_says_why(status: str | None, answer: Answer) -> None:
    assert gate.read_files(Situation("stranger", None, "read", False, "manual", False, status).case()) is answer


@pytest.mark.parametrize("name", ["README.md", "LICENSE", "LICENSE.md", "LICENSE.txt"])
def test_card_and_licence_are_open_by_exact_name(name: str) -> None:
    case = Situation("anonymous", None, "session", False, "manual", False, None).case()
    assert gate.resolve_file(case, name) is Answer.YES
    for near in (
        name.lower() if name != "README.md" else "readme.md",
        f"sub/{name}",
        f"{name}/",
        f"./{name}",
        f" {name}",
    ):
        assert gate.resolve_file(case, near) is Answer.SIGN_IN, near


@pytest.mark.django_db
def test_the_list_and_the_single_answer_agree() -> None:
    alice, carol = make_user("alice"), make_user("carol")
    acme = make_org("acme", admin=alice, bob="read")
    for name, private in (("weights", False), ("secret", True)):
        make_repo(acme, name, creator=alice, private=private)
        make_repo(alice, name, "dataset", private=private)
    bob = User.objects.get(username="bob")
    actors = [ANONYMOUS] + [
        Actor(user.pk, user.username, token) for user in (alice, bob, carol) for token in TOKENS.values()
    ]
    for actor in actors:
        listed = set(Repo.objects.filter(gate.visible_repos(actor)).values_list("pk", flat=True))
        single = {
            repo.pk
            for repo in Repo.objects.all()
            if gate.see(gate.case_by_pk(actor, repo.pk)) is Answer.YES  # type: ignore[arg-type]
        }
        assert listed == single, actor


@pytest.mark.django_db
def test_the_list_of_what_one_may_change_and_the_single_answer_agree() -> None:
    alice = make_user("alice")
    acme = make_org("acme", admin=alice, bob="read", carol="contributor", dora="write")
    people = [User.objects.get(username=name) for name in ("alice", "bob", "carol", "dora")]
    for maker in people:
        make_repo(acme, f"of-{maker.username}", creator=maker, private=maker == alice)
        make_repo(maker, "own")
    for user in people:
        actor = Actor(user.pk, user.username)
        listed = set(Repo.objects.filter(gate.writable_repos(actor)).values_list("pk", flat=True))
        single = {repo.pk for repo in Repo.objects.all() if gate.write(gate.case_by_pk(actor, repo.pk)) is Answer.YES}
        assert listed == single, user


@pytest.mark.django_db
def test_a_repo_of_an_organization_with_many_members_is_listed_once() -> None:
    alice = make_user("alice")
    repo = make_repo(make_org(admin=alice, bob="read", carol="write"), creator=alice)
    assert list(Repo.objects.filter(gate.visible_repos(Actor(alice.pk, "alice")))) == [repo]


@pytest.mark.django_db
def test_token_and_name_gather_the_same_case() -> None:
    alice, carol = make_user("alice"), make_user("carol")
    repo = make_repo(alice, gated="manual")
    AccessRequest.objects.create(repo=repo, user=carol, status=Status.PENDING, timestamp=timezone.now())
    token = make_token(carol)
    by_token = gate.case_by_token(token, "model", "ALICE/Weights")
    assert by_token == gate.case_by_name(actor_from_token(token), "model", "alice/weights")
    assert by_token is not None
    assert by_token.status == "pending"


@pytest.mark.django_db
@pytest.mark.parametrize("spoil", ["expired", "revoked", "deactivated", "made up"])
def test_a_token_that_is_not_valid_now_is_no_key(spoil: str) -> None:
    alice = make_user("alice")
    make_repo(alice)
    token = make_token(alice, expires_at=timezone.now() if spoil == "expired" else None)
    if spoil == "revoked":
        alice.access_tokens.all().delete()
    if spoil == "deactivated":
        User.objects.update(is_active=False)
    with pytest.raises(BadCredentials):
        gate.case_by_token(token if spoil != "made up" else "hf_nothing", "model", "alice/weights")


@pytest.mark.django_db
def test_a_deactivated_person_of_a_session_is_nobody() -> None:
    alice = make_user("alice")
    make_repo(alice, private=True)
    User.objects.update(is_active=False)
    case = gate.case_by_name(Actor(alice.pk, "alice"), "model", "alice/weights")
    assert case is not None
    assert gate.see(case) is Answer.HIDDEN


@pytest.mark.django_db
def test_a_former_name_of_a_hidden_repo_leads_nowhere() -> None:
    from gatehouse.repos.repositories import move_repo

    alice, carol = make_user("alice"), make_user("carol")
    repo = make_repo(alice, private=True)
    move_repo(repo, alice.namespace, "renamed")
    assert gate.moved_to(Actor(carol.pk, "carol"), "model", "alice/weights") is None
    found = gate.moved_to(Actor(alice.pk, "alice"), "model", "alice/weights")
    assert found is not None
    assert found.repo_id == "alice/renamed"
