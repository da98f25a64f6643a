"""A repo that moved answers to its former name by every way in and out: the API, files, git, git-lfs, Xet, JavaScript."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from clients.environments import HUBS
from clients.people import Person
from clients.running import run, run_js, run_python

pytestmark = pytest.mark.client
MOVE = """
    import sys
    from huggingface_hub import HfApi
    former, present = sys.argv[1:]
    api = HfApi()
    api.create_repo(former)
    api.upload_file(path_or_fileobj=b"a", path_in_repo="a.txt", repo_id=former)
    api.move_repo(former, present)
"""
SEND_AND_FETCH = """
    import pathlib, sys
    from huggingface_hub import HfApi, hf_hub_download
    former, path, name = sys.argv[1:]
    HfApi().upload_file(path_or_fileobj=path, path_in_repo=name, repo_id=former)
    assert pathlib.Path(hf_hub_download(former, name)).read_bytes() == pathlib.Path(path).read_bytes()
    assert name in HfApi().list_repo_files(former)
"""
SEND_AND_FETCH_BY_JS = """
    import { openAsBlob } from "node:fs";
    import { downloadFile, uploadFile } from "@huggingface/hub";
    const [repo, path, name] = process.argv.slice(1);
    const asker = { hubUrl: process.env.HF_ENDPOINT, accessToken: process.env.HF_TOKEN, repo };
    const content = await openAsBlob(path);
    await uploadFile({ ...asker, file: { path: name, content } });
    const back = await downloadFile({ ...asker, path: name });
    if ((await back.arrayBuffer()).byteLength !== content.size) throw new Error("not whole");
"""


def test_a_former_name_leads_everywhere(person: Callable[[str], Person], tmp_path: Path) -> None:
    alice = person("alice")
    former, present = f"{alice.name}/former", f"{alice.name}/present"
    run_python("hub-newest", MOVE, alice.env, former, present)
    sent = {}
    for seed, client in enumerate((*HUBS, "js", "git")):
        sent[f"{client}.bin"] = random.Random(seed).randbytes(1_000_000)
        (tmp_path / f"{client}.bin").write_bytes(sent[f"{client}.bin"])
    for client in HUBS:
        run_python(client, SEND_AND_FETCH, alice.env, former, str(tmp_path / f"{client}.bin"), f"{client}.bin")
    run_js(SEND_AND_FETCH_BY_JS, alice.env, former, str(tmp_path / "js.bin"), "js.bin")

    url = alice.env["HF_ENDPOINT"].replace("://", f"://any:{alice.token}@")
    work = tmp_path / "work"
    run(["git", "clone", "-q", f"{url}/{former}", work], alice.env)
    (work / "git.bin").write_bytes(sent["git.bin"])
    run(["git", "add", "."], alice.env, cwd=work)
    run(["git", "commit", "-qm", "By git"], alice.env, cwd=work)
    run(["git", "push", "-q"], alice.env, cwd=work)

    again = tmp_path / "again"
    run(["git", "clone", "-q", f"{url}/{present}", again], alice.env)
    assert {path.name: path.read_bytes() for path in again.glob("*.bin")} == sent
