"""Stock clients send and fetch large files by Xet, by LFS or by git-lfs, each what the others sent, byte for byte."""

import itertools
import random
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from clients import environments
from clients.running import program, run, run_hf, run_js, run_python
from live import LiveServer
from xet import stock_clients
from xet.stock_clients import DOWNLOAD, NEWEST, UPLOAD, sha256, upload

pytestmark = pytest.mark.client
_numbers = itertools.count(1)
MEGABYTE = 1_000_000

JS_UPLOAD = """
    import * as hub from "@huggingface/hub";
    import { openAsBlob } from "node:fs";
    const [repo, path, name] = process.argv.slice(1);
    const common = {hubUrl: process.env.HF_ENDPOINT, accessToken: process.env.HF_TOKEN};
    await hub.uploadFile({...common, repo, file: {path: name, content: await openAsBlob(path)}});
"""
JS_DOWNLOAD = """
    import * as hub from "@huggingface/hub";
    import { createHash } from "node:crypto";
    const [repo, ...names] = process.argv.slice(1), found = {};
    const common = {hubUrl: process.env.HF_ENDPOINT, accessToken: process.env.HF_TOKEN};
    for (const path of names) {
        const blob = await hub.downloadFile({...common, repo, path});
        found[path] = createHash("sha256").update(Buffer.from(await blob.arrayBuffer())).digest("hex");
    }
    console.log(JSON.stringify(found));
"""


@dataclass
class Person:
    """Somebody with a token, who may start anew in an empty home at any time."""

    name: str
    token: str
    server: LiveServer
    make_env: Callable[..., dict[str, str]]

    def home(self) -> dict[str, str]:
        return self.make_env(self.server.url, self.token)

    def stored(self) -> int:
        """Bytes of all xorbs of the server."""
        return sum(path.stat().st_size for path in (self.server.data / "xet").rglob("*") if path.is_file())


@pytest.fixture
def person(live_server, client_env) -> Callable[[], Person]:
    def make() -> Person:
        name = f"xet-{next(_numbers)}"
        live_server.cli("user", "create", name, "--email", f"{name}@example.org")
        return Person(name, live_server.cli("token", "create", name, "--role", "write"), live_server, client_env)

    return make


@pytest.fixture
def alice(person) -> Person:
    return person()


@pytest.fixture
def make_file(tmp_path) -> Callable[[int], Path]:
    """Give a function that makes a file of so many random bytes."""

    def make(size: int) -> Path:
        path = tmp_path / f"file-{next(_numbers)}.bin"
        path.write_bytes(random.randbytes(size))
        return path

    return make


def download(env: dict[str, str], repo_id: str, *names: str, client: str = NEWEST) -> dict[str, str]:
    if client == "js":
        return run_js(JS_DOWNLOAD, env, repo_id, *names).json
    return stock_clients.download(env, repo_id, *names, client=client)


def push_by_git(person: Person, repo_id: str, path: Path, name: str) -> None:
    env = person.home()
    url = person.server.url.replace("://", f"://{person.name}:{person.token}@")
    run(["git", "clone", "-q", f"{url}/{repo_id}", "clone"], env)
    clone = Path(env["HOME"]) / "clone"
    (clone / name).write_bytes(path.read_bytes())
    for command in (["add", "."], ["commit", "-qm", "Add"], ["push", "-q"]):
        run(["git", *command], env, cwd=clone)


def fetch_by_git(person: Person, repo_id: str, names: list[str]) -> dict[str, str]:
    env = person.home()
    url = person.server.url.replace("://", f"://{person.name}:{person.token}@")
    run(["git", "clone", "-q", f"{url}/{repo_id}", "clone"], env)
    return {name: sha256(Path(env["HOME"]) / "clone" / name) for name in names}


def test_what_one_client_sends_every_other_fetches(alice, make_file):
    repo_id, sent = f"{alice.name}/mixed", {}
    everything = (*environments.HUBS, *environments.XET_OF_OLD)
    clients = [name for name in everything if environments.is_built(name)]
    for client in clients:
        path = make_file(2 * MEGABYTE)
        upload(alice.home(), repo_id, path, f"{client}.bin", client)
        sent[f"{client}.bin"] = sha256(path)
    path = make_file(2 * MEGABYTE)
    push_by_git(alice, repo_id, path, "git.bin")
    sent["git.bin"] = sha256(path)
    if environments.is_built("js"):
        path = make_file(2 * MEGABYTE)
        run_js(JS_UPLOAD, alice.home(), repo_id, str(path), "js.bin")
        sent["js.bin"] = sha256(path)
        clients.append("js")
    for client in clients:
        assert download(alice.home(), repo_id, *sent, client=client) == sent, client
    assert fetch_by_git(alice, repo_id, list(sent)) == sent


def test_the_command_line_sends_and_fetches_folders(alice, make_file, tmp_path):
    folder = tmp_path / "folder"
    (folder / "sub").mkdir(parents=True)
    for name, size in {"one.bin": 3 * MEGABYTE, "sub/two.bin": MEGABYTE, "empty.bin": 0}.items():
        (folder / name).write_bytes(random.randbytes(size))
    (folder / "README.md").write_text("# Weights\n")
    run_hf(NEWEST, alice.home(), "upload", f"{alice.name}/folder", str(folder))
    target = tmp_path / "fetched"
    run_hf(NEWEST, alice.home(), "download", f"{alice.name}/folder", "--local-dir", str(target))
    for path in folder.rglob("*.*"):
        assert (target / path.relative_to(folder)).read_bytes() == path.read_bytes()


def test_only_what_is_new_is_stored(alice, make_file):
    path, repo_id = make_file(20 * MEGABYTE), f"{alice.name}/grows"
    before = alice.stored()
    upload(alice.home(), repo_id, path)
    first = alice.stored() - before
    assert first == pytest.approx(20 * MEGABYTE, rel=0.01)
    upload(alice.home(), repo_id, path, "again.bin")
    assert alice.stored() - before == first
    data = path.read_bytes()
    path.write_bytes(data[: 7 * MEGABYTE] + random.randbytes(1000) + data[7 * MEGABYTE :])
    upload(alice.home(), repo_id, path, "changed.bin")
    assert alice.stored() - before - first < MEGABYTE
    assert download(alice.home(), repo_id, "changed.bin") == {"changed.bin": sha256(path)}


def test_the_same_file_goes_to_one_repo_and_then_to_another(alice, make_file):
    """The client remembers what it sent where; what one repo has another does not."""
    env, path = alice.home(), make_file(3 * MEGABYTE)
    for name in ("first", "second"):
        upload(env, f"{alice.name}/{name}", path)
        assert download(alice.home(), f"{alice.name}/{name}", "model.bin") == {"model.bin": sha256(path)}


def test_what_was_freed_can_be_sent_again(alice, make_file):
    """The client remembers what it sent for weeks, also what no commit named and the server freed."""
    env, path, repo_id = alice.home(), make_file(3 * MEGABYTE), f"{alice.name}/freed"
    only_send = """
        import sys
        from huggingface_hub import CommitOperationAdd, HfApi
        HfApi().create_repo(sys.argv[1])
        HfApi().preupload_lfs_files(sys.argv[1], [CommitOperationAdd("model.bin", sys.argv[2])])
    """
    before = alice.stored()
    run_python(NEWEST, only_send, env, repo_id, str(path))
    assert alice.stored() > before
    for _ in range(2):
        alice.server.cli("gc", "--grace", "0")
    assert alice.stored() <= before
    upload(env, repo_id, path)
    assert download(alice.home(), repo_id, "model.bin") == {"model.bin": sha256(path)}


def test_a_broken_upload_goes_on_where_it_ended(alice, make_file):
    env, path, repo_id = alice.home(), make_file(150 * MEGABYTE), f"{alice.name}/broken"
    before = alice.stored()
    command = [program(NEWEST, "hf"), "upload", repo_id, str(path), "model.bin"]
    client = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not any(xorb.stat().st_size > MEGABYTE for xorb in (alice.server.data / "xet").glob("??/??/*")):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    client.kill()
    client.wait()
    upload(env, repo_id, path)
    assert download(alice.home(), repo_id, "model.bin") == {"model.bin": sha256(path)}
    assert alice.stored() - before < 220 * MEGABYTE


def test_the_gate_holds_for_those_who_speak_xet(alice, person, make_file):
    carol, repo_id, path = person(), f"{alice.name}/gated", make_file(3 * MEGABYTE)
    upload(alice.home(), repo_id, path)
    script = "import sys; from huggingface_hub import HfApi; HfApi().update_repo_settings(sys.argv[1], gated='manual')"
    run_python(NEWEST, script, alice.home(), repo_id)
    refused = run_python(NEWEST, DOWNLOAD, carol.home(), repo_id, "model.bin", check=False)
    assert "GatedRepoError" in refused.err
    sent = run_python(NEWEST, UPLOAD, carol.home(), repo_id, str(path), "mine.bin", check=False)
    assert sent.code != 0
    assert "403" in sent.err
    grant = "import sys; from huggingface_hub import HfApi; HfApi().grant_access(*sys.argv[1:])"
    run_python(NEWEST, grant, alice.home(), repo_id, carol.name)
    assert download(carol.home(), repo_id, "model.bin") == {"model.bin": sha256(path)}
    reject = """
        import sys
        from huggingface_hub import HfApi
        HfApi().reject_access_request(*sys.argv[1:], rejection_reason=None)
    """
    run_python(NEWEST, reject, alice.home(), repo_id, carol.name)
    refused = run_python(NEWEST, DOWNLOAD, carol.home(), repo_id, "model.bin", check=False)
    assert "GatedRepoError" in refused.err


def test_files_that_came_in_by_xet_are_offered_by_xet(alice, make_file):
    repo_id = f"{alice.name}/offered"
    upload(alice.home(), repo_id, make_file(3 * MEGABYTE))
    script = """
        import json, sys
        from huggingface_hub import HfApi, get_hf_file_metadata, hf_hub_url
        entry = next(entry for entry in HfApi().list_repo_tree(sys.argv[1]) if entry.path == "model.bin")
        found = get_hf_file_metadata(hf_hub_url(sys.argv[1], "model.bin")).xet_file_data
        print(json.dumps([entry.xet_hash, found.file_hash]))
    """
    in_tree, in_headers = run_python(NEWEST, script, alice.home(), repo_id).json
    assert len(in_tree) == 64
    assert in_tree == in_headers
