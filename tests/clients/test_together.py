"""One repo, all clients: what one of them sends, every other gets, whichever way the bytes went in."""

import hashlib
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from clients.environments import HUBS
from clients.people import Person
from clients.running import run, run_js, run_python

pytestmark = pytest.mark.client
SEND = """
    import sys
    from huggingface_hub import HfApi
    repo_id, path, name = sys.argv[1:]
    HfApi().upload_file(path_or_fileobj=path, path_in_repo=name, repo_id=repo_id)
"""
FETCH = """
    import hashlib, json, pathlib, sys
    from huggingface_hub import snapshot_download
    folder = pathlib.Path(snapshot_download(sys.argv[1]))
    print(json.dumps({file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.glob("*.bin")}))
"""
SEND_BY_JS = """
    import { openAsBlob } from "node:fs";
    import { uploadFile } from "@huggingface/hub";
    const [repo, path, name] = process.argv.slice(1);
    await uploadFile({ hubUrl: process.env.HF_ENDPOINT, accessToken: process.env.HF_TOKEN, repo,
        file: { path: name, content: await openAsBlob(path) } });
"""
FETCH_BY_JS = """
    import { createHash } from "node:crypto";
    import { downloadFile, listFiles } from "@huggingface/hub";
    const asker = { hubUrl: process.env.HF_ENDPOINT, accessToken: process.env.HF_TOKEN, repo: process.argv[1] };
    const told = {};
    for await (const { path } of listFiles(asker)) {
        if (!path.endsWith(".bin")) continue;
        const blob = await downloadFile({ ...asker, path });
        told[path] = createHash("sha256").update(new Uint8Array(await blob.arrayBuffer())).digest("hex");
    }
    console.log(JSON.stringify(told));
"""


def git(alice: Person, *arguments: str, cwd: Path) -> None:
    run(["git", *arguments], alice.env, cwd=cwd)


def digests(folder: Path) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.glob("*.bin")}


def test_every_client_gets_what_every_client_sent(person: Callable[[str], Person], tmp_path: Path) -> None:
    alice, home = person("alice"), tmp_path / "files"
    home.mkdir()
    repo_id, shared = f"{alice.name}/together", random.Random(0).randbytes(1_000_000)
    create = "import sys; from huggingface_hub import HfApi; HfApi().create_repo(sys.argv[1], private=True)"
    run_python("hub-newest", create, alice.env, repo_id)
    for seed, client in enumerate((*HUBS, "js", "git"), 1):
        # The halves are the same for all, so that what came in one way is met by what comes in another.
        (home / f"{client}.bin").write_bytes(shared + random.Random(seed).randbytes(500_000))
    (home / "same.bin").write_bytes((home / "git.bin").read_bytes())

    for client in HUBS:
        run_python(client, SEND, alice.env, repo_id, str(home / f"{client}.bin"), f"{client}.bin")
    run_js(SEND_BY_JS, alice.env, repo_id, str(home / "js.bin"), "js.bin")
    url = alice.env["HF_ENDPOINT"].replace("://", f"://any:{alice.token}@") + f"/{repo_id}"
    git(alice, "clone", "-q", url, "work", cwd=tmp_path)
    git(alice, "lfs", "install", "--local", cwd=tmp_path / "work")
    (tmp_path / "work" / "git.bin").write_bytes((home / "git.bin").read_bytes())
    git(alice, "add", ".", cwd=tmp_path / "work")
    git(alice, "commit", "-qm", "By git", cwd=tmp_path / "work")
    git(alice, "push", "-q", cwd=tmp_path / "work")
    run_python("hub-newest", SEND, alice.env, repo_id, str(home / "same.bin"), "same.bin")

    sent = digests(home)
    for client in HUBS:
        assert run_python(client, FETCH, alice.env, repo_id).json == sent, client
    assert run_js(FETCH_BY_JS, alice.env, repo_id).json == sent
    git(alice, "clone", "-q", url, "again", cwd=tmp_path)
    assert digests(tmp_path / "again") == sent
