"""The headers and bytes of /resolve and /raw, as the clients read them."""

import hashlib

import pytest

from factories import make_repo, make_token
from gatehouse.repos import downloads
from gatehouse.repos.models import Repo
from gatehouse.repos.repositories import blobs, open_git
from gatehouse.storage import git_refs
from gatehouse.storage.git_repos import resolve_revision
from gatehouse.storage.pointers import make_pointer
from lean import add_large_file, call, commit_file
from resolve.conftest import CONFIG

pytestmark = pytest.mark.django_db
FILE = "/alice/weights/resolve/main/config.json"
LARGE = b"weights " * 40_000


def blob_sha1(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def test_a_regular_files_headers(repo, token):
    reply = call(FILE, "HEAD", token=token)
    etag = f'"{blob_sha1(CONFIG)}"'
    expected = {
        "x-repo-commit": resolve_revision(open_git(repo.public_id), "main"),
        "etag": etag,
        "x-linked-etag": etag,
        "x-linked-size": str(len(CONFIG)),
        "content-length": str(len(CONFIG)),
        "accept-ranges": "bytes",
        "content-disposition": 'inline; filename="config.json";',
        "x-content-type-options": "nosniff",
    }
    assert (reply.status, reply.body) == (200, b"")
    assert expected.items() <= reply.headers.items()


def test_a_large_file_is_known_by_its_sha256(repo, token, alice):
    add_large_file(repo, "model.safetensors", LARGE, by=alice)
    reply = call("/alice/weights/resolve/main/model.safetensors", token=token)
    assert reply.headers["etag"] == reply.headers["x-linked-etag"] == f'"{hashlib.sha256(LARGE).hexdigest()}"'
    assert reply.headers["x-linked-size"] == str(len(LARGE))
    assert reply.body == LARGE


def test_raw_gives_the_pointer_of_a_large_file(repo, token, alice):
    blob = add_large_file(repo, "model.safetensors", LARGE, by=alice)
    pointer = make_pointer(blob.oid, blob.size)
    reply = call("/alice/weights/raw/main/model.safetensors", token=token)
    assert (reply.body, reply.headers["content-length"]) == (pointer, str(len(pointer)))
    assert call("/alice/weights/raw/main/model.safetensors", "HEAD", token=token).status == 200


def test_the_js_client_finds_a_files_size_by_one_byte(repo, token):
    accept = "application/vnd.xet-fileinfo+json, */*"
    reply = call(FILE, token=token, RANGE="bytes=0-0", ACCEPT=accept)
    assert (reply.status, reply.body) == (206, CONFIG[:1])
    assert reply.headers["content-range"] == f"bytes 0-0/{len(CONFIG)}"


def test_a_download_goes_on_where_it_stopped(repo, token, alice):
    add_large_file(repo, "model.safetensors", LARGE, by=alice)
    reply = call("/alice/weights/resolve/main/model.safetensors", token=token, RANGE="bytes=1000-")
    assert (reply.status, reply.body) == (206, LARGE[1000:])


def test_an_unchanged_file_is_not_sent_again(repo, token):
    etag = call(FILE, token=token).headers["etag"]
    reply = call(FILE, token=token, IF_NONE_MATCH=etag)
    assert (reply.status, reply.body) == (304, b"")


def test_an_etag_belongs_to_its_revision(repo, token, alice):
    first = call(FILE, token=token)
    changed = b"{}\n"
    commit_file(repo, "config.json", changed, by=alice)
    old = call(f"/alice/weights/resolve/{first.headers['x-repo-commit']}/config.json", token=token)
    new = call(FILE, token=token)
    assert (old.headers["etag"], old.body) == (first.headers["etag"], CONFIG)
    assert (new.headers["etag"], new.body) == (f'"{blob_sha1(changed)}"', changed)
    assert new.headers["x-repo-commit"] != first.headers["x-repo-commit"]


def test_the_same_content_on_a_second_branch_is_there(repo, token, alice):
    blob = add_large_file(repo, "a.bin", LARGE, by=alice)
    git_refs.create_branch(open_git(repo.public_id), "other", repo.head)
    commit_file(repo, "b.bin", make_pointer(blob.oid, blob.size), by=alice, branch="other")
    assert call("/alice/weights/resolve/other/b.bin", token=token).body == LARGE


def test_a_missing_file_tells_the_commit_in_which_it_is_missing(repo, token):
    reply = call("/alice/weights/resolve/main/nope.bin", token=token)
    assert (reply.status, reply.code) == (404, "EntryNotFound")
    assert reply.headers["x-repo-commit"] == resolve_revision(open_git(repo.public_id), "main")


@pytest.mark.parametrize("path", ["notes", "notes/", "config.json/", "config.json/x", ".", "..", "./config.json"])
def test_what_is_no_file_is_not_found(repo, token, path):
    assert call(f"/alice/weights/resolve/main/{path}", token=token).code == "EntryNotFound"


@pytest.mark.parametrize("revision", ["feature%2Fone", "feature/one", "refs%2Fheads%2Ffeature%2Fone", "v1", "HEAD"])
def test_revisions_of_every_form_lead_to_the_file(repo, token, revision):
    git = open_git(repo.public_id)
    head = resolve_revision(git, "main")
    git_refs.create_branch(git, "feature/one", head)
    git_refs.create_tag(git, "v1", head, message="first", author=None)
    assert call(f"/alice/weights/resolve/{revision}/notes/page.html", token=token).status == 200


def test_a_branch_that_git_has_packed_is_found(repo, token):
    import subprocess

    subprocess.run(["git", "pack-refs", "--all"], cwd=open_git(repo.public_id).path, check=True)
    assert call(FILE, token=token).body == CONFIG


def test_what_users_wrote_never_runs_as_a_page(repo, token):
    for door in ("resolve", "raw"):
        reply = call(f"/alice/weights/{door}/main/notes/page.html", token=token)
        assert reply.headers["content-type"] == "text/plain; charset=utf-8"
        assert "sandbox" in reply.headers["content-security-policy"]


def test_a_download_link_saves_the_file(repo, token):
    reply = call(f"{FILE}?download=true", token=token)
    assert reply.headers["content-disposition"] == 'attachment; filename="config.json";'


def test_pages_elsewhere_may_read_without_cookies_only(repo, token):
    reply = call(FILE, token=token, ORIGIN="https://evil.example")
    assert reply.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in reply.headers
    assert call(FILE, "OPTIONS").status == 204


def test_the_clients_request_id_comes_back(repo):
    assert call(FILE, X_REQUEST_ID="mine-1").headers["x-request-id"] == "mine-1"
    assert call(FILE, X_AMZN_TRACE_ID="trace-1").headers["x-request-id"] == "trace-1"
    assert len(call(FILE, X_REQUEST_ID="a b\r\nX-Evil: 1").headers["x-request-id"]) == 32


def test_a_pointer_to_bytes_of_another_repo_gives_nothing(repo, alice, carol):
    blob = add_large_file(repo, "model.safetensors", LARGE, by=alice)
    thiefs = make_repo(carol, "loot")
    commit_file(thiefs, "model.safetensors", make_pointer(blob.oid, blob.size), by=carol)
    reply = call("/carol/loot/resolve/main/model.safetensors", token=make_token(carol))
    assert (reply.status, reply.code) == (404, "EntryNotFound")
    assert blobs().size(blob.oid) == len(LARGE)


def test_downloads_are_counted_and_looks_are_not(repo, token):
    call(FILE, token=token)
    call(FILE, token=token, RANGE="bytes=0-9")
    for looks in ({"method": "HEAD"}, {"RANGE": "bytes=0-0"}, {"RANGE": "bytes=5-9"}, {"IF_NONE_MATCH": "*"}):
        call(FILE, token=token, **looks)
    call("/alice/weights/resolve/main/README.md")
    call(FILE)
    downloads.flush()
    downloads.flush()
    assert Repo.objects.get(pk=repo.pk).downloads == 2
