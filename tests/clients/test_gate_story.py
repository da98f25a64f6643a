"""The seed's story by `huggingface_hub`, oldest and newest: publish, gate, ask, be told why not, be let in, be put out."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clients.people import Person
from clients.running import run_hf, run_python

pytestmark = pytest.mark.client
CLIENTS = ["hub-newest", "hub-0.36"]

PUBLISH = """
    import sys
    from huggingface_hub import HfApi
    repo_id, folder = sys.argv[1:]
    api = HfApi()
    api.create_repo(repo_id)
    api.create_repo(repo_id, exist_ok=True)
    api.upload_folder(repo_id=repo_id, folder_path=folder)
    api.update_repo_settings(repo_id, gated="manual")
"""
# What a person meets who wants the files: the card is open, the rest is refused with a reason.
TRY = """
    import json, pathlib, sys, tempfile
    from huggingface_hub import HfApi, hf_hub_download, snapshot_download
    from huggingface_hub.errors import GatedRepoError
    repo_id = sys.argv[1]
    cache = tempfile.mkdtemp()
    card = pathlib.Path(hf_hub_download(repo_id, "README.md", cache_dir=cache)).read_text()
    told = {"info": HfApi().model_info(repo_id).gated, "card": "harm" in card}
    try:
        told["weights"] = hf_hub_download(repo_id, "model.safetensors", cache_dir=cache)
        told["folder"] = snapshot_download(repo_id, cache_dir=cache)
    except GatedRepoError as error:
        told["error"], told["status"] = str(error), error.response.status_code
    print(json.dumps(told))
"""
ASK = """
    import json, sys, urllib.request
    from huggingface_hub import constants, get_token
    body = json.dumps({"Company": "Acme", "I agree": True}).encode()
    request = urllib.request.Request(f"{constants.ENDPOINT}/{sys.argv[1]}/ask-access", body,
        {"Authorization": f"Bearer {get_token()}", "Content-Type": "application/json"})
    print(urllib.request.urlopen(request).status)
"""
DECIDE = """
    import json, sys
    from huggingface_hub import HfApi
    repo_id, user, verb = sys.argv[1:]
    api = HfApi()
    match verb:
        case "accept": api.accept_access_request(repo_id, user)
        case "reject": api.reject_access_request(repo_id, user, rejection_reason="No company of that name")
        case "cancel": api.cancel_access_request(repo_id, user)
        case "grant": api.grant_access(repo_id, user)
    lists = {
        "pending": api.list_pending_access_requests(repo_id),
        "accepted": api.list_accepted_access_requests(repo_id),
        "rejected": api.list_rejected_access_requests(repo_id),
    }
    print(json.dumps({name: [[r.username, r.email, r.fields] for r in found] for name, found in lists.items()}))
"""


class Story:
    """One repo, its author and one who wants it."""

    def __init__(self, client: str, author: Person, asker: Person, repo_id: str) -> None:
        self.client, self.author, self.asker, self.repo_id = client, author, asker, repo_id

    def tries(self) -> dict[str, Any]:
        return dict(run_python(self.client, TRY, self.asker.env, self.repo_id).json)

    def decide(self, verb: str) -> dict[str, Any]:
        return dict(run_python(self.client, DECIDE, self.author.env, self.repo_id, self.asker.name, verb).json)


@pytest.fixture(params=CLIENTS)
def story(request: pytest.FixtureRequest, person: Callable[[str], Person], weights: Path) -> Story:
    author, asker = person("alice"), person("carol")
    told = Story(request.param, author, asker, f"{author.name}/weights")
    run_python(told.client, PUBLISH, author.env, told.repo_id, str(weights))
    return told


def sha256(path: str | Path) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def test_the_whole_story(story: Story, weights: Path) -> None:
    refused = story.tries()
    assert (refused["info"], refused["card"], refused["status"]) == ("manual", True, 403)
    assert "not in the authorized list" in refused["error"]

    run_python(story.client, ASK, story.asker.env, story.repo_id)
    assert "awaiting a review" in story.tries()["error"]

    lists = story.decide("look")
    assert lists["pending"] == [
        [story.asker.name, f"{story.asker.name}@example.org", {"Company": "Acme", "I agree": "on"}]
    ]
    assert [row[0] for row in story.decide("accept")["accepted"]] == [story.asker.name]
    opened = story.tries()
    assert sha256(opened["weights"]) == sha256(weights / "model.safetensors")
    assert (Path(opened["folder"]) / "notes" / "how it was made.txt").read_text() == "By patience.\n"

    assert [row[0] for row in story.decide("reject")["rejected"]] == [story.asker.name]
    assert "has been rejected" in story.tries()["error"]
    assert [row[0] for row in story.decide("cancel")["pending"]] == [story.asker.name]


def test_a_granted_user_comes_in_and_shares_no_address(story: Story) -> None:
    ((name, email, _),) = story.decide("grant")["accepted"]
    assert (name, email) == (story.asker.name, None)
    assert "weights" in story.tries()


def test_the_command_line_uploads_and_downloads(person: Callable[[str], Person], weights: Path, tmp_path: Path) -> None:
    alice = person("alice")
    run_hf("hub-newest", alice.env, "upload", f"{alice.name}/by-hand", str(weights), ".")
    run_hf("hub-newest", alice.env, "download", f"{alice.name}/by-hand", "--local-dir", str(tmp_path / "back"))
    for file in ("model.safetensors", "config.json", "notes/how it was made.txt", "README.md"):
        assert sha256(tmp_path / "back" / file) == sha256(weights / file)


def test_the_command_line_is_told_why_not(person: Callable[[str], Person], weights: Path) -> None:
    alice, carol = person("alice"), person("carol")
    run_python("hub-newest", PUBLISH, alice.env, f"{alice.name}/weights", str(weights))
    done = run_hf("hub-newest", carol.env, "download", f"{alice.name}/weights", "config.json", check=False)
    assert done.code != 0
    assert "requires approval" in done.err + done.out
    assert f"Visit {alice.env['HF_ENDPOINT']}/{alice.name}/weights to ask for access." in done.err + done.out


def test_sign_in_by_token(person: Callable[[str], Person], client_env: Callable[..., dict[str, str]]) -> None:
    alice = person("alice")
    env = client_env(alice.env["HF_ENDPOINT"])
    run_hf("hub-newest", env, "auth", "login", "--token", alice.token)
    assert alice.name in run_hf("hub-newest", env, "auth", "whoami").out
