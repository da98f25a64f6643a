"""Files uploaded, written and deleted in the browser."""

import hashlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from factories import make_repo
from gatehouse.repos import possession
from gatehouse.repos.repositories import blobs, open_git
from gatehouse.storage.git_repos import resolve_revision
from gatehouse.storage.git_tree import find_entry, read_blob
from gatehouse.storage.pointers import make_pointer
from web_pages import text_of


@pytest.fixture
def repo(alice):
    return make_repo(alice, "open", files={"README.md": "---\nlicense: mit\n---\n# Hello\n", "crlf.txt": b"a\r\nb\r\n"})


@pytest.fixture
def send(browser, alice, repo):
    return lambda where, **data: browser(alice).post(f"/alice/open/{where}", data)


def read(repo, path):
    git = open_git(repo.public_id)
    entry = find_entry(git, resolve_revision(git, "main"), path)
    return entry.lfs or read_blob(git, entry.oid)


def oid(repo, path):
    git = open_git(repo.public_id)
    return find_entry(git, resolve_revision(git, "main"), path).oid


def test_files_are_uploaded_in_one_commit(send, repo):
    files = [SimpleUploadedFile("a.txt", b"A"), SimpleUploadedFile("b.txt", b"B")]
    page = send("upload/main/docs", file=files, folder="docs", message="Two letters")
    assert page["Location"] == "/alice/open/tree/main/docs"
    assert (read(repo, "docs/a.txt"), read(repo, "docs/b.txt")) == (b"A", b"B")


def test_a_large_file_goes_to_the_store(send, repo):
    send("upload/main", file=SimpleUploadedFile("weights.safetensors", b"w" * 5000))
    pointer = read(repo, "weights.safetensors")
    assert pointer.oid == hashlib.sha256(b"w" * 5000).hexdigest()
    assert blobs().size(pointer.oid) == 5000
    assert possession.holds(repo.pk, pointer.oid)


def test_bytes_that_are_no_text_are_a_large_file(send, repo):
    send("upload/main", file=SimpleUploadedFile("strange", b"\0\1\2"))
    assert read(repo, "strange").size == 3


def test_an_uploaded_name_cannot_leave_the_folder(send, repo):
    page = send("upload/main", file=SimpleUploadedFile("a.txt", b"A"), folder="../../etc")
    assert page.status_code == 400
    assert "'..'" in text_of(page)


def test_nothing_chosen_is_told(send):
    assert "Choose at least one file." in send("upload/main").text


@pytest.mark.parametrize("path", ["upload/main", "new/main"])
def test_a_pointer_to_bytes_of_others_is_refused(send, browser, alice, carol, path):
    other = make_repo(carol, "secret", private=True)
    blob = blobs().receive([b"their weights"])
    possession.take_in(other.pk, blob, user_pk=carol.pk)
    pointer = make_pointer(blob.oid, blob.size)
    data = {"path": "stolen.txt", "text": pointer.decode(), "file": SimpleUploadedFile("stolen.txt", pointer)}
    page = send(path, **data)
    assert page.status_code == 400
    assert "was not uploaded to this repo" in text_of(page)


def test_a_file_is_written(send, repo):
    page = send("new/main", path="docs/new.md", text="Hello\r\nworld", message="Say hello", was="")
    assert page["Location"] == "/alice/open/blob/main/docs/new.md"
    assert read(repo, "docs/new.md") == b"Hello\nworld"


def test_a_new_file_does_not_replace_another(send, repo):
    page = send("new/main", path="README.md", text="gone", was="")
    assert "There is a file called README.md already." in page.text
    assert b"Hello" in read(repo, "README.md")


def test_a_file_is_edited_and_keeps_its_line_ends(send, repo):
    send("edit/main/crlf.txt", path="crlf.txt", text="a\r\nb\r\nc\r\n", was=oid(repo, "crlf.txt"))
    assert read(repo, "crlf.txt") == b"a\r\nb\r\nc\r\n"


def test_editing_the_card_changes_what_lists_say(send, repo):
    send("edit/main/README.md", path="README.md", text="---\npipeline_tag: nice\n---\n", was=oid(repo, "README.md"))
    repo.refresh_from_db()
    assert repo.pipeline_tag == "nice"


def test_a_file_is_renamed(send, repo):
    send("edit/main/crlf.txt", path="b.txt", text="x", was=oid(repo, "crlf.txt"))
    assert read(repo, "b.txt") == b"x"
    with pytest.raises(Exception, match="does not exist"):
        oid(repo, "crlf.txt")


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(send, repo):
    was = oid(repo, "crlf.txt")
    send("edit/main/crlf.txt", path="crlf.txt", text="first", was=was)
    page = send("edit/main/crlf.txt", path="crlf.txt", text="second & last", was=was)
    assert page.status_code == 412
    assert "second &amp; last" in page.text
    assert read(repo, "crlf.txt") == b"first"
    send("edit/main/crlf.txt", path="crlf.txt", text="second", was=page.context["form"]["was"].value())
    assert read(repo, "crlf.txt") == b"second"


def test_a_file_is_deleted(send, browser, alice, repo):
    assert "stays in the history" in text_of(browser(alice).get("/alice/open/delete/main/crlf.txt"))
    assert send("delete/main/crlf.txt")["Location"] == "/alice/open/tree/main/"[:-1]
    with pytest.raises(Exception, match="does not exist"):
        oid(repo, "crlf.txt")


@pytest.mark.parametrize("path", ["upload/main", "new/main", "edit/main/README.md", "delete/main/README.md"])
def test_writing_is_for_authors_alone(browser, repo, carol, path):
    data = {"path": "README.md", "text": "mine", "file": SimpleUploadedFile("README.md", b"mine")}
    assert browser(carol).post(f"/alice/open/{path}", data).status_code == 403
    assert browser().post(f"/alice/open/{path}", data).status_code == 302
    assert b"Hello" in read(repo, "README.md")


@pytest.mark.parametrize("path", ["upload", "new", "edit", "delete"])
def test_only_a_branch_can_be_written_to(send, repo, path):
    assert send(f"{path}/{repo.head}/README.md").status_code == 404
