"""git's door without a network: who is let in, and what odd requests get."""

import gzip
import hashlib
import struct
import subprocess
import zlib
from pathlib import Path

import pytest

from factories import make_repo, make_token, make_user
from gatehouse.access import access_requests
from gatehouse.config import lean_doors
from gatehouse.git_http import program as programs
from gatehouse.git_http import push
from gatehouse.repos import card
from gatehouse.repos.models import Repo
from gatehouse.repos.repositories import git_path, move_repo, open_git, set_private
from lean import basic, call, commit_file, environ_of

pytestmark = pytest.mark.django_db
REFS = "/alice/weights.git/info/refs?service=git-upload-pack"
FETCH = "/alice/weights.git/git-upload-pack"
PUSH = "/alice/weights.git/git-receive-pack"


@pytest.fixture
def owner():
    return make_user("alice")


@pytest.fixture
def repo(owner):
    return make_repo(owner, "weights", gated="manual", files={"a.txt": "hello\n"})


@pytest.fixture
def writer(repo, owner):
    return basic(make_token(owner, "write"))


def pkt(line: bytes) -> bytes:
    return f"{len(line) + 4:04x}".encode() + line


def wish(sha: str) -> bytes:
    return pkt(f"want {sha} no-progress\n".encode()) + b"0000" + pkt(b"done\n")


def fetch(body: bytes, **headers: str):
    return call(FETCH, "POST", body=body, CONTENT_TYPE="application/x-git-upload-pack-request", **headers)


@pytest.mark.parametrize("service", ["git-upload-pack", "git-receive-pack"])
@pytest.mark.parametrize("repo_id", ["alice/weights", "alice/nope", "alice/weights.git", "datasets/alice/weights"])
def test_nobody_is_asked_for_a_password(repo, service, repo_id):
    reply = call(f"/{repo_id}/info/refs?service={service}")
    assert (reply.status, reply.headers["www-authenticate"]) == (401, 'Basic realm="Gatehouse"')
    assert reply.headers["content-type"].startswith("text/plain")


def test_a_private_repo_and_none_look_alike(repo):
    set_private(repo, private=True)
    stranger = basic(make_token(make_user("carol")))
    for credentials in ({}, {"AUTHORIZATION": stranger}):
        private, none = call(REFS, **credentials), call(REFS.replace("weights", "nope"), **credentials)
        assert (private.status, private.body, private.code) == (none.status, none.body, none.code)


def test_an_open_repo_needs_no_name_to_be_read_but_one_to_be_written(repo):
    Repo.objects.update(gated="")
    assert b"refs/heads/main" in call(REFS).body
    assert call(REFS.replace("upload", "receive")).status == 401


def test_the_conversation_follows_the_protocol_version(repo, writer):
    assert call(REFS, AUTHORIZATION=writer).body.startswith(b"001e# service=git-upload-pack\n0000")
    assert call(REFS, AUTHORIZATION=writer, GIT_PROTOCOL="version=2").body.startswith(b"000eversion 2\n")
    assert call(REFS, AUTHORIZATION=writer, GIT_PROTOCOL="version=2; rm -rf").body.startswith(b"001e#")


def test_objects_are_sent_to_those_who_may_read(repo, writer):
    reply = fetch(wish(repo.head), AUTHORIZATION=writer)
    assert (reply.status, b"PACK" in reply.body) == (200, True)
    assert fetch(wish(repo.head)).status == 401


def test_a_packed_wish_is_unpacked(repo, writer):
    reply = fetch(gzip.compress(wish(repo.head)), AUTHORIZATION=writer, CONTENT_ENCODING="gzip")
    assert b"PACK" in reply.body
    assert fetch(b"no gzip", AUTHORIZATION=writer, CONTENT_ENCODING="gzip").status == 400
    assert fetch(b"?", AUTHORIZATION=writer, CONTENT_ENCODING="br").status == 415


def test_taking_access_away_works_at_the_next_request(repo, owner):
    carol = make_user("carol")
    access_requests.grant(repo, carol, by=owner)
    carols = basic(make_token(carol))
    assert fetch(wish(repo.head), AUTHORIZATION=carols).status == 200
    access_requests.reject(access_requests.find(repo, user=carol), by=owner)
    reply = fetch(wish(repo.head), AUTHORIZATION=carols)
    assert (reply.status, reply.code) == (403, "GatedRepo")


def test_a_former_name_goes_on_working(repo, owner, writer):
    move_repo(repo, owner.namespace, "heavier")
    assert call(REFS, AUTHORIZATION=writer).status == 200


def test_other_ways_to_speak_are_refused(repo, writer):
    assert call("/alice/weights/info/refs", AUTHORIZATION=writer).status == 403
    assert call("/alice/weights/info/refs?service=git-shell", AUTHORIZATION=writer).status == 403
    assert call(REFS, "POST", AUTHORIZATION=writer).status == 405
    assert call(FETCH, AUTHORIZATION=writer).status == 405
    assert call(FETCH, "POST", AUTHORIZATION=writer, body=b"0000", CONTENT_TYPE="text/plain").status == 415
    assert call(REFS, AUTHORIZATION="Basic !").status == 401


@pytest.mark.parametrize(
    "body", [b"", b"0000", b"garbage", b"ffff", b"0009want\n", wish("0" * 40), wish("a" * 40) * 100]
)
@pytest.mark.parametrize("service", ["upload", "receive"])
def test_garbage_harms_nobody(repo, writer, body, service):
    url = f"/alice/weights.git/git-{service}-pack"
    reply = call(url, "POST", body=body, AUTHORIZATION=writer, CONTENT_TYPE=f"application/x-git-{service}-pack-request")
    assert reply.status == 200
    assert b"PACK" not in reply.body


def test_a_body_that_breaks_off_ends_git(repo, writer, monkeypatch):
    ended = []
    close = programs.Program.close
    monkeypatch.setattr(programs.Program, "close", lambda self: (close(self), ended.append(self._process.returncode)))
    reply = call(
        PUSH,
        "POST",
        body=b"00a0",
        AUTHORIZATION=writer,
        CONTENT_LENGTH="4000",
        CONTENT_TYPE="application/x-git-receive-pack-request",
    )
    assert reply.status == 400
    assert ended
    assert None not in ended


def test_git_ends_when_the_client_is_gone(repo, writer):
    body = wish(repo.head)
    environ = environ_of(
        FETCH, "POST", body=body, AUTHORIZATION=writer, CONTENT_TYPE="application/x-git-upload-pack-request"
    )
    answer = lean_doors.answer(environ, lambda *_: None)
    process = answer._process
    answer.close()
    assert process.returncode is not None
    assert list(answer) == []
    answer.close()


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_many_file_descriptors_are_not_left_behind(repo, writer):
    fetch(wish(repo.head), AUTHORIZATION=writer)
    before = open_files()
    for _ in range(5):
        fetch(wish(repo.head), AUTHORIZATION=writer)
        call(PUSH, "POST", body=b"0000", AUTHORIZATION=writer, CONTENT_TYPE="application/x-git-receive-pack-request")
    assert open_files() == before


def test_without_its_hook_no_push_is_taken(repo, writer, monkeypatch, tmp_path):
    monkeypatch.setattr(push, "HOOKS", tmp_path)
    reply = call(
        PUSH, "POST", body=b"0000", AUTHORIZATION=writer, CONTENT_TYPE="application/x-git-receive-pack-request"
    )
    assert reply.status == 500


def push_body(repo: Repo, tmp_path, *, new: str, ref: str = "refs/heads/main") -> bytes:
    """Make what git would send for moving `ref` to a commit that is there already: no objects."""
    command = f"{repo.head} {new} {ref}\0 report-status side-band-64k".encode()
    empty = subprocess.run(
        ["git", "pack-objects", "--stdout", "-q"],
        input=b"",
        capture_output=True,
        check=True,
        cwd=git_path(repo.public_id),
    )
    return pkt(command) + b"0000" + empty.stdout


@pytest.mark.django_db(transaction=True)
def test_the_repos_row_is_up_to_date_when_the_pusher_hears_it(repo, writer, owner, tmp_path):
    old = repo.head

    repo.head = commit_file(repo, "b.txt", b"more", by=owner)
    body = push_body(repo, tmp_path, new=old)
    environ = environ_of(
        PUSH, "POST", body=body, AUTHORIZATION=writer, CONTENT_TYPE="application/x-git-receive-pack-request"
    )
    answer = lean_doors.answer(environ, lambda *_: None)
    said = b""
    for words in answer:
        said += words
        if b"ok refs/heads/main" in said:
            assert Repo.objects.get(pk=repo.pk).head == old
    answer.close()
    assert b"ok refs/heads/main" in said


@pytest.mark.django_db(transaction=True)
def test_an_accepted_push_is_finished_though_its_pusher_left(repo, writer, owner, tmp_path):

    old = repo.head
    repo.head = commit_file(repo, "b.txt", b"more", by=owner)
    environ = environ_of(
        PUSH,
        "POST",
        body=push_body(repo, tmp_path, new=old),
        AUTHORIZATION=writer,
        CONTENT_TYPE="application/x-git-receive-pack-request",
    )
    answer = lean_doors.answer(environ, lambda *_: None)
    next(iter(answer))
    answer.close()
    assert Repo.objects.get(pk=repo.pk).head == old


@pytest.mark.django_db(transaction=True)
def test_a_row_that_cannot_be_brought_up_to_date_is_logged(repo, writer, owner, tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(card, "refresh", lambda _repo: 1 / 0)
    body = push_body(repo, tmp_path, new=repo.head)
    reply = call(PUSH, "POST", body=body, AUTHORIZATION=writer, CONTENT_TYPE="application/x-git-receive-pack-request")
    assert b"ok refs/heads/main" in reply.body
    assert "could not be brought up to date" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_rights_are_asked_for_again_before_branches_move(repo, writer, owner, tmp_path, monkeypatch):
    judged = push.Push._judge

    def judge(self):
        Repo.objects.filter(pk=repo.pk).update(namespace=make_user("carol").namespace, creator=None)
        return judged(self)

    monkeypatch.setattr(push.Push, "_judge", judge)
    body = push_body(repo, tmp_path, new=repo.head, ref="refs/heads/main")
    reply = call(PUSH, "POST", body=body, AUTHORIZATION=writer, CONTENT_TYPE="application/x-git-receive-pack-request")
    assert b"You have read access but not the required permissions" in reply.body
    assert b"pre-receive hook declined" in reply.body


def test_a_sentence_for_a_terminal_is_one_line():
    assert push.one_line("a\nb\x1b[31m\x00c") == "a b?[31m?c"


def objects(*packed: bytes) -> bytes:
    """Give a pack of objects that are packed already."""
    pack = b"PACK" + struct.pack(">II", 2, len(packed)) + b"".join(packed)
    return pack + hashlib.sha1(pack).digest()


def number(value: int, first: int = 7, lead: int = 0) -> bytes:
    """Write a number as packs do, seven bits a byte; the first byte of an object holds its type and fewer bits."""
    digits = [lead << first | value & ((1 << first) - 1)]
    value >>= first
    while value:
        digits.append(value & 0x7F)
        value >>= 7
    return bytes([*(digit | 0x80 for digit in digits[:-1]), digits[-1]])


def test_a_push_of_a_few_bytes_takes_no_gigabytes_of_memory(repo, writer):
    base = b"A" * 0xFFFFFF
    name = hashlib.sha1(b"blob %d\0" % len(base) + base).digest()
    delta = number(len(base)) + number(64 * len(base)) + b"\xf0\xff\xff\xff" * 64  # 64 copies of all of it: 1 GiB
    pack = objects(
        number(len(base), 4, 3) + zlib.compress(base), number(len(delta), 4, 7) + name + zlib.compress(delta)
    )
    line = f"{'0' * 40} {name.hex()} refs/tags/large\0report-status agent=test".encode()
    kind = "application/x-git-receive-pack-request"
    reply = call(PUSH, "POST", body=pkt(line) + b"0000" + pack, AUTHORIZATION=writer, CONTENT_TYPE=kind)
    assert b"unpack unpack-objects abnormal exit" in reply.body
    assert "refs/tags/large" not in open_git(repo.public_id).references


def test_a_push_that_lacks_objects_is_refused(repo, writer, caplog):
    line = f"{'0' * 40} {'1' * 40} refs/heads/none\0report-status agent=test".encode()
    kind = "application/x-git-receive-pack-request"
    reply = call(PUSH, "POST", body=pkt(line) + b"0000" + objects(), AUTHORIZATION=writer, CONTENT_TYPE=kind)
    assert b"ng refs/heads/none" in reply.body
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
