"""Home, search, lists and profiles."""

import base64

import pytest
from django.utils.timezone import now

from factories import make_org, make_repo, make_user
from gatehouse.access.models import AccessRequest
from web_pages import text_of


@pytest.fixture
def repos(alice):
    german = "---\npipeline_tag: text-generation\nlibrary_name: peft\nlicense: mit\nlanguage: de\ntags: [birds]\n---\n"
    make_repo(alice, "german", files={"README.md": german}, gated="auto", downloads=5)
    make_repo(alice, "plain", downloads=9)
    make_repo(alice, "hidden", private=True)
    make_repo(alice, "rows", "dataset", files={"README.md": "---\nlanguage: de\nlicense: cc0-1.0\n---\n"})


def names(page):
    return [repo.name for repo in page.context["repos"]]


def test_home_shows_what_is_new_and_hides_what_is_private(browser, repos, alice, carol):
    for someone in (None, carol):
        shown = text_of(browser(someone).get("/"))
        assert "alice/german" in shown
        assert "alice/rows" in shown
        assert "hidden" not in shown
    assert "alice/hidden" in text_of(browser(alice).get("/"))


def test_an_empty_hub_says_how_to_begin(browser, alice):
    assert "hf upload alice/first-model" in text_of(browser(alice).get("/"))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["plain", "german"]),
        ("search=GERM", ["german"]),
        ("search=alice+ger", ["german"]),
        ("pipeline_tag=text-generation", ["german"]),
        ("library=peft", ["german"]),
        ("license=mit", ["german"]),
        ("license=license:mit", ["german"]),
        ("language=de", ["german"]),
        ("other=birds", ["german"]),
        ("gated=true", ["german"]),
        ("gated=false", ["plain"]),
        ("author=Alice&sort=downloads", ["plain", "german"]),
        ("author=bob", []),
        ("sort=created", ["plain", "german"]),
    ],
)
def test_a_list_is_narrowed_and_sorted(browser, repos, query, found):
    assert names(browser().get(f"/models?{query}")) == found


def test_datasets_have_a_list_of_their_own(browser, repos):
    assert names(browser().get("/datasets?language=de")) == ["rows"]


def test_a_filter_can_be_taken_away_again(browser, repos):
    chosen = browser().get("/models?library=peft&other=birds&search=g").context["chosen"]
    assert [chip.text for _, _, chip in chosen] == ["Library: peft", "Tag: birds"]
    assert [chip.href for _, _, chip in chosen] == ["/models?other=birds&search=g", "/models?library=peft&search=g"]


def test_filters_do_not_tell_of_private_repos(browser, alice):
    make_repo(alice, "hidden", private=True, files={"README.md": "---\nlibrary_name: secret\n---\n"})
    assert "secret" not in browser().get("/models").text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("models?sort=most_params", ["large", "small", "unknown"]),
        ("models?sort=least_params", ["small", "large", "unknown"]),
        ("datasets?sort=most_rows", ["long", "short", "untold"]),
        ("datasets?sort=least_rows", ["short", "long", "untold"]),
        ("datasets?sort=largest", ["short", "untold", "long"]),
        ("datasets?sort=smallest", ["long", "untold", "short"]),
    ],
)
def test_what_is_large_comes_first_or_last_and_what_is_unknown_always_last(browser, alice, query, found):
    for name, parameters in (("small", 5), ("unknown", None), ("large", 7_000_000)):
        make_repo(alice, name, num_parameters=parameters)
    for name, rows, size in (("short", 3, 900), ("untold", None, 500), ("long", 4000, 100)):
        make_repo(alice, name, "dataset", num_rows=rows, main_size=size)
    assert names(browser().get(f"/{query}")) == found


def test_a_list_of_datasets_tells_their_rows_and_sizes(browser, alice):
    make_repo(alice, "long", "dataset", num_rows=4000, main_size=2048)
    shown = text_of(browser().get("/datasets?sort=most_rows"))
    assert "4k rows 2.0 KB" in shown
    assert "Fewest rows" in shown


@pytest.mark.parametrize("sort", ["modified", "created", "downloads", "likes", "most_params", "least_params"])
def test_pages_follow_each_other_without_gap_or_repeat(browser, alice, monkeypatch, sort):
    monkeypatch.setattr("gatehouse.web.repo_lists.PAGE", 2)
    for number in range(5):
        make_repo(alice, f"model{number}", downloads=number // 2)
    address, seen = f"/models?sort={sort}", []
    while address:
        page = browser().get(address)
        seen += names(page)
        address = page.context["next_page"]
    assert sorted(seen) == [f"model{number}" for number in range(5)]
    assert len(seen) == 5


@pytest.mark.parametrize(
    "query", ["sort=best", "sort=most_rows", "cursor=x", "cursor=WzEsMl0", "cursor=WyJ4IiwxXQ==", "search=%00"]
)
def test_an_address_nobody_made_is_refused(browser, repos, query):
    assert browser().get(f"/models?{query}").status_code == 400


def test_search_finds_repos_and_people(browser, repos, carol):
    page = browser().get("/search?q=ali")
    assert "alice/german" in page.text
    assert "alice/hidden" not in page.text
    assert 'href="/alice"' in page.text
    assert "Nothing has “zebra” in its name" in browser().get("/search?q=zebra").text


def test_a_profile_shows_repos_and_organizations(browser, repos, alice):
    make_org("acme", admin=alice)
    shown = text_of(browser().get("/alice"))
    assert "alice/german" in shown
    assert "hidden" not in shown
    assert "Acme" in shown
    assert "alice@example.org" not in shown


def test_an_organization_shows_its_members(browser, acme):
    assert "Bob bob · Read" in text_of(browser().get("/acme"))


def test_a_name_in_other_letters_leads_to_the_name(browser, alice):
    assert browser().get("/ALICE")["Location"] == "/alice"


def test_nobody_has_no_profile(browser, db):
    assert browser().get("/nobody").status_code == 404


def test_a_list_asks_the_database_little(browser, repos, alice, django_assert_max_num_queries):
    client = browser(make_user("dora"))
    client.get("/models")
    for path in ("/", "/models", "/alice", "/search?q=a"):
        with django_assert_max_num_queries(10):
            client.get(path)


@pytest.mark.parametrize("sort", ["modified", "downloads"])
@pytest.mark.parametrize(
    "cursor", ['["0001-01-01T00:00:00+14:00", 1]', "[1e400, 1]", "[1, 99999999999999999999]", "[1.5, 1]", "[" * 3000]
)
def test_a_page_that_cannot_be_is_refused(browser, repos, sort, cursor):
    page = browser().get("/models", {"sort": sort, "cursor": base64.urlsafe_b64encode(cursor.encode()).decode()})
    assert page.status_code == 400


def test_a_list_tells_how_many_there_are(browser, repos):
    assert "2 found" in text_of(browser().get("/models"))
    assert "1 found" in text_of(browser().get("/models?library=peft"))


def test_lists_can_be_narrowed_to_an_owner_and_a_task(browser, repos, alice):
    assert 'href="/models?author=alice"' in browser().get("/models").text
    make_repo(alice, "qa", "dataset", files={"README.md": "---\ntask_categories: [question-answering]\n---\n"})
    for query in ("task_categories=question-answering", "task_categories=task_categories:question-answering"):
        assert names(browser().get(f"/datasets?{query}")) == ["qa"]


def test_languages_have_their_names(browser, repos):
    assert "German" in browser().get("/models").text


def test_a_profile_shows_what_its_owner_says(browser, alice, carol):
    make_repo(alice, "README", files={"README.md": "# Hello\n\nWe study *birds*."})
    assert "<em>birds</em>" in browser().get("/alice").text


def test_a_private_readme_stays_private(browser, alice, carol):
    make_repo(alice, "README", private=True, files={"README.md": "# Hello\n\nWe study *birds*."})
    assert "birds" not in browser(carol).get("/alice").text


@pytest.mark.parametrize("path", ["/", "/models?language=de&other=birds", "/search?q=al", "/alice"])
def test_lists_ask_the_database_little(browser, repos, alice, path, django_assert_max_num_queries):
    reader = browser(alice)
    reader.get(path)
    with django_assert_max_num_queries(8):
        reader.get(path)


def test_home_tells_those_who_decide_what_waits_and_nobody_else(browser, alice, acme, bob, carol):
    busy = make_repo(acme, "busy", creator=alice, gated="manual")
    open_again = make_repo(acme, "open", creator=alice)
    for repo in (busy, open_again):
        for asker in (carol, bob):
            AccessRequest.objects.create(repo=repo, user=asker, status="pending", timestamp=now())
    accepted = make_repo(alice, "accepted", gated="manual")
    AccessRequest.objects.create(repo=accepted, user=carol, status="accepted", timestamp=now())
    assert [(repo.repo_id, repo.n) for repo in browser(alice).get("/").context["waiting"]] == [("acme/busy", 2)]
    for reader in (None, bob, carol):
        assert "acme/busy/access-requests" not in browser(reader).get("/").text
