"""The real clients manage repos: what they make, change, list and delete is there, changed, listed and gone."""

import itertools
from collections.abc import Callable

import pytest

from clients.running import run_js, run_python
from live import LiveServer

pytestmark = pytest.mark.client
_numbers = itertools.count(1)

REPOS = """
    import json, sys
    from huggingface_hub import HfApi
    from huggingface_hub.utils import HfHubHTTPError, RepositoryNotFoundError
    me = sys.argv[1]
    api, nobody, told = HfApi(), HfApi(token=False), {}
    told["url"] = str(api.create_repo("one"))
    told["again"] = str(api.create_repo("one", exist_ok=True))
    api.create_repo("one", repo_type="dataset", private=True)
    told["exists"] = [nobody.repo_exists(f"{me}/one"), nobody.repo_exists(f"{me}/one", repo_type="dataset"),
                      api.repo_exists(f"{me}/one", repo_type="dataset"), nobody.repo_exists(f"{me}/none")]
    api.move_repo(f"{me}/one", f"{me}/two")
    told["old name"] = api.model_info(f"{me}/one").id
    api.update_repo_settings(f"{me}/two", private=True)
    told["private"] = nobody.repo_exists(f"{me}/two")
    api.delete_repo(f"{me}/two")
    api.delete_repo(f"{me}/two", missing_ok=True)
    try:
        api.delete_repo(f"{me}/two")
    except RepositoryNotFoundError:
        told["gone"] = True
    told["left"] = [repo.id for repo in api.list_datasets(author=me)]
    print(json.dumps(told))
"""
FILES = """
    import json, sys
    from huggingface_hub import CommitOperationAdd, CommitOperationCopy, CommitOperationDelete, HfApi
    from huggingface_hub.utils import EntryNotFoundError, HfHubHTTPError
    repo_id = f"{sys.argv[1]}/files"
    api, told = HfApi(), {}
    api.create_repo(repo_id)
    files = {"README.md": b"---\\nlicense: mit\\n---\\n", "a.txt": b"a", "d/b c.txt": b"b", "empty.bin": b""}
    first = api.create_commit(repo_id, [CommitOperationAdd(k, v) for k, v in files.items()], commit_message="Add\\n\\nAll")
    api.create_branch(repo_id, branch="feature/x")
    api.create_tag(repo_id, tag="v1", revision=first.oid[:8], tag_message="First")
    changes = [CommitOperationDelete("d/"), CommitOperationCopy("a.txt", "copy.txt"), CommitOperationAdd("a.txt", b"new")]
    api.create_commit(repo_id, changes, commit_message="Change", revision="feature/x", parent_commit=first.oid)
    for name, call in {
        "stale": lambda: api.upload_file(path_or_fileobj=b"x", path_in_repo="x", repo_id=repo_id, revision="feature/x",
                                         parent_commit=first.oid),
        "missing": lambda: api.delete_file("none", repo_id),
        "pull request": lambda: api.upload_file(path_or_fileobj=b"x", path_in_repo="x", repo_id=repo_id, create_pr=True),
    }.items():
        try:
            call()
        except HfHubHTTPError as error:
            told[name] = error.response.status_code
        except EntryNotFoundError:
            told[name] = 404
    same = api.upload_file(path_or_fileobj=b"a", path_in_repo="a.txt", repo_id=repo_id)
    told["unchanged"] = same.oid == first.oid
    told["files"] = {rev: api.list_repo_files(repo_id, revision=rev) for rev in ("main", "feature/x", "v1")}
    told["folder"] = [entry.path for entry in api.list_repo_tree(repo_id, "d", revision="v1", expand=True)]
    told["paths"] = [entry.path for entry in api.get_paths_info(repo_id, ["d", "a.txt", "none"])]
    told["commits"] = [commit.title for commit in api.list_repo_commits(repo_id, revision="feature/x")]
    told["refs"] = [ref.name for ref in api.list_repo_refs(repo_id).branches + api.list_repo_refs(repo_id).tags]
    api.super_squash_history(repo_id)
    told["squashed"] = len(api.list_repo_commits(repo_id))
    api.delete_branch(repo_id, branch="feature/x")
    api.delete_tag(repo_id, tag="v1")
    told["license"] = api.model_info(repo_id).card_data.license
    told["listed"] = [repo.id for repo in api.list_models(author=sys.argv[1], filter="license:mit", sort="last_modified")]
    print(json.dumps(told))
"""
JAVASCRIPT = """
    import * as hub from "@huggingface/hub";
    const [me] = process.argv.slice(1), common = {hubUrl: process.env.HF_ENDPOINT, accessToken: process.env.HF_TOKEN};
    const repo = {type: "model", name: `${me}/js`}, told = {};
    await hub.createRepo({...common, repo, license: "mit", files: [{path: "x.txt", content: new Blob(["x"])}]});
    await hub.commit({...common, repo, title: "Change", operations: [
        {operation: "delete", path: "x.txt"}, {operation: "addOrUpdate", path: "d/y.txt", content: new Blob(["y"])}]});
    told.files = [];
    for await (const file of hub.listFiles({...common, repo, recursive: true})) told.files.push(file.path);
    told.listed = [];
    for await (const model of hub.listModels({...common, search: {owner: me}})) told.listed.push(model.name);
    const info = await hub.modelInfo({...common, name: repo.name, additionalFields: ["cardData"]});
    told.license = info.cardData.license;
    told.exists = [await hub.fileExists({...common, repo, path: "d/y.txt"}), await hub.repoExists({...common, repo})];
    told.commits = await hub.countCommits({...common, repo});
    await hub.deleteRepo({...common, repo});
    told.gone = !(await hub.repoExists({...common, repo}));
    console.log(JSON.stringify(told));
"""


@pytest.fixture
def alice(live_server: LiveServer, client_env: Callable[..., dict[str, str]]) -> tuple[str, dict[str, str]]:
    """Give an Alice of this test's own, and her environment; large files go by LFS."""
    name = f"alice-api-{next(_numbers)}"
    live_server.cli("user", "create", name, "--email", f"{name}@example.org", "--password-stdin", stdin="long enough")
    env = client_env(live_server.url, live_server.cli("token", "create", name, "--role", "write"))
    return name, env | {"HF_HUB_DISABLE_XET": "1"}


@pytest.mark.parametrize("client", ["hub-newest", "hub-0.36"])
def test_repos_come_move_and_go(live_server, alice, client):
    me, env = alice
    assert run_python(client, REPOS, env, me).json == {
        "url": f"{live_server.url}/{me}/one",
        "again": f"{live_server.url}/{me}/one",
        "exists": [True, False, True, False],
        "old name": f"{me}/two",
        "private": False,
        "gone": True,
        "left": [f"{me}/one"],
    }


@pytest.mark.parametrize("client", ["hub-newest", "hub-0.36"])
def test_files_branches_and_history(alice, client):
    me, env = alice
    everything = [".gitattributes", "README.md", "a.txt", "d/b c.txt", "empty.bin"]
    assert run_python(client, FILES, env, me).json == {
        "stale": 412,
        "missing": 404,
        "pull request": 501,
        "unchanged": True,
        "files": {
            "main": everything,
            "feature/x": [".gitattributes", "README.md", "a.txt", "copy.txt", "empty.bin"],
            "v1": everything,
        },
        "folder": ["d/b c.txt"],
        "paths": ["d", "a.txt"],
        "commits": ["Change", "Add", "initial commit"],
        "refs": ["feature/x", "main", "v1"],
        "squashed": 1,
        "license": "mit",
        "listed": [f"{me}/files"],
    }


def test_the_javascript_client_does_the_same(alice):
    me, env = alice
    assert run_js(JAVASCRIPT, env, me).json == {
        "files": [".gitattributes", "README.md", "d", "d/y.txt"],
        "listed": [f"{me}/js"],
        "license": "mit",
        "exists": [True, True],
        "commits": 2,
        "gone": True,
    }
