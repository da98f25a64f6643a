"""200,000 requests on one repo: a list page at any depth, accepting one, the whole report. Run by `make bench`."""

import resource
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import both_databases

REQUESTS = 200_000
PAGE = 100
ROUNDS = 30


def fill() -> None:
    from gatehouse.access.models import AccessRequest
    from gatehouse.accounts.models import Namespace, User
    from gatehouse.accounts.people import create_user
    from gatehouse.repos.repositories import create_repo

    alice = create_user("alice", email="alice@example.org", password=None)
    repo = create_repo(alice.namespace, "weights", "model", creator=alice)
    type(repo).objects.update(gated="manual")
    start = datetime(2020, 1, 1, tzinfo=UTC)
    for low in range(0, REQUESTS, 5000):
        names = [f"user{number}" for number in range(low, low + 5000)]
        users = User.objects.bulk_create([User(username=n, email=f"{n}@example.org", fullname=n) for n in names])
        Namespace.objects.bulk_create([Namespace(name=u.username, key=u.username, user=u) for u in users])
        AccessRequest.objects.bulk_create(
            [
                AccessRequest(
                    repo=repo,
                    user=user,
                    status="pending" if low < REQUESTS / 2 else "accepted",
                    timestamp=start + timedelta(minutes=low + number),
                    fields={"Company": f"Company {number}", "Country": "DE"},
                )
                for number, user in enumerate(users)
            ]
        )


def times(run: Callable[[int], object]) -> float:
    """Give the median of ROUNDS runs, in milliseconds."""
    taken = []
    for number in range(ROUNDS):
        began = time.perf_counter()
        run(number)
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


def peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure() -> dict[str, float]:
    from gatehouse.access import access_requests, lists, report
    from gatehouse.access.models import AccessRequest
    from gatehouse.accounts.models import User
    from gatehouse.repos.models import Repo

    fill()
    repo, alice = Repo.objects.get(), User.objects.get(username="alice")
    ordered = AccessRequest.objects.filter(status="pending").order_by("-timestamp", "-id")
    starts = {share: ordered[int(REQUESTS / 2 * share)] for share in (0.0, 0.5, 0.99)}
    figures = {
        f"page at {share:.0%} depth, ms": times(
            lambda _, s=row: lists.page(repo, "pending", limit=PAGE, start=(s.timestamp, s.pk))
        )
        for share, row in starts.items()
    }
    waiting = list(ordered.select_related("user", "repo__namespace")[:ROUNDS])
    figures["accept, ms"] = times(lambda number: access_requests.accept(waiting[number], by=alice))
    figures["counts, ms"] = times(lambda _: lists.counts(repo))
    before = peak_mib()
    began, size = time.perf_counter(), 0
    for piece in report.stream(repo):
        size += len(piece)
    figures["report, s"] = time.perf_counter() - began
    figures["report, MiB"] = size / 1024 / 1024
    figures["memory the report added, MiB"] = peak_mib() - before
    return figures


GOALS = {"page": 20, "accept, ms": 10, "memory": 50}


def rows(figures: dict[str, float], database: str) -> list[dict[str, object]]:
    goals = {name: next((goal for start, goal in GOALS.items() if name.startswith(start)), None) for name in figures}
    return [
        {
            "what": f"{database}: {name}",
            "measured": f"{value:.1f}",
            "goal": f"under {goals[name]}" if goals[name] else "",
            "met": value < goals[name] if goals[name] else None,
        }
        for name, value in figures.items()
    ]


if __name__ == "__main__":
    both_databases.main(__file__, measure, rows)
