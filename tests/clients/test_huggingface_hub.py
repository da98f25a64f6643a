"""A usual day with `huggingface_hub`, in each line of its versions: what the scripts do and check."""

from pathlib import Path

import pytest

from clients.environments import HUBS
from clients.running import program, run, run_python

pytestmark = pytest.mark.client
SCRIPTS = Path(__file__).with_name("scripts")


@pytest.mark.parametrize("client", HUBS)
@pytest.mark.parametrize("script", sorted(path.stem for path in SCRIPTS.glob("hub_*.py")))
def test_the_day(script: str, client: str, day: dict[str, str]) -> None:
    run([program(client, "python"), SCRIPTS / "run.py", script], day)


@pytest.mark.parametrize("client", HUBS)
def test_another_name_of_the_hub_will_do(client: str, day: dict[str, str]) -> None:
    script = """
        import os, uuid
        from huggingface_hub import HfApi
        api, repo_id = HfApi(), os.environ["ORG"] + "/named-" + uuid.uuid4().hex
        here = f"{os.environ['HF_ENDPOINT']}/{repo_id}"
        assert [api.create_repo(repo_id), api.create_repo(repo_id, exist_ok=True)] == [here, here]
        commit = api.upload_file(path_or_fileobj=bytes(20_000), path_in_repo="a.bin", repo_id=repo_id)
        assert commit.commit_url.startswith(here), commit
        if hasattr(api, "duplicate_repo"):
            assert api.duplicate_repo(repo_id, repo_id + "-2") == here + "-2"
    """
    localhost = day["HF_ENDPOINT"].replace("127.0.0.1", "localhost")
    run_python(client, script, day | {"HF_ENDPOINT": localhost})


def test_a_hundred_megabytes_of_text_are_one_commit(day: dict[str, str]) -> None:
    script = """
        import os
        from huggingface_hub import CommitOperationAdd, HfApi
        api, repo_id = HfApi(), os.environ["ORG"] + "/much-text"
        api.create_repo(repo_id)
        text = ("a line of text that says nothing\\n" * 275_000).encode()
        files = [CommitOperationAdd(f"{number}.txt", b"%d" % number + text) for number in range(12)]
        api.create_commit(repo_id, files, commit_message="Much text")
        found = api.get_paths_info(repo_id, [file.path_in_repo for file in files])
        assert [(file.size, file.lfs) for file in found] == [(len(text) + len(str(n)), None) for n in range(12)], found
    """
    run_python("hub-newest", script, day)
