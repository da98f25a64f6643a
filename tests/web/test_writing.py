"""Files uploaded, written and deleted in the browser."""

import hashlib
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from factories import make_repo
from gatehouse.repos import possession
from gatehouse.repos.models import Repo
from gatehouse.repos.repositories import blobs, open_git
from gatehouse.storage.blobs import LocalBlobs
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


def test_what_was_typed_outlives_the_file(send, repo):
    was = oid(repo, "crlf.txt")
    send("delete/main/crlf.txt")
    page = send("edit/main/crlf.txt", path="new.txt", text="long & dear", was=was)
    assert page.status_code == 412
    assert "long &amp; dear" in page.text
    assert "deleted by somebody else" in page.text
    send("edit/main/crlf.txt", path="new.txt", text="long", was=page.context["form"]["was"].value())
    assert read(repo, "new.txt") == b"long"


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


def test_folders_keep_their_names_where_a_script_tells_them(send, repo):
    files = [SimpleUploadedFile("a.txt", b"A"), SimpleUploadedFile("a.txt", b"B")]
    send("upload/main", file=files, path=["x/a.txt", "y/z/a.txt"], folder="docs")
    assert (read(repo, "docs/x/a.txt"), read(repo, "docs/y/z/a.txt")) == (b"A", b"B")


@pytest.mark.parametrize("path", [["../a.txt"], ["a.txt", "b.txt"], ["/a"], [".git/config"]])
def test_a_path_that_cannot_be_is_refused(send, path):
    assert send("upload/main", file=SimpleUploadedFile("a.txt", b"A"), path=path).status_code == 400


def test_a_preview_saves_nothing_and_shows_text_and_changes(send, repo):
    was = oid(repo, "README.md")
    page = send("edit/main/README.md", path="README.md", text="# New\n\n<script>x</script>$x^2$", was=was, preview="1")
    assert page.status_code == 200
    assert 'id="user-content-new"' in page.text
    assert "<script>x" not in page.text
    assert "<td># New</td>" in page.text
    assert b"Hello" in read(repo, "README.md")


def test_a_conflict_shows_what_ones_text_would_change_now(send, repo):
    was = oid(repo, "crlf.txt")
    send("edit/main/crlf.txt", path="crlf.txt", text="theirs\n", was=was)
    page = send("edit/main/crlf.txt", path="crlf.txt", text="mine\n", was=was)
    assert "in the file as it is now" in page.text
    assert "<td>theirs</td>" in page.text
    assert "<td>mine</td>" in page.text


class Parts:
    """A browser that sends a large file in parts."""

    def __init__(self, client, where="/alice/open/large-uploads"):
        self.client, self.where = client, where

    def begin(self, size):
        return self.client.post(self.where, {"size": size}).json()["upload"]

    def send(self, upload, number, data):
        return self.client.put(f"{self.where}/{upload}/{number}", data, "application/octet-stream")

    def received(self, upload):
        return self.client.get(f"{self.where}/{upload}").json()["received"]

    def complete(self, upload):
        return self.client.post(f"{self.where}/{upload}")


@pytest.fixture
def parts(browser, alice, repo, monkeypatch):
    monkeypatch.setattr("gatehouse.web.large_uploads.PART", 4)
    return Parts(browser(alice))


def test_a_large_file_is_sent_in_parts_and_goes_on_after_a_break(parts, send, repo):
    upload = parts.begin(10)
    assert parts.send(upload, 2, b"4567").status_code == 204
    assert parts.received(upload) == [2]
    assert parts.complete(upload).status_code == 400
    parts.send(upload, 1, b"0123")
    parts.send(upload, 3, b"89")
    done = parts.complete(upload).json()
    assert done == {"oid": hashlib.sha256(b"0123456789").hexdigest(), "size": 10}
    assert parts.complete(upload).json() == done
    page = send("upload/main", large=json.dumps({"path": "big/w.bin"} | done), message="Weights")
    assert page["Location"] == "/alice/open/tree/main"
    assert read(repo, "big/w.bin").oid == done["oid"]


def test_who_is_no_author_any_more_when_the_parts_are_put_together_uploaded_nothing(parts, carol, repo, monkeypatch):
    def slowly(*args):
        Repo.objects.filter(pk=repo.pk).update(namespace=carol.namespace)
        return put_together(*args)

    put_together = LocalBlobs.complete
    monkeypatch.setattr(LocalBlobs, "complete", slowly)
    upload = parts.begin(4)
    parts.send(upload, 1, b"0123")
    assert parts.complete(upload).status_code == 403
    assert not repo.blobs.exists()


def test_a_part_is_no_longer_than_a_part(parts):
    upload = parts.begin(10)
    assert parts.send(upload, 1, b"01234").status_code == 413
    assert parts.send(upload, 4, b"0").status_code == 400


@pytest.mark.parametrize("size", ["", "0", "-1", "x", "9" * 30, "9" * 5000, "0" * 19 + "1" + "9" * 5000])
def test_an_upload_has_a_size(parts, size):
    assert parts.client.post(parts.where, {"size": size}).status_code == 400


def test_an_upload_is_for_one_person_and_one_repo(parts, browser, carol, alice):
    upload = parts.begin(10)
    make_repo(carol, "open")
    make_repo(alice, "other")
    for client, where in ((browser(carol), "/carol/open"), (browser(alice), "/alice/other")):
        other = Parts(client, f"{where}/large-uploads")
        assert other.send(upload, 1, b"0123").status_code == 404
        assert other.complete(upload).status_code == 404
    assert Parts(browser(carol)).send(upload, 1, b"0123").status_code == 403
    assert parts.received(upload) == []


@pytest.mark.parametrize(
    "large",
    ["", "x", "[]", '{"path": "a"}', '{"path": "a", "oid": "x", "size": 5}', '{"path": 1, "oid": "x", "size": 5}',
     json.dumps({"path": "a", "oid": "0" * 64, "size": 5}), json.dumps({"path": "../a", "oid": "0" * 64, "size": 5})],
)  # fmt: skip
def test_what_was_not_sent_cannot_be_named(send, large):
    assert send("upload/main", large=large).status_code == 400


def test_bytes_of_others_cannot_be_named(send, carol):
    other = make_repo(carol, "secret", private=True)
    blob = blobs().receive([b"their weights"])
    possession.take_in(other.pk, blob, user_pk=carol.pk)
    page = send("upload/main", large=json.dumps({"path": "w.bin", "oid": blob.oid, "size": blob.size}))
    assert page.status_code == 400
    assert "was not uploaded to this repo" in text_of(page)


def test_branches_and_tags_are_made_listed_and_deleted(send, browser, repo):
    send("refs/create", kind="branch", name="try/x", start="main")
    send("refs/create", kind="tag", name="v9.1", start="try/x", message="First")
    page = text_of(browser().get("/alice/open/refs"))
    assert "try/x" in page
    assert "v9.1" in page
    send("refs/delete", kind="tag", name="v9.1")
    send("refs/delete", kind="branch", name="try/x")
    send("refs/delete", kind="branch", name="main")
    page = text_of(browser().get("/alice/open/refs"))
    assert "try/x" not in page
    assert "v9.1" not in page
    assert "main Default" in page


@pytest.mark.parametrize(
    "data", [{"name": "main", "start": "main"}, {"name": "a b..c", "start": "main"}, {"name": "x", "start": "nowhere"}]
)
def test_a_branch_that_cannot_be_is_refused(send, data):
    assert send("refs/create", kind="branch", **data).status_code == 400
