"""A day at the command line: the `hf` of the newest client, and of the oldest with its former name."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from clients.people import Person
from clients.running import Finished, program, run, run_hf

pytestmark = pytest.mark.client


@pytest.fixture
def alice(person: Callable[[str], Person]) -> Person:
    return person("alice")


def test_a_day_with_the_newest(alice: Person, weights: Path) -> None:
    repo_id, home = f"{alice.name}/weights", Path(alice.env["HOME"])

    def hf(*arguments: str, check: bool = True) -> Finished:
        return run_hf("hub-newest", alice.env, *arguments, check=check)

    hf("repos", "create", repo_id, "--private")
    hf("upload", repo_id, str(weights), ".", "--exclude", "*.txt", "--commit-message", "Publish")
    hf("repos", "tag", "create", repo_id, "v1", "-m", "The first")
    assert "v1" in hf("repos", "tag", "list", repo_id).out
    hf("repos", "branch", "create", repo_id, "exp/one")
    hf("cp", str(weights / "config.json"), f"hf://{repo_id}/copies/config.json")
    assert hf("cp", f"hf://{repo_id}/config.json", "-").out == (weights / "config.json").read_text()
    told = json.loads(hf("models", "info", repo_id, "--json").out)
    assert (told["id"], told["private"], told["card_data"]["license"]) == (repo_id, True, "mit")
    assert repo_id in hf("models", "ls", "--author", alice.name, "--no-truncate").out
    assert "model.safetensors" in hf("models", "ls", repo_id).out
    hf("download", repo_id)
    assert "All checksums match" in hf("cache", "verify", repo_id).out
    hf("repos", "delete-files", repo_id, "copies/*")
    hf("repos", "duplicate", repo_id, f"{alice.name}/copy")
    hf("repos", "move", f"{alice.name}/copy", f"{alice.name}/moved")
    assert f"{alice.name}/moved" in hf("repos", "ls", "--no-truncate").out
    hf("download", f"{alice.name}/moved", "model.safetensors", "--local-dir", "here")
    assert (home / "here" / "model.safetensors").read_bytes() == (weights / "model.safetensors").read_bytes()
    refused = hf("discussions", "list", repo_id, check=False)
    assert (refused.code, "Discussions and pull requests are not offered by this hub." in refused.err) == (1, True)
    hf("repos", "delete", repo_id, "--yes")
    assert repo_id not in hf("models", "ls", "--author", alice.name, "--no-truncate").out


@pytest.mark.once
def test_a_day_with_the_oldest(alice: Person, weights: Path) -> None:
    repo_id = f"{alice.name}/weights"

    def cli(name: str, *arguments: str) -> Finished:
        return run([program("hub-0.36", name), *arguments], alice.env)

    assert alice.name in cli("huggingface-cli", "whoami").out
    cli("hf", "repo", "create", repo_id)
    cli("hf", "upload", repo_id, str(weights), ".", "--delete", "*.none")
    cli("hf", "repo", "tag", "create", repo_id, "v1", "-m", "The first")
    cli("hf", "repo-files", "delete", repo_id, "notes/*")
    cli("hf", "upload-large-folder", f"{alice.name}/large", str(weights), "--repo-type", "model", "--no-report")
    cli("hf", "download", f"{alice.name}/large", "model.safetensors", "notes/how it was made.txt")
    path = cli("huggingface-cli", "download", repo_id, "model.safetensors", "--revision", "v1").out.splitlines()[-1]
    assert Path(path).read_bytes() == (weights / "model.safetensors").read_bytes()
