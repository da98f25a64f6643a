"""Users and organizations as others see them."""

from datetime import UTC, datetime

import pytest

from factories import auth, make_org, make_repo, make_token, make_user
from gatehouse.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice():
    return make_user("alice")


def test_a_user_is_shown_without_their_address(client, alice):
    make_org("acme", admin=alice)
    make_repo(alice)
    make_repo(alice, "secret", private=True)
    told = client.get("/api/users/ALICE/overview").json()
    assert (told["user"], told["fullname"], told["type"], told["numModels"]) == ("alice", "Alice", "user", 1)
    assert [org["name"] for org in told["orgs"]] == ["acme"]
    assert "alice@example.org" not in str(told)
    mine = client.get("/api/users/alice/overview", headers=auth(make_token(alice))).json()
    assert mine["numModels"] == 2


def test_an_organization_and_its_members_are_shown(client, alice):
    make_org("acme", admin=alice, bob="write", dora="read")
    told = client.get("/api/organizations/acme/overview").json()
    assert (told["name"], told["fullname"], told["numUsers"]) == ("acme", "Acme", 3)
    members = client.get("/api/organizations/acme/members").json()
    assert [(member["user"], member["role"]) for member in members] == [
        ("alice", "admin"),
        ("bob", "write"),
        ("dora", "read"),
    ]
    assert [member["user"] for member in client.get("/api/organizations/acme/members?search=BO").json()] == ["bob"]


def test_members_come_in_pages(client, alice):
    make_org("acme", admin=alice, **{f"user-{n:02}": "read" for n in range(11)})
    first = client.get("/api/organizations/acme/members?limit=10")
    second = client.get(first.headers["Link"].partition(">")[0].removeprefix("<http://testserver"))
    assert [len(first.json()), len(second.json())] == [10, 2]
    assert len({member["user"] for member in first.json() + second.json()}) == 12


@pytest.mark.parametrize(
    "path", ["users/nobody/overview", "organizations/alice/members", "avatars/nobody", "users/acme/avatar"]
)
def test_who_is_not_there_is_not_found(client, alice, path):
    answer = client.get(f"/api/{path}")
    assert (answer.status_code, set(answer.json())) == (404, {"error"})


def test_an_avatar_is_a_harmless_picture(client, alice):
    told = client.get("/api/users/alice/avatar").json()["avatarUrl"]
    answer = client.get(told.removeprefix("http://testserver"))
    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert ">A<" in answer.content.decode()
    assert client.get("/api/avatars/alice.svg").content == answer.content
    assert client.get("/api/users/alice/avatar?redirect=1").headers["Location"] == told


def test_quicksearch_finds_what_the_caller_may_see(client, alice):
    make_org("alpha", admin=alice)
    make_repo(alice)
    make_repo(alice, "secret", private=True)
    make_repo(alice, "corpus", "dataset")
    make_repo(alice, "demo", "space", files={"README.md": "---\nemoji: 🦙\n---\n"})
    told = client.get("/api/quicksearch?q=al").json()
    assert ([repo["id"] for repo in told["models"]], told["modelsCount"]) == (["alice/weights"], 1)
    assert [repo["id"] for repo in told["datasets"]] == ["alice/corpus"]
    assert [(repo["id"], repo["emoji"]) for repo in told["spaces"]] == [("alice/demo", "🦙")]
    assert ([org["name"] for org in told["orgs"]], told["users"]) == (["alpha"], [])


@pytest.mark.parametrize("parameter", ["type", "type[]"])
def test_people_are_found_by_people(client, alice, parameter):
    make_user("alan", fullname="Al <b>an</b>")
    make_user("bob", fullname="Alfred")
    User.objects.filter(username="alan").update(is_active=True)
    told = client.get(f"/api/quicksearch?q=AL&{parameter}=user", headers=auth(make_token(alice))).json()
    assert [user["user"] for user in told["users"]] == ["alan", "alice", "bob"]
    assert set(told["users"][0]) == {"_id", "user", "fullname", "avatarUrl"}
    assert told["models"] == []
    assert client.get("/api/quicksearch?type=thing").status_code == 400
    assert client.get("/api/quicksearch?type=paper").json()["papers"] == []


def test_letters_are_wished_for_or_not(client, alice):
    url, headers = "/api/settings/notifications", auth(make_token(alice, "write"))
    body = {"notifications": {"gated_user_access_request": False}}
    answer = client.patch(url, body, "application/json", headers=headers)
    assert (answer.status_code, answer.json()) == (200, body)
    alice.refresh_from_db()
    assert not alice.wants_request_letters
    body = {"notifications": {"daily_papers_digest": True}}
    assert client.patch(url, body, "application/json", headers=headers).status_code == 400
    assert client.patch(url, {}, "application/json").status_code in {400, 401}
    body = {"notifications": {"gated_user_access_request": True}}
    assert client.patch(url, body, "application/json", headers=auth(make_token(alice))).status_code == 403


def test_ones_own_repos_tell_what_they_take_up(client, alice):
    make_repo(alice, "one", used_storage=75)
    make_repo(alice, "two", "dataset", private=True, used_storage=25)
    told = client.get("/api/settings/repositories", headers=auth(make_token(alice))).json()
    assert {(r["id"], r["type"], r["visibility"], r["storage"], r["storagePercent"]) for r in told} == {
        ("alice/one", "model", "public", 75, 75.0),
        ("alice/two", "dataset", "private", 25, 25.0),
    }
    assert client.get("/api/settings/repositories").status_code == 401


@pytest.mark.parametrize("sort", ["storage", "updatedAt"])
def test_ones_own_repos_come_in_either_order_page_by_page(client, alice, sort):
    for name, size in (("small", 1), ("large", 9), ("medium", 5)):
        make_repo(alice, name, used_storage=size, last_modified=datetime(2026, 1, size, tzinfo=UTC))
    headers = auth(make_token(alice))
    for direction, order in (("asc", ["small", "medium", "large"]), ("desc", ["large", "medium", "small"])):
        url: str | None = f"/api/settings/repositories?sort={sort}&direction={direction}&limit=2"
        found = []
        while url:
            answer = client.get(url, headers=headers)
            found += [repo["id"].partition("/")[2] for repo in answer.json()]
            link = answer.headers.get("Link", "")
            url = link.partition("<")[2].partition(">")[0].removeprefix("http://testserver") if link else None
        assert found == order


def test_an_organizations_repos_are_for_its_members(client, alice):
    org = make_org("acme", admin=alice, bob="read")
    make_repo(org, "shared", creator=alice)
    url = "/api/organizations/acme/settings/repositories"
    bob = User.objects.get(username="bob")
    assert [repo["id"] for repo in client.get(url, headers=auth(make_token(alice))).json()] == ["acme/shared"]
    assert client.get(url, headers=auth(make_token(bob))).status_code == 403


def test_tags_are_told_by_type(client, alice):
    card = "---\nlicense: mit\npipeline_tag: text-generation\nlibrary_name: transformers\ntags: [tiny]\n---\n"
    make_repo(alice, files={"README.md": card})
    make_repo(alice, "secret", private=True, files={"README.md": "---\nlicense: apache-2.0\n---\n"})
    told = client.get("/api/models-tags-by-type").json()
    ids = {kind: [tag["id"] for tag in tags] for kind, tags in told.items()}
    assert ids == {
        "license": ["license:mit"],
        "pipeline_tag": ["text-generation"],
        "library": ["transformers"],
        "other": ["tiny"],
    }
    assert told["license"][0]["label"] == "mit"
    assert set(client.get("/api/models-tags-by-type?type=license").json()) == {"license"}
    assert client.get("/api/datasets-tags-by-type").json() == {}
    for asked, status in (("models", 200), ("datasets", 400)):
        assert client.get(f"/api/{asked}-tags-by-type?type=pipeline_tag").status_code == status
    for each in ("bucket", "deploy", "doi", "language", "other"):
        assert client.get(f"/api/models-tags-by-type?type={each}").status_code == 200
    assert client.get("/api/models-tags-by-type?type=licence").status_code == 400


def test_tags_have_the_types_of_the_hub(client, alice):
    model = (
        "---\nlanguage: [de]\nbase_model: acme/base\ndatasets: [acme/corpus]\ntags: [tiny]\n---\nSee arxiv:2106.09685."
    )
    make_repo(alice, files={"README.md": model})
    dataset = "---\nlanguage: [de]\nmultilinguality: monolingual\nsource_datasets: original\ntags: [de]\n---\n"
    make_repo(alice, "corpus", "dataset", files={"README.md": dataset})

    def labels(kind: str) -> dict[str, set[str]]:
        told = client.get(f"/api/{kind}-tags-by-type").json()
        return {type_: {tag["label"] for tag in tags} for type_, tags in told.items()}

    assert labels("models") == {
        "language": {"de"},
        "dataset": {"acme/corpus"},
        "arxiv": {"2106.09685"},
        "other": {"tiny", "base_model:acme/base", "base_model:finetune:acme/base"},
    }
    assert labels("datasets") == {
        "language": {"de"},
        "multilinguality": {"monolingual"},
        "source_datasets": {"original"},
        "other": {"de"},
    }
