"""A day with git and git-lfs, signed in the way `hf auth login` signs git in."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from clients.people import Person
from clients.running import Finished, run, run_hf

pytestmark = pytest.mark.client


class Git:
    """One person's git, whose credentials are where `hf auth login` put them."""

    def __init__(self, person: Person) -> None:
        self.person, self.home = person, Path(person.env["HOME"])
        self("config", "--global", "credential.helper", "store")
        run_hf("hub-newest", person.env, "auth", "login", "--token", person.token, "--add-to-git-credential")

    def __call__(self, *arguments: str, cwd: str = ".", check: bool = True) -> Finished:
        return run(["git", *arguments], self.person.env, cwd=self.home / cwd, check=check)

    def url(self, repo_id: str) -> str:
        return f"{self.person.env['HF_ENDPOINT']}/{repo_id}"

    def commit(self, folder: str, **files: bytes) -> None:
        """Commit files; `a_bin` is written as a.bin."""
        for name, data in files.items():
            (self.home / folder / name.replace("_", ".")).write_bytes(data)
        self("add", ".", cwd=folder)
        self("commit", "-q", "-m", "Change", cwd=folder)


def test_a_day_with_small_and_large_files(person: Callable[[str], Person]) -> None:
    alice, carol = Git(person("alice")), Git(person("carol"))
    repo_id, data = f"{alice.person.name}/weights", random.Random(3).randbytes(2_000_000)
    run_hf("hub-newest", alice.person.env, "repos", "create", repo_id, "--private")
    alice("clone", "-q", alice.url(repo_id), "work")
    alice("lfs", "install", "--local", cwd="work")
    alice.commit("work", config_json=b"{}", model_safetensors=data)
    pushed = alice("push", "origin", "HEAD", cwd="work")
    said = (pushed.out + pushed.err).lower()
    assert "lock" not in said, said  # no advice about file locks
    assert "warning" not in said
    refused = alice("lfs", "lock", "model.safetensors", cwd="work", check=False)
    assert (refused.code, "This hub keeps no file locks." in refused.err) == (2, True)

    alice("clone", "-q", alice.url(repo_id), "again")
    assert (alice.home / "again" / "model.safetensors").read_bytes() == data
    alice.commit("work", model_safetensors=data + b"more", README_md=b"---\nlicense: mit\n---\n")
    alice("tag", "-a", "v2", "-m", "The second", cwd="work")
    alice("push", "origin", "HEAD", "HEAD:refs/heads/exp/one", "v2", cwd="work")
    alice("pull", "-q", cwd="again")
    assert (alice.home / "again" / "model.safetensors").read_bytes() == data + b"more"
    alice("lfs", "fsck", cwd="again")

    refused = carol("clone", carol.url(repo_id), check=False)
    assert (refused.code, "Repository not found" in refused.err) == (128, True)
    run_hf("hub-newest", alice.person.env, "repos", "settings", repo_id, "--public", "--gated", "manual")
    refused = carol("clone", carol.url(repo_id), check=False)
    assert (refused.code, "not in the authorized list" in refused.err) == (128, True)
    assert f"Visit {carol.url(repo_id)} to ask for access" in refused.err

    for revision in ("exp/one", "v2"):
        run_hf("hub-newest", alice.person.env, "download", repo_id, "--revision", revision, "--local-dir", revision)
        assert (alice.home / revision / "model.safetensors").read_bytes() == data + b"more"


def test_bytes_that_were_never_sent_cannot_be_named(person: Callable[[str], Person]) -> None:
    alice = Git(person("alice"))
    repo_id = f"{alice.person.name}/pointers"
    run_hf("hub-newest", alice.person.env, "repos", "create", repo_id)
    alice("clone", "-q", alice.url(repo_id), "work")
    alice("lfs", "install", "--local", "--skip-repo", cwd="work")
    alice.commit("work", model_safetensors=b"never sent")
    refused = alice("push", "--no-verify", "origin", "HEAD", cwd="work", check=False)
    assert (refused.code, "upload it first" in refused.err) == (1, True), refused.err
    alice("lfs", "push", "--all", "origin", cwd="work")
    alice("push", "--no-verify", "origin", "HEAD", cwd="work")
    alice("commit", "--amend", "-q", "-m", "Rewritten", cwd="work")
    assert alice("push", "--no-verify", "origin", "HEAD", cwd="work", check=False).code == 1
    alice("push", "--no-verify", "--force", "origin", "HEAD", cwd="work")
    assert "Rewritten" in alice("log", "origin/main", cwd="work").out
