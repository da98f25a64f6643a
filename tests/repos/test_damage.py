"""Whatever has befallen a git repository: `gatehouse fsck` says so in a line, and the hub goes on in clear words."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client

from factories import make_repo, make_user
from gatehouse.accounts.models import User
from gatehouse.cli.main import main
from gatehouse.repos.models import Repo
from gatehouse.repos.repositories import git_path, open_git
from lean import call, commit_file

pytestmark = pytest.mark.django_db
Fsck = Callable[[], tuple[int, str]]


@pytest.fixture
def alice() -> User:
    return make_user("alice")


@pytest.fixture
def repo(alice: User) -> Repo:
    repo = make_repo(alice, files={"README.md": "# Weights\n"})
    commit_file(repo, "a.txt", b"first", by=alice)
    repo.refresh_from_db()
    return repo


@pytest.fixture
def fsck(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Fsck:
    monkeypatch.setattr("gatehouse.cli.main.open_hub", lambda **_: None)
    return lambda: (main(["fsck"]), capsys.readouterr().out)


def _object(path: Path, sha: str) -> Path:
    return path / "objects" / sha[:2] / sha[2:]


def lose_folder(path: Path) -> None:
    shutil.rmtree(path)


def lose_commit(path: Path) -> None:
    _object(path, (path / "refs/heads/main").read_text().strip()).unlink()


def lose_file(path: Path) -> None:
    _object(path, str(open_git(path.stem).revparse_single("main:a.txt").id)).unlink()


def tear_file(path: Path) -> None:
    torn = _object(path, str(open_git(path.stem).revparse_single("main:a.txt").id))
    torn.chmod(0o600)
    torn.write_bytes(torn.read_bytes()[:5])


def lead_branch_nowhere(path: Path) -> None:
    (path / "refs/heads/main").write_text("1" * 40 + "\n")


def tear_branch(path: Path) -> None:
    (path / "refs/heads/main").write_bytes(b"")


DAMAGES = [lose_folder, lose_commit, lose_file, tear_file, lead_branch_nowhere, tear_branch]
PAGES = ["/alice/weights", "/alice/weights/tree/main", "/alice/weights/blob/main/a.txt", "/alice/weights/commits/main"]
API = ["/api/models/alice/weights", "/api/models/alice/weights/tree/main", "/api/models/alice/weights/refs"]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_damage_is_told_in_one_line_and_harms_nothing_else(
    damage: Callable[[Path], None], repo: Repo, fsck: Fsck, alice: User
) -> None:
    make_repo(alice, "other")
    damage(git_path(repo.public_id))
    before = sorted(git_path(repo.public_id).rglob("*"))
    code, out = fsck()
    assert code == 1
    assert [line for line in out.splitlines() if "DAMAGED" in line] == [
        line for line in out.splitlines() if line.startswith("DAMAGED repository alice/weights: ")
    ]
    assert out.endswith("1 damaged.\n")
    assert sorted(git_path(repo.public_id).rglob("*")) == before
    assert Client().get("/alice/other").status_code == 200


@pytest.mark.parametrize("url", [*PAGES, *API, "/alice/weights/resolve/main/a.txt"])
def test_a_repository_whose_folder_is_lost_is_not_found(url: str, repo: Repo) -> None:
    lose_folder(git_path(repo.public_id))
    answered = call(url).status if "/resolve/" in url else Client().get(url).status_code
    assert answered == 404


@pytest.mark.parametrize("url", [*PAGES[1:], API[1], "/alice/weights/resolve/main/a.txt"])
def test_a_branch_that_leads_nowhere_is_not_found(url: str, repo: Repo) -> None:
    lead_branch_nowhere(git_path(repo.public_id))
    answered = call(url).status if "/resolve/" in url else Client().get(url).status_code
    assert answered == 404


def test_a_row_that_is_behind_follows_again(repo: Repo, fsck: Fsck) -> None:
    tip = repo.head
    Repo.objects.update(head=str(open_git(repo.public_id)[tip].parents[0].id), card={"of": "yesterday"})
    code, out = fsck()
    assert (code, out.count("MENDED repository alice/weights: main had gone on")) == (0, 1)
    repo.refresh_from_db()
    assert (repo.head, repo.card) == (tip, {})
    assert fsck()[1].endswith("All is as it was stored.\n")


def test_a_row_that_is_ahead_of_git_is_told_of_and_left(repo: Repo, fsck: Fsck) -> None:
    Repo.objects.update(head="1" * 40)
    code, out = fsck()
    assert (code, "lacks the commit 1111" in out) == (1, True)
    repo.refresh_from_db()
    assert repo.head == "1" * 40
