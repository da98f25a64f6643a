"""Whatever has befallen a git repository: `gatehouse fsck` says so in a line, and the hub goes on in clear words."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client

from factories import auth, make_repo, make_token, make_user
from gatehouse.accounts.models import User
from gatehouse.cli.main import main
from gatehouse.repos import content
from gatehouse.repos.duplicates import duplicate
from gatehouse.repos.models import Repo
from gatehouse.repos.repositories import delete_repo, git_path, open_git
from gatehouse.storage import git_repos, git_tree
from gatehouse.storage.errors import RepositoryDamaged
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
KEPT = (git_tree._find_entry, git_tree._size_and_pointer, content._file_at, content._known_commit, content._small_blob)
LEAN = ("/alice/weights/resolve/main/a.txt", "/alice/weights.git/info/refs?service=git-upload-pack")
API = ["/api/models/alice/weights", "/api/models/alice/weights/tree/main", "/api/models/alice/weights/refs"]
# What needs nothing of what is damaged, or has it from the database.
_OF_ROW, _OF_REFS, _OF_HISTORY, _OF_GIT = PAGES[0], "/api/models/alice/weights/refs", PAGES[3], LEAN[1]
GOES_ON = {
    lose_folder: (),
    lose_commit: (_OF_ROW, _OF_REFS),
    lose_file: (_OF_ROW, _OF_REFS, _OF_HISTORY, _OF_GIT),
    tear_file: (_OF_ROW, _OF_REFS, _OF_HISTORY, _OF_GIT),
    lead_branch_nowhere: (_OF_ROW, _OF_REFS, "/api/models/alice/weights"),
    tear_branch: (_OF_ROW, _OF_REFS, "/api/models/alice/weights"),
}


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


def forget_what_is_read() -> None:
    """Stand where a process that has just started stands."""
    git_repos._opened.__dict__.clear()
    for kept in KEPT:
        kept.cache_clear()


def answer_to(url: str) -> tuple[int, str]:
    if url.startswith(LEAN):
        reply = call(url)
        return reply.status, reply.text
    response = Client().get(url)
    return response.status_code, response.content.decode()


@pytest.mark.parametrize("url", [*PAGES, *API, *LEAN])
@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_every_door_says_in_one_sentence_what_it_cannot_give(
    damage: Callable[[Path], None], url: str, repo: Repo, caplog: pytest.LogCaptureFixture
) -> None:
    damage(git_path(repo.public_id))
    forget_what_is_read()
    status, text = answer_to(url)
    if status == 200:  # what is asked for is not what is damaged
        assert url in GOES_ON[damage]
        return
    assert (status, RepositoryDamaged.message in text) == (500, True)
    told = [record for record in caplog.records if record.name == "gatehouse.storage.damage"]
    assert [url.partition("?")[0] in record.getMessage() for record in told] == [True]
    assert not any(record.exc_info for record in caplog.records)


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_lists_and_profiles_go_on(damage: Callable[[Path], None], repo: Repo) -> None:
    damage(git_path(repo.public_id))
    forget_what_is_read()
    for url in ("/", "/models", "/alice", "/api/models", "/api/models?author=alice&full=true"):
        assert Client().get(url).status_code == 200
        assert "alice/weights" in Client().get(url).content.decode()


def test_a_profile_goes_on_without_its_damaged_text(alice: User) -> None:
    repo = make_repo(alice, "alice", files={"README.md": "# Alice\n"})
    lose_folder(git_path(repo.public_id))
    assert Client().get("/alice").status_code == 200


def test_a_sha_that_no_branch_leads_to_is_not_found(repo: Repo) -> None:
    lose_commit(git_path(repo.public_id))
    forget_what_is_read()
    assert call(f"/alice/weights/resolve/{'2' * 40}/a.txt").status == 404
    assert call(f"/alice/weights/resolve/{repo.head}/a.txt").status == 500


def test_who_writes_is_refused_and_the_row_keeps_what_it_knew(repo: Repo, alice: User) -> None:
    Repo.objects.update(card={"license": "mit"})
    _object(git_path(repo.public_id), str(open_git(repo.public_id).revparse_single("main:README.md").id)).unlink()
    forget_what_is_read()
    sha = commit_file(repo, "b.txt", b"second", by=alice)
    repo.refresh_from_db()
    assert (repo.head, repo.card) == (sha, {"license": "mit"})
    with pytest.raises(RepositoryDamaged):
        duplicate(repo, alice.namespace, "copy", creator=alice, private=False)
    assert not Repo.objects.filter(name="copy").exists()


@pytest.mark.parametrize("damage", [lose_commit, lead_branch_nowhere, tear_branch], ids=lambda damage: damage.__name__)
def test_a_branch_that_is_damaged_is_not_squashed(damage: Callable[[Path], None], repo: Repo, alice: User) -> None:
    damage(git_path(repo.public_id))
    forget_what_is_read()
    url, headers = "/api/models/alice/weights/super-squash/main", auth(make_token(alice, "write"))
    response = Client().post(url, {}, "application/json", headers=headers)
    assert (response.status_code, RepositoryDamaged.message in response.text) == (500, True)


def test_a_damaged_repository_can_be_deleted(repo: Repo) -> None:
    lose_folder(git_path(repo.public_id))
    delete_repo(repo)
    assert Client().get("/alice/weights").status_code == 404


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
