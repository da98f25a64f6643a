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
