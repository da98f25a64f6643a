"""Lists of repos: whichever way the database is asked, the same repos come, page by page."""

from random import Random

import pytest

from factories import make_org, make_repo, make_user
from gatehouse.access import repo_lists
from gatehouse.access.repo_lists import Wanted
from gatehouse.accounts.actor import ANONYMOUS, Actor
from gatehouse.repos.models import ORDERS, Repo, RepoTag

pytestmark = pytest.mark.django_db
LOAD = Repo.objects.select_related("namespace")


@pytest.fixture
def alice():
    return make_user("alice")


@pytest.fixture(params=[0, repo_lists.FEW], ids=["as if many", "as few"])
def _few(request, monkeypatch):
    """Let the same lists be found by a walk through all, and from the few that have a tag."""
    monkeypatch.setattr(repo_lists, "FEW", request.param)


@pytest.fixture
def repos(alice):
    acme = make_org("acme", admin=alice)
    for number in range(6):
        owner = alice if number % 2 else acme
        repo = make_repo(owner, f"m{number}", creator=alice, num_parameters=number * 10, likes=number % 3,
                         downloads=number, pipeline_tag="fill-mask" if number < 4 else "")  # fmt: skip
        tags = ["en"] + (["fill-mask"] if number < 4 else []) + (["gguf"] if number > 2 else [])
        RepoTag.objects.bulk_create([RepoTag(repo=repo, tag=tag) for tag in tags])
    make_repo(alice, "hidden", private=True, likes=9)


def names(actor=ANONYMOUS, *, limit=100, order="downloads", ascending=False, **wanted):
    """Give the names on all pages, in their order."""
    found, cursor = [], ""
    while True:
        page = repo_lists.page(
            actor, Wanted("model", **wanted), order=order, ascending=ascending, cursor=cursor, limit=limit, load=LOAD
        )
        assert len(page.repos) <= limit
        found += [repo.name for repo in page.repos]
        cursor = page.next
        if not cursor:
            return "".join(name.removeprefix("m") for name in found)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, "543210"),
        ({"tags": [["gguf"]]}, "543"),
        ({"tags": [["en"], ["gguf"]]}, "543"),
        ({"tags": [["fill-mask"], ["gguf"]]}, "3"),
        ({"tags": [["gguf", "fill-mask"]]}, "543210"),
        ({"tags": [["nothing"], ["en"]]}, ""),
        ({"task": "fill-mask"}, "3210"),
        ({"author": "ACME"}, "420"),
        ({"author": "alice", "tags": [["gguf"]]}, "53"),
        ({"author": "nobody"}, ""),
        ({"parameters": (20, 40)}, "432"),
        ({"search": "M3 alice"}, "3"),
        ({"search": "%"}, ""),
    ],
)
@pytest.mark.usefixtures("repos", "_few")
def test_a_list_is_narrowed(wanted, expected):
    assert names(**wanted) == expected


@pytest.mark.parametrize("order", [order for order in ORDERS if order not in repo_lists.OFTEN_UNKNOWN])
@pytest.mark.usefixtures("repos", "_few")
def test_pages_of_every_order_make_up_the_whole_list(order):
    whole = names(order=order)
    assert len(whole) == 6
    assert names(order=order, limit=1) == names(order=order, limit=4) == whole
    assert names(order=order, limit=1, ascending=True) == whole[::-1]


@pytest.mark.parametrize("order", sorted(repo_lists.OFTEN_UNKNOWN))
@pytest.mark.parametrize("ascending", [False, True])
@pytest.mark.usefixtures("_few")
def test_what_is_unknown_comes_last_either_way(alice, order, ascending):
    """Random worlds with many equal values: the database gives what Python sorts, on pages of every size."""
    for seed in range(5):
        chance = Random(seed)
        Repo.objects.all().delete()
        for number in range(chance.randrange(9)):
            repo = make_repo(alice, f"m{number}", **{order: chance.choice([None, None, 0, 1, 2**40])})
            RepoTag.objects.create(repo=repo, tag="en")
        values = dict(Repo.objects.order_by("pk" if ascending else "-pk").values_list("name", order))
        known = [name for name in values if values[name] is not None]
        known.sort(key=values.get, reverse=not ascending)  # stable: equal ones stay in the order of their ids
        expected = "".join([*known, *(name for name in values if values[name] is None)]).replace("m", "")
        for limit in (1, 2, 3, 5, 100):
            assert names(order=order, limit=limit, ascending=ascending, tags=[["en"]]) == expected


@pytest.mark.parametrize("count_to", [1, 3, 100])
def test_what_is_counted_is_both_known_and_unknown(alice, count_to):
    for number in range(4):
        make_repo(alice, f"m{number}", num_rows=number % 2 or None)
    first = repo_lists.page(ANONYMOUS, Wanted("model"), order="num_rows", limit=1, load=LOAD, count_to=count_to)
    again = repo_lists.page(
        ANONYMOUS, Wanted("model"), order="num_rows", limit=1, load=LOAD, count_to=count_to, cursor=first.next
    )
    assert first.number == max(2, min(count_to, 4))
    assert again.number == min(count_to, 4)


@pytest.mark.usefixtures("repos", "_few")
def test_what_is_private_is_in_the_lists_of_its_people_alone(alice):
    assert names(Actor(alice.pk, "alice"), order="likes", author="alice").startswith("hidden")
    assert "hidden" not in names(order="likes", author="alice")
    carol = make_user("carol")
    assert "hidden" not in names(Actor(carol.pk, "carol"), search="hidden")


@pytest.mark.usefixtures("repos")
def test_counting_stops_where_it_is_told_to():
    def count(wanted, **more):
        return repo_lists.page(ANONYMOUS, wanted, order="likes", limit=1, load=LOAD, **more)

    first = count(Wanted("model"), count_to=4)
    assert (first.number, len(first.repos)) == (4, 1)
    assert count(Wanted("model"), count_to=4, cursor=first.next).number == 4
    assert count(Wanted("model", search="m3"), count_to=4).number == 1


@pytest.mark.once  # PostgreSQL's planner goes by how full the tables are
@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"search": "m3", "gated": True},
        {"task": "fill-mask", "parameters": (20, 40)},
        {"author": "acme", "tags": [["en"]]},
    ],
)
@pytest.mark.parametrize("order", ["likes", "key", *sorted(repo_lists.OFTEN_UNKNOWN)])
@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.usefixtures("repos", "_few")
def test_a_list_walks_its_index_or_looks_up_the_few(wanted, alice, order, sign):
    rows = repo_lists._narrowed(Actor(alice.pk, "alice"), Wanted("model", **wanted)).order_by(
        f"{sign}{order}", f"{sign}pk"
    )
    looked_up = repo_lists.FEW and wanted.keys() & {"task", "author"}
    way = "USING INTEGER PRIMARY KEY" if looked_up else f"USING COVERING INDEX repos_by_{order}"
    stretches = repo_lists._stretches(rows, order)
    if order == "num_parameters" and "parameters" in wanted:
        stretches.pop()  # nothing is in it
    for stretch in stretches:
        plan = stretch.values_list("pk").explain()
        assert way in plan.partition("\n")[0]
        assert looked_up or "ORDER BY" not in plan  # no sorting beside the walk
