"""What the tests let stock clients of huggingface_hub do."""

import hashlib
from pathlib import Path

from clients.running import run_python

NEWEST = "hub-newest"

UPLOAD = """
    import sys
    from huggingface_hub import HfApi
    repo_id, path, name = sys.argv[1:]
    HfApi().create_repo(repo_id, exist_ok=True)
    HfApi().upload_file(path_or_fileobj=path, path_in_repo=name, repo_id=repo_id)
"""
DOWNLOAD = """
    import hashlib, json, sys
    from huggingface_hub import hf_hub_download
    repo_id, *names = sys.argv[1:]
    files = {name: open(hf_hub_download(repo_id, name), "rb").read() for name in names}
    print(json.dumps({name: hashlib.sha256(data).hexdigest() for name, data in files.items()}))
"""


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def upload(env: dict[str, str], repo_id: str, path: Path, name: str = "model.bin", client: str = NEWEST) -> None:
    run_python(client, UPLOAD, env, repo_id, str(path), name)


def download(env: dict[str, str], repo_id: str, *names: str, client: str = NEWEST) -> dict[str, str]:
    return run_python(client, DOWNLOAD, env, repo_id, *names).json
