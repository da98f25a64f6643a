"""Lists of repos: every filter and order that the clients send."""

import shutil

import pytest

from factories import auth, make_org, make_repo, make_token, make_user
from gatehouse.accounts.actor import Right
from gatehouse.repos.keyset import write_cursor
from gatehouse.repos.models import Repo
from gatehouse.repos.repositories import git_path

pytestmark = pytest.mark.django_db


def card(**front):
    return {"README.md": "---\n" + "".join(f"{key}: {value}\n" for key, value in front.items()) + "---\n"}


@pytest.fixture
def alice():
    return make_user("alice")


@pytest.fixture
def repos(alice):
    """Three models that differ in everything by which one can sort or filter."""
    make_repo(alice, "tiny-bert", likes=1, downloads=30, files=card(license="mit", library_name="transformers"))
    make_repo(alice, "big-bert", likes=2, downloads=20, gated="auto", files=card(license="other", language="en"))
    make_repo(
        make_user("dora"), "gpt", likes=3, downloads=10, files=card(pipeline_tag="text-generation", tags="[tiny, en]")
    )


def names(client, query="", kind="models", **more):
    answer = client.get(f"/api/{kind}?{query}", **more)
    assert answer.status_code == 200, answer.content
    return [repo["id"].partition("/")[2] for repo in answer.json()]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"tiny-bert", "big-bert", "gpt"}),
        ("search=BERT", {"tiny-bert", "big-bert"}),
        ("search=bert&search=tiny", {"tiny-bert"}),
        ("search=bert tiny", {"tiny-bert"}),
        ("search=dora", {"gpt"}),
        ("search=100%25_", set()),
        ("author=Alice", {"tiny-bert", "big-bert"}),
        ("author=nobody", set()),
        ("filter=license:mit", {"tiny-bert"}),
        ("filter=tiny&filter=en", {"gpt"}),
        ("filter=tiny&filter=license:mit", set()),
        ("tags=tiny", {"gpt"}),
        ("library=transformers", {"tiny-bert"}),
        ("language=en", {"big-bert", "gpt"}),
        ("license=mit", {"tiny-bert"}),
        ("pipeline_tag=text-generation", {"gpt"}),
        ("gated=true", {"big-bert"}),
        ("gated=True", {"big-bert"}),
        ("gated=False", {"tiny-bert", "gpt"}),
        ("inference=warm", set()),
        ("inference_provider=all", set()),
        ("apps=ollama", set()),
        ("unheard_of=1", {"tiny-bert", "big-bert", "gpt"}),
    ],
)
def test_a_list_is_narrowed(client, repos, query, found):
    assert set(names(client, query)) == found


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("downloads", ["tiny-bert", "big-bert", "gpt"]),
        ("likes", ["gpt", "big-bert", "tiny-bert"]),
        ("trendingScore", ["gpt", "big-bert", "tiny-bert"]),
        ("likes30d", ["gpt", "big-bert", "tiny-bert"]),
        ("trending_score", ["gpt", "big-bert", "tiny-bert"]),
        ("lastModified", ["gpt", "big-bert", "tiny-bert"]),
        ("last_modified", ["gpt", "big-bert", "tiny-bert"]),
        ("createdAt", ["gpt", "big-bert", "tiny-bert"]),
        ("created_at", ["gpt", "big-bert", "tiny-bert"]),
    ],
)
def test_a_list_is_sorted_as_clients_ask_page_by_page(client, repos, sort, order):
    """PEER-FAILURES 10: every value that clients send is honoured."""
    assert names(client, f"sort={sort}") == order
    assert names(client, f"sort={sort}&direction=-1") == order
    assert names(client, f"sort={sort}&direction=1") == order[::-1]
    for direction, wanted in (("-1", order), ("1", order[::-1])):
        url, seen = f"/api/models?sort={sort}&direction={direction}&limit=1", []
        while url:
            answer = client.get(url)
            seen += [repo["id"].partition("/")[2] for repo in answer.json()]
            url = answer.headers.get("Link", "").partition(">")[0].removeprefix("<http://testserver")
        assert seen == wanted


@pytest.mark.parametrize(
    "query", ["sort=name", "limit=0", "limit=x", "gated=maybe", "cursor=zzz", "cursor=WyJ4Iiwx", "num_parameters=many"]
)
def test_a_query_that_makes_no_sense_is_refused(client, query):
    assert client.get(f"/api/models?{query}").status_code == 400


@pytest.mark.parametrize("sort", ["likes", "downloads"])
def test_a_cursor_of_something_that_is_no_number_is_refused(client, repos, sort):
    cursor = write_cursor(True, True)
    assert client.get(f"/api/models?sort={sort}&cursor={cursor}").status_code == 400


def test_a_cursor_of_another_order_is_refused(client, repos):
    link = client.get("/api/models?limit=1&sort=lastModified").headers["Link"]
    cursor = link.partition("cursor=")[2].partition(">")[0]
    assert client.get(f"/api/models?sort=likes&cursor={cursor}").status_code == 400


@pytest.fixture
def datasets(alice):
    """Three datasets: two with rows that their cards tell of, one larger than those."""
    told = "---\ndataset_info:\n- splits: [{name: train, num_examples: %d}, {name: test, num_examples: 1}]\n---\n"
    make_repo(alice, "few-rows", "dataset", files={"README.md": told % 5, "data.csv": "x" * 100})
    make_repo(alice, "many-rows", "dataset", files={"README.md": told % 700})
    make_repo(alice, "big", "dataset", files={"README.md": "---\ndataset_info: {splits: 3}\n---\n", "a/b": "x" * 9000})


@pytest.mark.parametrize(
    ("sort", "down", "up"),
    [
        ("mainSize", ["big", "few-rows", "many-rows"], ["many-rows", "few-rows", "big"]),
        ("datasetsServerInfo.numRows", ["many-rows", "few-rows", "big"], ["few-rows", "many-rows", "big"]),
        ("num_parameters", ["big", "many-rows", "few-rows"], ["few-rows", "many-rows", "big"]),
        ("id", ["many-rows", "few-rows", "big"], ["big", "few-rows", "many-rows"]),
    ],
)
def test_a_list_is_sorted_by_what_the_javascript_client_names(client, datasets, sort, down, up):
    for direction, wanted in (("-1", down), ("1", up), ("", up if sort == "id" else down)):
        url, seen = f"/api/datasets?sort={sort}&limit=1" + (f"&direction={direction}" if direction else ""), []
        while url:
            answer = client.get(url)
            seen += [repo["id"].partition("/")[2] for repo in answer.json()]
            url = answer.headers.get("Link", "").partition(">")[0].removeprefix("<http://testserver")
        assert seen == wanted, direction


@pytest.mark.parametrize(
    ("sort", "value"), [("id", "a\0b"), ("id", 3), ("id", "\ud800"), ("num_parameters", "x"), ("likes", None)]
)
def test_a_cursor_that_this_order_cannot_have_is_refused(client, repos, sort, value):
    assert client.get("/api/models", {"sort": sort, "cursor": write_cursor(value, 1)}).status_code == 400


def test_a_limit_beyond_a_page_is_a_page(client, repos):
    assert len(names(client, "limit=1000000")) == 3


def test_models_are_found_by_their_number_of_parameters(client, alice):
    for name, total in (("small", 10**9), ("large", 7 * 10**9)):
        make_repo(alice, name, num_parameters=total)
    make_repo(alice, "unknown")
    assert names(client, "num_parameters=min:6B") == ["large"]
    assert names(client, "num_parameters=min:500M,max:1.5B") == ["small"]


def test_nobody_is_shown_what_they_may_not_see(client, alice):
    org = make_org("acme", admin=alice, bob="read", dora="write")
    make_repo(org, "ours", creator=alice, private=True)
    mine = make_repo(alice, "mine", private=True)
    make_repo(alice, "everybodys")
    bob = org.memberships.get(user__username="bob").user
    fine = make_token(alice, "fineGrained", rights=(Right(mine.key, "model", write=False, repo=mine.pk),))
    lists = {
        "nobody": names(client),
        "carol": names(client, headers=auth(make_token(make_user("carol")))),
        "bob": names(client, headers=auth(make_token(bob))),
        "alice": names(client, headers=auth(make_token(alice))),
        "alice's token": names(client, headers=auth(fine)),
    }
    assert {who: sorted(found) for who, found in lists.items()} == {
        "nobody": ["everybodys"],
        "carol": ["everybodys"],
        "bob": ["everybodys", "ours"],
        "alice": ["everybodys", "mine", "ours"],
        "alice's token": ["everybodys", "mine"],
    }


def test_a_list_shows_what_was_asked_for(client, repos):
    [plain] = client.get("/api/models?search=tiny").json()
    assert ("cardData" in plain, "siblings" in plain, plain["likes"], plain["gated"]) == (False, False, 1, False)
    [full] = client.get("/api/models?search=tiny&full=True&cardData=true").json()
    assert [file["rfilename"] for file in full["siblings"]] == [".gitattributes", "README.md"]
    assert full["cardData"]["license"] == "mit"
    [few] = client.get("/api/models?search=tiny&expand=likes&expand=siblings").json()
    assert set(few) == {"_id", "id", "modelId", "likes", "siblings"}
    assert client.get("/api/models?expand=secrets").status_code == 400


def test_a_repo_whose_files_are_gone_does_not_hide_the_others(client, alice):
    lost = make_repo(alice, "lost")
    make_repo(alice, "found")
    shutil.rmtree(git_path(lost.public_id))
    listed = {info["id"]: "siblings" in info for info in client.get("/api/models?full=True").json()}
    assert listed == {"alice/lost": False, "alice/found": True}


def test_datasets_and_spaces_have_lists_of_their_own(client, alice):
    make_repo(alice, "corpus", "dataset", files=card(language="en", task_categories="[summarization]"))
    make_repo(alice, "app", "space", files=card(sdk="gradio"))
    assert names(client) == []
    assert names(client, "filter=language:en&filter=task_categories:summarization", "datasets") == ["corpus"]
    [space] = client.get("/api/spaces").json()
    assert (space["id"], space["sdk"]) == ("alice/app", "gradio")


def test_a_page_costs_the_same_however_many_repos_there_are(client, alice, django_assert_num_queries):
    for number in range(3):
        make_repo(alice, f"r{number}", files=card(license="mit"))
    with django_assert_num_queries(3):  # which repos, what is told of them, their tags
        assert len(names(client)) == 3
    assert Repo.objects.count() == 3


def test_more_parameters_than_a_database_can_count_are_no_error(client, repos):
    assert names(client, "num_parameters=min:999999999999T") == []


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_cursor_of_a_time_that_utc_does_not_have_is_refused(client, db, moment):
    assert client.get("/api/models", {"cursor": write_cursor(moment, 1)}).status_code == 400


def test_a_nul_in_any_of_several_values_is_refused(client, db):
    assert client.get("/api/models?filter=a%00&filter=b").status_code == 400


def test_spaces_are_found_by_what_their_cards_name(client):
    alice = make_user("alice")
    make_repo(alice, "demo", "space", files={"README.md": "---\nmodels: [alice/weights]\ndatasets: acme/corpus\n---\n"})
    make_repo(alice, "other", "space")
    for query in ("models=alice/weights", "datasets=acme/corpus", "models=alice/weights&datasets=acme/corpus"):
        assert [repo["id"] for repo in client.get(f"/api/spaces?{query}").json()] == ["alice/demo"]
    assert client.get("/api/spaces?models=alice/none").json() == []
    make_repo(alice, "data-only", "space", files={"README.md": "---\ndatasets: acme/corpus\n---\n"})
    assert set(names(client, "linked=True", "spaces")) == {"data-only", "demo"}
    assert set(names(client, "linked=False", "spaces")) == {"data-only", "other", "demo"}
