"""What every script finds: Alice, Carol, an organization of Alice's, files to send, and repos of names nobody used."""

import itertools
import json
import os
import random
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError

URL = os.environ["HF_ENDPOINT"]
ALICE, CAROL = json.loads(os.environ["PEOPLE"])
ORG = os.environ["ORG"]
api = HfApi(token=ALICE["token"])
carols = HfApi(token=CAROL["token"])
nobodys = HfApi(token=False)

_numbers = itertools.count(1)
_process = random.SystemRandom().randrange(10**6)


def name(lead: str = "repo", owner: str = "") -> str:
    """Give a repo id, by default below Alice's name, that nobody used."""
    return f"{owner or ALICE['name']}/{lead}-{_process}-{next(_numbers)}"


def new_repo(lead: str = "repo", files: dict[str, bytes] | None = None, **settings: Any) -> str:
    """Make a repo of Alice's, with files if asked to, and give its id."""
    repo_id = name(lead)
    gated = settings.pop("gated", None)
    api.create_repo(repo_id, **settings)
    repo_type = settings.get("repo_type")
    if files:
        api.upload_folder(repo_id=repo_id, folder_path=folder(files), repo_type=repo_type)
    if gated:
        api.update_repo_settings(repo_id, gated=gated, repo_type=repo_type)
    return repo_id


def folder(files: dict[str, bytes]) -> Path:
    """Make a folder of files."""
    made = Path(tempfile.mkdtemp())
    for path, content in files.items():
        (made / path).parent.mkdir(parents=True, exist_ok=True)
        (made / path).write_bytes(content)
    return made


def weights(size: int = 4000, seed: int = 1, name: str = "w") -> bytes:
    """Give the bytes of a valid safetensors file with one tensor of `size` random bytes."""
    header = json.dumps({name: {"dtype": "U8", "shape": [size], "data_offsets": [0, size]}}).encode()
    header += b" " * (-len(header) % 8)
    return len(header).to_bytes(8, "little") + header + random.Random(seed).randbytes(size)


def content(repo_id: str, path: str, who: HfApi = api, **options: Any) -> bytes:
    """Download a file into a cache of its own and give its bytes."""
    return Path(who.hf_hub_download(repo_id, path, cache_dir=tempfile.mkdtemp(), **options)).read_bytes()


def heads(repo_id: str, **options: Any) -> list[str]:
    """Give the titles of a repo's history, newest first."""
    return [commit.title for commit in api.list_repo_commits(repo_id, **options)]


def ask(repo_id: str, **answers: str) -> None:
    """Ask for access as Carol, as a program does."""
    head = {"Authorization": f"Bearer {CAROL['token']}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{URL}/{repo_id}/ask-access", json.dumps(answers).encode(), head)
    urllib.request.urlopen(request).close()


@contextmanager
def refused(status: int | None, *words: str, error: type[Exception] = HfHubHTTPError) -> Iterator[None]:
    """Expect that what stands inside is refused by an error that says these words, with this status if one is given."""
    raised = None
    try:
        yield
    except error as caught:
        raised = caught
    assert raised is not None, "this was not refused"
    assert status is None or raised.response.status_code == status, f"{status} expected: {raised}"
    for word in words:
        assert word in str(raised), f"{word!r} expected: {raised}"
