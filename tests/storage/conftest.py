"""A repository of Alice's, and git itself to look at it from outside."""

import subprocess
from pathlib import Path

import pytest
from pygit2 import Repository

from gatehouse.storage.git_refs import git_environment
from gatehouse.storage.git_repos import Author, create_repo, open_repo
from storage.raw_git import Git


@pytest.fixture
def alice() -> Author:
    return Author("Alice", "alice@example.org")


@pytest.fixture
def path(tmp_path: Path, alice: Author) -> Path:
    path = tmp_path / "repo.git"
    create_repo(path, author=alice, files={"README.md": b"# Model\n"})
    return path


@pytest.fixture
def repo(path: Path) -> Repository:
    return open_repo(path)


@pytest.fixture
def git(path: Path) -> Git:
    """Give a function that runs git in the repository, in a process of its own."""

    def run(*arguments: str, cwd: Path = path, data: str | None = None) -> str:
        identity = ["-c", "user.name=Bob", "-c", "user.email=bob@example.org"]
        done = subprocess.run(
            ["git", *identity, *arguments],
            cwd=cwd,
            env=git_environment(),
            input=data,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return run
