"""The lists authors read: paging, search, counts; and the report."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from factories import make_repo, make_user
from gatehouse.access import access_requests, gating, lists, report
from gatehouse.access.models import AccessRequest, Status
from gatehouse.accounts.models import User
from gatehouse.repos.models import Repo
from gatehouse.storage.errors import Refusal

START = datetime(2026, 1, 1, tzinfo=UTC)


def ask(repo: Repo, name: str, minute: int, **columns: object) -> AccessRequest:
    user = make_user(name)
    values = {"status": Status.PENDING, "timestamp": START + timedelta(minutes=minute)} | columns
    return AccessRequest.objects.create(repo=repo, user=user, **values)


@pytest.fixture
def repo() -> Repo:
    return make_repo(make_user("alice"), gated="manual")


@pytest.mark.django_db
class TestPages:
    """Pages by keyset."""

    def test_pages_join_to_the_whole_list_newest_first(self, repo: Repo) -> None:
        asked = [ask(repo, f"user{number}", minute=number // 3).pk for number in range(10)]
        seen: list[int] = []
        page = lists.page(repo, "pending", limit=4)
        while True:
            seen += [request.pk for request in page.requests]
            if page.next is None:
                break
            page = lists.page(repo, "pending", limit=4, start=page.next)
        assert seen == asked[::-1]

    def test_a_full_last_page_has_no_next(self, repo: Repo) -> None:
        ask(repo, "bob", 1)
        assert lists.page(repo, "pending", limit=1).next is None

    def test_other_repos_and_states_stay_out(self, repo: Repo) -> None:
        other = make_repo(User.objects.get(username="alice"), "other", gated="manual")
        ask(other, "bob", 1)
        ask(repo, "carol", 1, status=Status.REJECTED)
        assert lists.page(repo, "pending", limit=9).requests == []

    @pytest.mark.parametrize(
        ("q", "found"),
        [("bO", ["bob"]), ("obby", []), ("Dave D", ["dave"]), ("labs.example", ["dave"]), ("@labs.example", ["dave"]),
         ("dave@", ["dave"]), ("%", [])],
    )  # fmt: skip
    def test_search_finds_by_name_and_domain(self, repo: Repo, q: str, found: list[str]) -> None:
        ask(repo, "bob", 1)
        ask(repo, "dave", 2)
        User.objects.filter(username="dave").update(email="dave@labs.example", fullname="Dave Dee")
        assert [r.user.username for r in lists.page(repo, "pending", limit=9, q=q).requests] == found

    def test_search_does_not_find_by_an_address_that_was_not_shared(self, repo: Repo) -> None:
        ask(repo, "bob", 1, submitted=False)
        assert lists.page(repo, "pending", limit=9, q="bob@").requests == []

    def test_after_and_before_cut_by_time(self, repo: Repo) -> None:
        for minute in range(5):
            ask(repo, f"user{minute}", minute)
        page = lists.page(repo, "pending", limit=9, after=START, before=START + timedelta(minutes=3))
        assert [r.user.username for r in page.requests] == ["user2", "user1"]

    def test_counts_name_every_state(self, repo: Repo) -> None:
        ask(repo, "bob", 1)
        assert lists.counts(repo) == {"pending": 1, "accepted": 0, "rejected": 0, "reset": 0}


@pytest.mark.django_db
class TestReport:
    """The file that authors download."""

    def read(self, repo: Repo) -> list[dict[str, object]]:
        entries: list[dict[str, object]] = json.loads(b"".join(report.stream(repo)))
        return entries

    def test_an_empty_report_is_an_empty_list(self, repo: Repo) -> None:
        assert self.read(repo) == []

    def test_keys_and_their_order_are_the_hubs(self, repo: Repo) -> None:
        alice = User.objects.get(username="alice")
        ask(repo, "bob", 1)
        access_requests.accept(ask(repo, "carol", 0), by=alice)
        pending, accepted = self.read(repo)
        assert list(pending) == ["fullname", "user", "email", "time", "status"]
        assert list(accepted) == ["fullname", "user", "email", "time", "reviewedAt", "status", "grantedBy"]
        assert accepted["grantedBy"] == {"fullname": "Alice", "user": "alice"}
        assert pending["time"] == "2026-01-01T00:01:00.000Z"

    def test_granted_people_keep_their_address(self, repo: Repo) -> None:
        access_requests.grant(repo, make_user("carol"), by=User.objects.get(username="alice"))
        assert "email" not in self.read(repo)[0]

    def test_chunks_join_to_one_list(self, repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(report, "CHUNK", 2)
        for number in range(5):
            ask(repo, f"user{number}", number)
        assert [entry["user"] for entry in self.read(repo)] == [f"user{number}" for number in range(4, -1, -1)]


@pytest.mark.django_db
class TestGating:
    """The settings of the gate."""

    def test_changing_the_mode_touches_no_request(self, repo: Repo) -> None:
        request = ask(repo, "bob", 1)
        for mode in ("auto", "", "manual"):
            gating.configure(repo, gated=mode)
        request.refresh_from_db()
        assert request.status == "pending"

    @pytest.mark.parametrize(
        "wrong",
        [
            {"gated": "yes"},
            {"notifications_mode": "never"},
            {"notifications_email": "nobody"},
            {"org_members_gated": True},
        ],
    )
    def test_a_wrong_value_changes_nothing(self, repo: Repo, wrong: dict[str, object]) -> None:
        with pytest.raises(Refusal):
            gating.configure(repo, **({"gated": "auto"} | wrong))  # type: ignore[arg-type]
        repo.refresh_from_db()
        assert (repo.gated, repo.notifications_email) == ("manual", "")
