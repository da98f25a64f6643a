"""A repo's metadata: public while its files are gated, hidden while it is private."""

import pytest
from pygit2.enums import ObjectType

from factories import auth, make_repo, make_token, make_user
from gatehouse.repos import commits
from gatehouse.repos.repositories import open_git
from gatehouse.storage.git_operations import Put
from gatehouse.storage.pointers import make_pointer

pytestmark = pytest.mark.django_db

CARD = "---\nlicense: mit\npipeline_tag: text-generation\ntags: [tiny]\n---\n# Weights\n"
OID = "ab" * 32


@pytest.fixture
def alice():
    return make_user("alice")


def test_it_tells_what_the_card_says(client, alice):
    repo = make_repo(alice, files={"README.md": CARD})
    told = client.get("/api/models/alice/weights").json()
    assert (told["id"], told["modelId"], told["author"], told["sha"]) == ("alice/weights",) * 2 + ("alice", repo.head)
    assert (told["pipeline_tag"], told["gated"], told["private"]) == ("text-generation", False, False)
    assert told["cardData"] == {"license": "mit", "pipeline_tag": "text-generation", "tags": ["tiny"]}
    assert {"tiny", "license:mit"} <= set(told["tags"])
    assert [file["rfilename"] for file in told["siblings"]] == [".gitattributes", "README.md"]
    assert told["lastModified"].endswith("Z")


def test_strangers_see_the_metadata_of_a_gated_repo_but_no_hash(client, alice):
    make_repo(alice, gated="manual", files={"model.bin": make_pointer(OID, 7)})
    url = "/api/models/alice/weights?blobs=True"
    told = client.get(url).json()
    assert told["gated"] == "manual"
    assert told["siblings"][1]["lfs"] == {"size": 7, "sha256": "*" * 64, "pointerSize": 126}
    owner = client.get(url, headers=auth(make_token(alice))).json()
    assert owner["siblings"][1]["lfs"]["sha256"] == OID


@pytest.mark.parametrize("path", ["", "/revision/main", "/revision/nowhere", "?expand=sha"])
def test_a_private_repo_and_none_look_the_same(client, alice, path):
    make_repo(alice, "secret", private=True)
    stranger = auth(make_token(make_user("carol")))
    for headers, status in ((None, 401), (stranger, 404)):
        answers = [client.get(f"/api/models/alice/{name}{path}", headers=headers) for name in ("secret", "nothing")]
        assert [answer.status_code for answer in answers] == [status] * 2
        assert [answer.headers["X-Error-Code"] for answer in answers] == ["RepoNotFound"] * 2
        assert answers[0].json() == answers[1].json()


def test_a_model_is_no_dataset(client, alice):
    make_repo(alice)
    assert client.get("/api/datasets/alice/weights").status_code == 401
    assert client.get("/api/models/alice/weights").status_code == 200


@pytest.mark.parametrize("kind", ["models", "datasets", "spaces"])
def test_a_name_of_one_part_is_an_unknown_repo(client, kind):
    for path in ("gpt2", "gpt2/revision/main", "gpt2/tree/main/sub", "gpt2/refs"):
        answer = client.get(f"/api/{kind}/{path}")
        assert (answer.status_code, answer.headers["X-Error-Code"]) == (401, "RepoNotFound"), path


def test_a_call_about_a_name_of_one_part_finds_no_repo_either(client, alice):
    head = auth(make_token(alice, "write"))
    answer = client.delete("/api/models/gpt2/like", headers=head)
    assert (answer.status_code, answer.headers["X-Error-Code"]) == (404, "RepoNotFound")
    make_repo(alice, "like")
    answer = client.delete("/api/models/alice/like", headers=head)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")


def test_a_revision_with_slashes_is_found(client, alice):
    repo = make_repo(alice, files={"README.md": CARD})
    headers = auth(make_token(alice, "write"))
    client.post("/api/models/alice/weights/branch/feature/x", {}, "application/json", headers=headers)
    commits.commit(repo, "feature/x", [Put("README.md", b"---\nlicense: gpl\n---\n")], user=alice, message="x")
    told = client.get("/api/models/alice/weights/revision/feature%2Fx").json()
    assert told["cardData"] == {"license": "gpl"}
    assert told["sha"] != repo.head
    assert client.get("/api/models/alice/weights/revision/HEAD").json()["sha"] == repo.head


def test_an_unknown_revision_is_named(client, alice):
    make_repo(alice)
    answer = client.get("/api/models/alice/weights/revision/nowhere")
    assert (answer.status_code, answer.headers["X-Error-Code"]) == (404, "RevisionNotFound")
    assert answer.json()["error"] == "Invalid rev id: nowhere"


@pytest.mark.parametrize("query", ["expand=likes&expand=gated", "expand[]=likes&expand[]=gated"])
def test_expand_gives_the_fields_asked_for_and_no_others(client, alice, query):
    repo = make_repo(alice, gated="auto")
    told = client.get(f"/api/models/alice/weights?{query}").json()
    id_ = {"_id": repo.public_id, "id": "alice/weights", "modelId": "alice/weights"}
    assert told == id_ | {"likes": 0, "gated": "auto"}


def test_expand_refuses_a_field_that_no_model_has(client, alice):
    make_repo(alice)
    answer = client.get("/api/models/alice/weights?expand=secrets")
    assert answer.status_code == 400
    assert answer.json()["error"].startswith('* Invalid option: expected one of "author"|')
    assert answer.json()["error"].endswith(" * at expand")


def test_every_field_that_clients_ask_for_is_accepted(client, alice):
    make_repo(alice)
    query = "&".join(f"expand={name}" for name in ("baseModels", "gguf", "safetensors", "trendingScore", "widgetData"))
    assert client.get(f"/api/models/alice/weights?{query}").status_code == 200


def test_old_clients_hear_that_large_files_may_come_by_xet(client, alice):
    make_repo(alice)
    assert client.get("/api/models/alice/weights?expand=xetEnabled").json()["xetEnabled"] is True


def test_a_former_name_leads_to_the_repo(client, alice):
    make_repo(alice, "old")
    body = {"fromRepo": "alice/old", "toRepo": "alice/new", "type": "model"}
    client.post("/api/repos/move", body, "application/json", headers=auth(make_token(alice, "write")))
    assert client.get("/api/models/alice/old").json()["id"] == "alice/new"


def test_a_commit_of_a_year_that_no_calendar_has_is_shown_all_the_same(client, alice):
    git = open_git(make_repo(alice).public_id)
    who = f"Alice <alice@example.org> {10**13} +0000"
    raw = f"tree {git.revparse_single('refs/heads/main').tree.id}\nauthor {who}\ncommitter {who}\n\nlate\n"
    sha = git.odb.write(ObjectType.COMMIT, raw.encode())
    assert client.get(f"/api/models/alice/weights/revision/{sha}").json()["lastModified"].startswith("9999-12-31")
    moved = client.post(
        "/api/models/alice/weights/branch/main",
        {"startingPoint": str(sha), "overwrite": True},
        "application/json",
        headers=auth(make_token(alice, "write")),
    )
    assert (moved.status_code, client.get("/api/models/alice/weights").json()["sha"]) == (200, str(sha))


DEEP = "[" * 900 + "]" * 900


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"model_type": "a", "architectures": [NaN, Infinity, 1e999, 1.5]}', [None, None, None, 1.5]),
        ('{"model_type": "a", "architectures": ["\\ud800"]}', None),
        ('{"model_type": "a", "architectures": ["\\u0000"]}', None),
        (f'{{"model_type": "a", "architectures": {DEEP}}}', None),
    ],
)
def test_a_configuration_that_no_database_keeps_does_no_harm(client, alice, text, told):
    repo = make_repo(alice, files={"config.json": text})
    answer = client.get("/api/models/alice/weights").json()
    assert answer["sha"] == repo.head
    assert answer.get("config", {}).get("architectures") == told


def test_a_model_tells_what_loads_it_and_what_hides_its_words(client, alice):
    files = {
        "config.json": '{"model_type": "bert", "architectures": ["BertForMaskedLM"]}',
        "tokenizer_config.json": '{"mask_token": "[MASK]"}',
        "model.safetensors": "",
        "README.md": "---\nlibrary_name: transformers\nwidget: [{text: Hello}]\n---\n",
    }
    make_repo(alice, files=files)
    loading = {"auto_model": "AutoModelForMaskedLM", "pipeline_tag": "fill-mask", "processor": "AutoTokenizer"}
    for url in ("/api/models/alice/weights", "/api/models/alice/weights?expand[]=transformersInfo&expand[]=mask_token"):
        told = client.get(url).json()
        assert (told["transformersInfo"], told["mask_token"]) == (loading, "[MASK]")
    assert client.get("/api/models/alice/weights").json()["widgetData"] == [{"text": "Hello"}]
    (listed,) = client.get("/api/models?expand=transformersInfo&expand=widgetData").json()
    assert (listed["transformersInfo"], listed["widgetData"]) == (loading, [{"text": "Hello"}])


def test_models_tell_what_they_were_made_from_as_far_as_the_caller_sees_it(client, alice):
    base = make_repo(alice, "base")
    make_repo(alice, "secret", private=True)
    card = "---\nbase_model: [alice/Base, alice/secret, meta-llama/Llama-3]\nbase_model_relation: merge\n---\n"
    make_repo(alice, files={"README.md": card})
    for url in ("/api/models/alice/weights?expand=baseModels", "/api/models?search=weights&expand=baseModels"):
        answers = [client.get(url, headers=headers).json() for headers in ({}, auth(make_token(alice)))]
        told, owners = [(each[0] if isinstance(each, list) else each)["baseModels"] for each in answers]
        assert told["relation"] == "merge"
        first = {"_id": base.public_id, "id": "alice/Base"}
        assert told["models"] == [first, {"id": "alice/secret"}, {"id": "meta-llama/Llama-3"}]
        assert "_id" in owners["models"][1]


def test_models_tell_how_many_were_made_from_them_of_those_that_the_caller_sees(client, alice):
    make_repo(alice, "base")
    for name, private in (("child", False), ("hidden", True)):
        make_repo(alice, name, private=private, files={"README.md": "---\nbase_model: alice/base\n---\n"})
    url = "/api/models/alice/base?expand=childrenModelCount"
    assert client.get(url).json()["childrenModelCount"] == 1
    assert client.get(url, headers=auth(make_token(alice))).json()["childrenModelCount"] == 2
    listed = client.get("/api/models?author=alice&expand=childrenModelCount").json()
    assert {repo["id"]: repo["childrenModelCount"] for repo in listed} == {"alice/base": 1, "alice/child": 0}


def test_datasets_and_spaces_tell_what_only_they_have(client, alice):
    make_repo(alice, "corpus", "dataset", files={"a.csv": "1,2\n", "README.md": "---\npaperswithcode_id: x\n---\n"})
    make_repo(alice, "My_Demo", "space")
    told = client.get("/api/datasets/alice/corpus?expand=mainSize&expand=paperswithcode_id").json()
    (listed,) = client.get("/api/datasets?expand=mainSize&expand=paperswithcode_id").json()
    assert told == listed
    assert (told["mainSize"] > 4, told["paperswithcode_id"]) == (True, "x")
    assert client.get("/api/spaces/alice/My_Demo").json()["subdomain"] == "alice-my-demo"
