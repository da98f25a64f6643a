"""What a person types with curl: the calls of the access request API one by one, and files in whole and in part."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clients.people import Person
from clients.running import Finished, run, run_python

pytestmark = pytest.mark.client
PUBLISH = """
    import sys
    from huggingface_hub import HfApi
    repo_id, folder = sys.argv[1:]
    api = HfApi()
    api.create_repo(repo_id)
    api.upload_folder(repo_id=repo_id, folder_path=folder)
    api.update_repo_settings(repo_id, gated="manual")
"""


class Curl:
    """curl as one person, or nobody, uses it."""

    def __init__(self, person: Person, *, token: str | None = None) -> None:
        self.url, self.env = person.env["HF_ENDPOINT"], person.env
        self.token = person.token if token is None else token

    def __call__(self, path: str, *options: str, check: bool = True) -> Finished:
        head = ["-H", f"Authorization: Bearer {self.token}"] if self.token else []
        return run(["curl", "-sS", "--fail-with-body", *head, *options, self.url + path], self.env, check=check)

    def json(self, path: str, *options: str) -> Any:
        return json.loads(self(path, *options).out)

    def post(self, path: str, **body: Any) -> Finished:
        return self(path, "-H", "Content-Type: application/json", "-d", json.dumps(body), check=False)

    def status(self, path: str, *options: str) -> int:
        return int(self(path, "-o", "/dev/null", "-w", "%{http_code}", *options, check=False).out)


@pytest.fixture
def alice(person: Callable[[str], Person]) -> Person:
    return person("alice")


@pytest.fixture
def carol(person: Callable[[str], Person]) -> Person:
    return person("carol")


@pytest.fixture
def repo_id(alice: Person, weights: Path) -> str:
    repo_id = f"{alice.name}/weights"
    run_python("hub-newest", PUBLISH, alice.env, repo_id, str(weights))
    return repo_id


def test_every_call_of_the_access_request_api(alice: Person, carol: Person, repo_id: str) -> None:
    author, asker, api = Curl(alice), Curl(carol), f"/api/models/{repo_id}/user-access-request"

    def lists() -> dict[str, list[str]]:
        return {
            status: [request["user"]["user"] for request in author.json(f"{api}/{status}")]
            for status in ("pending", "accepted", "rejected")
        }

    nowhere: dict[str, list[str]] = {"pending": [], "accepted": [], "rejected": []}
    answers = ("--data-urlencode", "Company=Acme & Sons", "--data-urlencode", "I agree=on")
    asked = asker(f"/{repo_id}/ask-access", "-o", "/dev/null", "-w", "%{http_code} %{redirect_url}", *answers)
    assert asked.out == f"303 {asker.url}/{repo_id}"
    assert lists() == nowhere | {"pending": [carol.name]}
    (request,) = author.json(f"{api}/pending")
    assert request["fields"] == {"Company": "Acme & Sons", "I agree": "on"}
    assert (request["user"]["email"], request["status"]) == (f"{carol.name}@example.org", "pending")

    for status in ("accepted", "rejected", "pending"):
        assert author.post(f"{api}/handle", user=carol.name, status=status).code == 0
        assert lists() == nowhere | {status: [carol.name]}
    assert author.post(f"{api}/grant", user=carol.name).code == 0
    assert lists() == nowhere | {"accepted": [carol.name]}

    author(f"/{repo_id}/user-access-report", "-OJ")
    report = json.loads((Path(alice.env["HOME"]) / f"user-access-report-{alice.name}-weights.json").read_text())
    assert [(row["user"], row["status"], row["email"]) for row in report] == [
        (carol.name, "accepted", f"{carol.name}@example.org")
    ]
    assert {"fullname", "time"} <= report[0].keys()


def test_what_may_not_be_is_refused_in_a_sentence(alice: Person, carol: Person, repo_id: str) -> None:
    author, asker, nobody = Curl(alice), Curl(carol), Curl(carol, token="")
    api = f"/api/models/{repo_id}/user-access-request"
    said = {
        "a stranger lists": asker(f"{api}/pending", check=False),
        "nobody lists": nobody(f"{api}/pending", check=False),
        "a bad token": Curl(alice, token="hf_wrong")(f"{api}/pending", check=False),
        "no such person": author.post(f"{api}/handle", user="nobody-here", status="accepted"),
        "nothing asked": author.post(f"{api}/handle", user=carol.name, status="accepted"),
        "no such status": author.post(f"{api}/handle", user=carol.name, status="maybe"),
        "no body": author(f"{api}/grant", "-X", "POST", check=False),
        "a stranger grants": asker.post(f"{api}/grant", user=carol.name),
        "a stranger's report": asker(f"/{repo_id}/user-access-report", check=False),
        "unanswered": asker.post(f"/{repo_id}/ask-access", Company="Acme"),
    }
    assert {what: done.code for what, done in said.items()} == dict.fromkeys(said, 22)
    errors = {what: json.loads(done.out)["error"] for what, done in said.items()}
    assert errors["no such person"] == "User not found"
    assert errors["nothing asked"] == "No access request found matching your criteria"
    assert "accepted" in errors["no such status"]
    assert "I agree" in errors["unanswered"]
    assert all(error and "\n" not in error for error in errors.values()), errors


def test_files_come_whole_in_part_and_not_at_all(alice: Person, carol: Person, repo_id: str, weights: Path) -> None:
    author, nobody, stranger = Curl(alice), Curl(carol, token=""), Curl(carol)
    path, data = f"/{repo_id}/resolve/main/model.safetensors", (weights / "model.safetensors").read_bytes()
    home = Path(alice.env["HOME"])

    author(path, "-o", "whole", "-L")
    assert (home / "whole").read_bytes() == data
    author(path, "-o", "part", "-r", "1000-1999")
    assert (home / "part").read_bytes() == data[1000:2000]
    (home / "resumed").write_bytes(data[:1_000_000])
    author(path, "-o", "resumed", "-C", "-")
    assert (home / "resumed").read_bytes() == data
    assert author.status(path, "-r", f"{len(data)}-") == 416

    head = author(path, "-I").out.lower().splitlines()
    etag = f'"{hashlib.sha256(data).hexdigest()}"'
    assert {f"content-length: {len(data)}", "accept-ranges: bytes", f"etag: {etag}"} <= set(head)
    assert author.status(path, "-H", f"If-None-Match: {etag}") == 304
    assert author(f"/{repo_id}/resolve/main/notes/how%20it%20was%20made.txt").out == "By patience.\n"
    assert author(f"/{repo_id}/raw/main/model.safetensors").out.startswith("version https://git-lfs")

    assert (nobody.status(path), stranger.status(path), nobody.status(f"/{repo_id}/resolve/main/README.md")) == (
        401,
        403,
        200,
    )
    assert f"Visit {stranger.url}/{repo_id} to ask for access" in stranger(path, check=False).out
    assert "Please log in" in nobody(path, "-I", check=False).out


def test_a_file_of_six_gigabytes_may_be_declared(alice: Person, repo_id: str) -> None:
    body = {"operation": "upload", "objects": [{"oid": "ab" * 32, "size": 6 * 1024**3}]}
    batch = f"/{repo_id}.git/info/lfs/objects/batch"
    head = ("-H", "Content-Type: application/vnd.git-lfs+json", "-H", "Accept: application/vnd.git-lfs+json")
    for transfers in (["basic"], ["basic", "multipart"]):
        told = Curl(alice).json(batch, *head, "-d", json.dumps(body | {"transfers": transfers}))
        assert told["transfer"] == transfers[-1]
        upload = told["objects"][0]["actions"]["upload"]
        if told["transfer"] == "multipart":
            parts = [name for name in upload["header"] if name.isdigit()]
            assert len(parts) * int(upload["header"]["chunk_size"]) >= 6 * 1024**3
