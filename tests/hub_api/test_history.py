"""References, commits and diffs."""

import pytest

from factories import auth, make_repo, make_token, make_user
from gatehouse.repos import commits
from gatehouse.storage.git_operations import Put

pytestmark = pytest.mark.django_db
REPO = "/api/models/alice/weights"


@pytest.fixture
def repo():
    repo = make_repo(make_user("alice"), files={"a.txt": "old\n"})
    commits.commit(repo, "main", [Put("a.txt", b"new\n")], user=repo.creator, message="Change <a>\n\nBecause & so")
    return repo


def test_references_have_all_the_lists_that_clients_demand(client, repo):
    told = client.get(f"{REPO}/refs").json()
    assert set(told) == {"branches", "tags", "converts"}
    assert client.get(f"{REPO}/refs?include_prs=1").json()["pullRequests"] == []


def test_history_is_newest_first(client, repo):
    answer = client.get(f"{REPO}/commits/main?expand[]=formatted")
    newest = answer.json()[0]
    assert (newest["title"], newest["message"], newest["authors"]) == (
        "Change <a>",
        "Because & so",
        [{"user": "alice"}],
    )
    assert newest["formatted"] == {"title": "Change &lt;a&gt;", "message": "Because &amp; so"}
    assert newest["date"].endswith("Z")
    assert answer.headers["X-Total-Count"] == "3"
    assert "Link" not in answer.headers
    assert "formatted" not in client.get(f"{REPO}/commits/main").json()[0]


def test_history_comes_in_pages(client, repo):
    first = client.get(f"{REPO}/commits/main?limit=2")
    assert first.headers["Link"] == f'<http://testserver{REPO}/commits/main?limit=2&p=1>; rel="next"'
    assert [commit["title"] for commit in client.get(f"{REPO}/commits/main?limit=2&p=1").json()] == ["initial commit"]
    assert client.get(f"{REPO}/commits/main?p=-1").status_code == 400


@pytest.mark.parametrize("dots", ["..", "..."])
def test_a_diff_shows_what_changed(client, repo, dots):
    before = client.get(f"{REPO}/commits/main").json()[1]["id"]
    answer = client.get(f"{REPO}/compare/{before}{dots}main?raw=true")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert "-old\n+new\n" in answer.content.decode()
    assert client.get(f"{REPO}/compare/main").status_code == 400
    assert client.get(f"{REPO}/compare/main..none").status_code == 404


def test_a_diff_of_a_gated_repo_is_for_readers(client, repo):
    repo.gated = "manual"
    repo.save()
    answer = client.get(f"{REPO}/compare/main..main")
    assert (answer.status_code, answer.headers["X-Error-Code"]) == (401, "GatedRepo")
    answer = client.get(f"{REPO}/compare/main..main", headers=auth(make_token(make_user("carol"))))
    assert (answer.status_code, answer.headers["X-Error-Code"]) == (403, "GatedRepo")
    assert client.get(f"{REPO}/commits/main").status_code == 200
