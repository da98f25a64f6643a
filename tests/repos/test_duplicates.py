"""A server killed in the middle of a copy: the copy is whole, or not there."""

import os
import stat
from pathlib import Path
from shutil import which
from urllib.error import URLError

import pytest

from git_people import Person

# A git that ends whoever runs it as soon as it has fetched, once.
DEADLY = """#!/bin/sh
{git} "$@" || exit
[ "$1" = fetch ] && [ ! -e {done} ] && : > {done} && kill -9 $PPID
exit 0
"""


def test_a_copy_is_whole_or_not_there(own_server, tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    deadly = folder / "git"
    deadly.write_text(DEADLY.format(git=which("git"), done=tmp_path / "done"))
    deadly.chmod(deadly.stat().st_mode | stat.S_IXUSR)
    server = own_server(PATH=f"{folder}:{os.environ['PATH']}")
    alice = Person(server, tmp_path / "homes")
    source = alice.create_repo()
    path, name = f"/api/models/{source}/duplicate", f"{source}-copy"
    with pytest.raises((URLError, ConnectionError)):
        alice.api("POST", path, repository=name)
    assert (tmp_path / "done").exists()
    server.stop()
    server.start()
    assert name not in [repo["id"] for repo in alice.api("GET", "/api/models")]
    assert alice.api("POST", path, repository=name)["url"].endswith(name)
    assert alice.api("GET", f"/api/models/{name}")["sha"] == alice.api("GET", f"/api/models/{source}")["sha"]
