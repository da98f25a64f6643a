"""The real clients without Xet: large files up in one piece and in parts, and down again."""

import hashlib
import os

import pytest

from clients import running
from git_people import Person

pytestmark = pytest.mark.client
PART = 64 * 1024 * 1024
UPLOAD = """
    import sys
    from huggingface_hub import HfApi
    repo, path, name = sys.argv[1:]
    HfApi().upload_file(path_or_fileobj=path, path_in_repo=name, repo_id=repo)
"""
DOWNLOAD = """
    import hashlib, sys
    from huggingface_hub import hf_hub_download
    with open(hf_hub_download(*sys.argv[1:]), "rb") as file:
        print(hashlib.file_digest(file, "sha256").hexdigest())
"""


@pytest.fixture(scope="module")
def alice(live_server, tmp_path_factory):
    person = Person(live_server, tmp_path_factory.mktemp("homes"))
    person.env |= {"HF_TOKEN": person.token, "HF_HUB_DISABLE_XET": "1"}
    return person


@pytest.fixture(scope="module")
def repo(alice):
    return alice.create_repo()


@pytest.mark.parametrize("client", ["hub-newest", "hub-0.36"])
@pytest.mark.parametrize("size", [5_000_000, PART + 5_000_000], ids=["one piece", "parts"])
def test_huggingface_hub_sends_and_fetches_a_large_file(alice, repo, tmp_path, client, size):
    source = tmp_path / "weights.safetensors"
    source.write_bytes(os.urandom(size))
    name = f"{client}-{size}.safetensors"
    running.run_python(client, UPLOAD, alice.env, repo, str(source), name)
    done = running.run_python(client, DOWNLOAD, alice.env, repo, name)
    assert done.out.split()[-1] == hashlib.sha256(source.read_bytes()).hexdigest()
    assert not list((alice.server.data / "blobs" / "incoming").iterdir())


def test_git_lfs_is_told_why_it_may_not_fetch(alice, live_server, tmp_path):
    carol = Person(live_server, tmp_path)
    gated = alice.create_repo()
    alice.api("PUT", f"/api/models/{gated}/settings", gated="manual")
    alice.api("POST", f"/api/models/{gated}/user-access-request/grant", user=carol.name)
    folder = alice.clone(gated)
    (folder / "model.bin").write_bytes(os.urandom(100_000))
    alice.git("lfs", "install", "--local", cwd=folder)
    alice.git("add", ".", cwd=folder)
    alice.git("commit", "-m", "Add weights", cwd=folder)
    alice.git("push", cwd=folder)
    carol.env["GIT_LFS_SKIP_SMUDGE"] = "1"
    fetched = carol.clone(gated)
    alice.api("POST", f"/api/models/{gated}/user-access-request/handle", user=carol.name, status="rejected")
    done = carol.git("lfs", "pull", cwd=fetched, check=False)
    assert done.code != 0
    assert "has been rejected by the repo's authors" in done.err
