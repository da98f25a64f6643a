"""A backup is a data folder that works, and follows the hub when it is made again."""

import os
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import CalledProcessError, CompletedProcess, run
from threading import Event
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

import prepared
from environment import wants_postgres
from factories import make_repo, make_user
from gatehouse.cli import backup, database_copy, lacking, store_lock
from gatehouse.cli.main import main
from gatehouse.repos import commits, repositories
from gatehouse.repos.models import Repo
from gatehouse.storage import marks
from gatehouse.storage.git_operations import Put
from gatehouse.storage.git_repos import open_repo
from gatehouse.storage.git_upkeep import is_whole
from live import LiveServer
from live_people import Person
from postgres import program

pytestmark = pytest.mark.django_db(transaction=True)

SSL_PASSWORD = "opens the client's key"


@pytest.fixture(autouse=True)
def _own_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "copy"


def copied_git(target: Path, repo: Repo) -> Path:
    return target / repositories.git_path(repo.public_id).relative_to(settings.DATA)


def copied_names(target: Path) -> list[str]:
    with sqlite3.connect(target / database_copy.SQLITE) as database:
        names = [row[0] for row in database.execute("SELECT key FROM repos_repo ORDER BY key")]
    database.close()
    return names


def test_it_copies_the_database_the_repositories_and_the_large_files(
    target: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repo = make_repo(make_user("alice"), files={"README.md": "# Weights\n"})
    blob = repositories.blobs().receive([b"weights"])
    assert main(["backup", str(target)]) == 0
    assert "1 repositories and 1 new large files" in capsys.readouterr().out
    assert str(open_repo(copied_git(target, repo)).references["refs/heads/main"].target) == repo.head
    assert (target / repositories.blobs().path(blob.oid).relative_to(settings.DATA)).read_bytes() == b"weights"
    if not wants_postgres():
        assert copied_names(target) == ["alice/weights"]


def test_only_its_owner_can_read_it(target: Path) -> None:
    for key in backup.KEYS:
        (settings.DATA / key).write_text("k" * 50)
    main(["backup", str(target)])
    assert target.stat().st_mode & 0o777 == 0o700
    assert [(target / key).stat().st_mode & 0o777 for key in backup.KEYS] == [0o600, 0o600]


def test_again_it_follows_the_hub(target: Path, capsys: pytest.CaptureFixture[str]) -> None:
    alice = make_user("alice")
    repo = make_repo(alice)
    repositories.blobs().receive([b"weights"])
    main(["backup", str(target)])
    sha = commits.commit(repo, "main", [Put("new.txt", b"new")], user=alice, message="Add a file")
    capsys.readouterr()
    assert main(["backup", str(target)]) == 0
    assert "1 repositories and 0 new large files" in capsys.readouterr().out
    assert str(open_repo(copied_git(target, repo)).references["refs/heads/main"].target) == sha


def test_a_repository_deleted_meanwhile_is_not_in_it(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alice = make_user("alice")
    make_repo(alice, "kept")
    gone = make_repo(alice, "gone")
    copy = backup.copy_database

    def copy_then_delete(folder: Path, lost: dict[str, str]) -> dict[str, str]:
        heads = copy(folder, lost) | {gone.public_id: "1" * 40}  # it has moved on, too
        if Repo.objects.filter(pk=gone.pk).exists():
            repositories.delete_repo(gone)
            return heads
        return copy(folder, lost)

    monkeypatch.setattr(backup, "copy_database", copy_then_delete)
    assert main(["backup", str(target)]) == 0
    if not wants_postgres():
        assert copied_names(target) == ["alice/kept"]


def test_what_is_written_meanwhile_is_in_it_whole_or_not_at_all(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alice = make_user("alice")
    repo = make_repo(alice)
    copy, heads = backup.copy_database, list[str]()

    def write_copy_write(folder: Path, lost: dict[str, str]) -> dict[str, str]:
        heads.append(commits.commit(repo, "main", [Put("in.txt", b"in")], user=alice, message="Add in.txt"))
        late = make_repo(alice, "late")
        found = copy(folder, lost)
        for each in (repo, late):
            commits.commit(each, "main", [Put("out.txt", b"out")], user=alice, message="Add out.txt")
        heads.append(late.head)
        return found

    monkeypatch.setattr(backup, "copy_database", write_copy_write)
    assert main(["backup", str(target)]) == 0
    copied = [copied_git(target, each) for each in Repo.objects.order_by("pk")]
    assert [str(open_repo(path).references["refs/heads/main"].target) for path in copied] == heads
    assert all(is_whole(path) for path in copied)


def lose_head_commit(path: Path) -> None:
    sha = (path / "refs/heads/main").read_text().strip()
    (path / "objects" / sha[:2] / sha[2:]).unlink()


def lose_folder(path: Path) -> None:
    path.rename(path.with_suffix(".elsewhere"))


@pytest.mark.parametrize("damage", [lose_head_commit, lose_folder])
def test_what_cannot_be_read_is_named_and_the_rest_is_copied(
    damage: Callable[[Path], None], target: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    alice = make_user("alice")
    broken, kept = make_repo(alice, "broken"), make_repo(alice, "kept")
    blob = repositories.blobs().receive([b"weights"])
    damage(repositories.git_path(broken.public_id))
    assert main(["backup", str(target)]) == 1
    out, err = capsys.readouterr()
    assert "1 repositories and 1 new large files" in out
    assert "NOT COPIED model alice/broken: " in err
    assert "alice/kept" not in err
    assert "NOT COPIED model alice/broken: " in (target / lacking.NOTE).read_text()
    assert is_whole(copied_git(target, kept))
    assert (target / repositories.blobs().path(blob.oid).relative_to(settings.DATA)).exists()
    assert marks.left_at(marks.BACKUP_DONE) is None


def test_what_can_be_read_again_is_copied_the_next_time(target: Path) -> None:
    repo = make_repo(make_user("alice"))
    path = repositories.git_path(repo.public_id)
    lose_folder(path)
    assert main(["backup", str(target)]) == 1
    path.with_suffix(".elsewhere").rename(path)
    assert main(["backup", str(target)]) == 0
    assert is_whole(copied_git(target, repo))
    assert not (target / lacking.NOTE).exists()


def test_a_large_file_that_cannot_be_read_is_named(target: Path, capsys: pytest.CaptureFixture[str]) -> None:
    oid = repositories.blobs().receive([b"weights"]).oid
    path = repositories.blobs().path(oid)
    path.unlink()
    path.mkdir()
    path.joinpath("file").symlink_to("/proc/self/mem")  # opens, and cannot be read
    assert main(["backup", str(target)]) == 1
    assert f"NOT COPIED {path.relative_to(settings.DATA)}/file: " in capsys.readouterr().err


def test_a_copy_that_is_not_whole_says_so_where_it_is_restored(
    target: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_folder(repositories.git_path(make_repo(make_user("alice"), "broken").public_id))
    main(["backup", str(target)])
    capsys.readouterr()
    monkeypatch.setattr("gatehouse.cli.main.open_hub", lambda **_: None)
    monkeypatch.setattr(settings, "DATA", target)
    assert main(["fsck"]) == 1
    out = capsys.readouterr().out
    assert "from a backup that is not whole" in out
    assert "NOT COPIED model alice/broken: " in out
    assert "DAMAGED repository alice/broken: is missing" in out


def test_a_backup_that_was_cut_off_says_so_and_leaves_the_earlier_database(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = make_user("alice")
    main(["backup", str(target)])
    database = target / (database_copy.DUMP if wants_postgres() else database_copy.SQLITE)
    before = database.read_bytes()
    make_repo(alice)
    monkeypatch.setattr(backup, "_stored", lambda *_: sys.exit("killed"))
    with pytest.raises(SystemExit):
        main(["backup", str(target)])
    assert lacking.UNFINISHED in lacking.tell(target)
    assert database.read_bytes() == before
    monkeypatch.undo()
    assert main(["backup", str(target)]) == 0
    assert lacking.tell(target) == []
    assert database.read_bytes() != before


def test_a_place_without_room_stops_it_with_one_sentence(
    target: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_repo(make_user("alice"))

    def full(*words: str) -> None:
        raise CalledProcessError(128, words, stderr="error: unable to write file: No space left on device")

    monkeypatch.setattr(backup, "_git", full)
    assert main(["backup", str(target)]) == 2
    assert capsys.readouterr().err == f"There is no space left in {target}.\n"


def test_it_refuses_a_place_inside_the_data_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backup", str(settings.DATA / "copy")]) == 2
    assert "another folder" in capsys.readouterr().err


@pytest.mark.skipif(not wants_postgres(), reason="SQLite needs no program of its own")
def test_without_pg_dump_it_copies_the_rest_and_says_so(
    target: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    repo = make_repo(make_user("alice"))
    bare = target.parent / "bin"
    bare.mkdir()
    (bare / "git").symlink_to(shutil.which("git") or "git")
    with monkeypatch.context() as poor:
        poor.setenv("PATH", str(bare))
        assert main(["backup", str(target)]) == 1
    assert "NOT COPIED The database: pg_dump is not installed on this machine" in capsys.readouterr().err
    assert is_whole(copied_git(target, repo))


@pytest.mark.skipif(not wants_postgres(), reason="SQLite needs no program of its own")
def test_no_secret_among_the_options_of_the_address_is_in_a_command_line(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = list[str]()

    def watched(words: list[str], **how: Any) -> CompletedProcess[str]:
        told.extend(words)
        assert f"sslpassword={SSL_PASSWORD}\n" in Path(how["env"]["PGSERVICEFILE"]).read_text()
        return run(words, check=how.pop("check"), **how)

    target.mkdir()
    connection.close()
    user, password = connection.settings_dict["USER"], connection.settings_dict["PASSWORD"]
    monkeypatch.setitem(connection.settings_dict, "PASSWORD", "")
    for name, value in (("user", user), ("password", password), ("sslpassword", SSL_PASSWORD)):
        monkeypatch.setitem(connection.settings_dict["OPTIONS"], name, value)
    with monkeypatch.context() as watching:
        watching.setattr(database_copy.subprocess, "run", watched)
        assert (database_copy.copy_database(target, lost := dict[str, str]()), lost) == ({}, {})
    assert told
    assert not any(password in word or SSL_PASSWORD in word for word in told)


def test_it_waits_for_a_clean_up(target: Path) -> None:
    with ThreadPoolExecutor(1) as pool:
        with store_lock.deleting():
            copying = pool.submit(_hold_as_a_copy)
            with pytest.raises(TimeoutError):
                copying.result(timeout=0.2)
        copying.result()
    with store_lock.copying():
        main(["backup", str(target)])
    assert target.exists()


def _hold_as_a_copy() -> None:
    with store_lock.copying():
        pass


SERVE_ALL = """
from gatehouse.cli.hub import open_hub
open_hub(make=False)
from gatehouse.repos import large_bytes
from gatehouse.repos.models import Repo, RepoBlob
from gatehouse.repos.repositories import open_git
from gatehouse.storage.git_tree import list_tree
for repo in Repo.objects.all():
    entries, _ = list_tree(open_git(repo.public_id), repo.head, recursive=True)
    for entry in entries:
        if entry.lfs:
            assert RepoBlob.objects.filter(repo=repo, oid=entry.lfs.oid).exists(), entry
            large_bytes.source(repo.pk, entry.lfs.oid)
    print(len(entries))
"""


def restored(target: Path) -> dict[str, str]:
    """Give the settings under which the copy is served."""
    where = {"GATEHOUSE_DATA": str(target)}
    if (database := prepared.empty_database()) is None:
        return where
    address = prepared.address_of(database)
    run([program("pg_restore"), "--no-owner", f"--dbname={address}", target / database_copy.DUMP], check=True)
    return where | {"GATEHOUSE_DATABASE_URL": address}


def test_a_copy_taken_amid_commits_serves_every_file(own_server: Callable[..., LiveServer], target: Path) -> None:
    server = own_server()
    server.cli("user", "create", "alice", "--email", "alice@example.org")
    alice = Person(server, "alice", server.cli("token", "create", "alice", "--role", "write"))
    repos, done, sent = [alice.make_repo(name) for name in ("one", "two")], Event(), list[str]()

    def write(repo: str) -> None:
        while not done.is_set():
            data = os.urandom(1000)
            alice.send_by_lfs(repo, data)
            sent.append(f"f{len(sent)}.bin")
            assert alice.commit(repo, sent[-1], data).status == 200

    with ThreadPoolExecutor(2) as pool:
        writing = [pool.submit(write, repo) for repo in repos]
        try:
            for _ in range(3):
                server.cli("backup", str(target))
        finally:
            done.set()
        for each in writing:
            each.result()
    asked = {"env": server.environ | restored(target), "capture_output": True, "text": True}
    fsck = run([sys.executable, "-m", "gatehouse.cli", "fsck"], check=False, **asked)
    assert "MENDED" not in fsck.stdout
    assert (fsck.returncode, fsck.stdout.splitlines()[-1]) == (0, "All is as it was stored."), fsck.stdout + fsck.stderr
    served = run([sys.executable, "-c", SERVE_ALL], check=False, **asked)
    assert served.returncode == 0, served.stderr
    assert len(served.stdout.split()) == 2
