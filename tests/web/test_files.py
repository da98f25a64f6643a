"""Folders, files, history and commits."""

import pytest

from factories import make_repo
from gatehouse.access import access_requests
from gatehouse.repos import commits, possession, repositories
from gatehouse.storage.git_operations import Put
from gatehouse.storage.pointers import make_pointer
from web_pages import text_of

ANSWERS = {"Company": "ACME", "Country": "DE", "Purpose": "other", "I agree": "on"}


@pytest.fixture
def repo(alice):
    files = {
        "README.md": "# Hello\n\n[There](docs/a.md) <script>x</script>",
        "docs/a.md": "See [up](../code.py).",
        "code.py": "def f():\n    return '<b>'\n",
        "picture.png": b"\x89PNG\r\n\x1a\n\0",
        "data.weird": b"\0\1\2",
    }
    return make_repo(alice, "open", files=files)


@pytest.fixture
def reader(browser, repo):
    return browser()


def test_a_folder_tells_the_last_commit_and_the_size(reader):
    shown = text_of(reader.get("/alice/open/tree/main"))
    assert "code.py Add files 26 bytes just now" in shown
    assert ".gitattributes initial commit" in shown


def test_a_folder_within_a_folder(reader):
    page = reader.get("/alice/open/tree/main/docs")
    assert 'href="/alice/open/blob/main/docs/a.md"' in page.text


def test_large_files_are_marked(browser, repo, alice):
    blob = repositories.blobs().receive([b"weights" * 1000])
    possession.take_in(repo.pk, blob, user_pk=alice.pk)
    commits.commit(repo, "main", [Put("w.bin", make_pointer(blob.oid, blob.size))], user=alice, message="Weights")
    assert "w.bin LFS Weights 6.8 KB" in text_of(browser().get("/alice/open/tree/main"))
    page = text_of(browser().get("/alice/open/blob/main/w.bin"))
    assert f"sha256 {blob.oid}" in page


def test_code_is_coloured_and_escaped(reader):
    page = reader.get("/alice/open/blob/main/code.py").text
    assert '<span class="k">def</span>' in page
    assert "&lt;b&gt;" in page
    assert "<b>" not in page
    assert 'id="L2"' in page


def test_a_long_file_is_coloured_in_pieces_and_a_very_long_one_is_not(browser, repo, alice):
    line = "def f():\n    return 1\n\n"
    for name, number in (("long.py", 1000), ("longer.py", 4000)):
        commits.commit(repo, "main", [Put(name, (line * number).encode())], user=alice, message="Write")
    page = browser().get("/alice/open/blob/main/long.py?all=1").text
    assert page.count('<span class="k">def</span>') == 1000
    assert 'id="L2999"' in page
    page = browser().get("/alice/open/blob/main/longer.py?all=1").text
    assert page.count("def f():") == 4000


def test_markdown_is_rendered_or_shown_as_it_is_written(reader):
    assert 'href="/alice/open/blob/main/code.py"' in reader.get("/alice/open/blob/main/docs/a.md").text
    page = reader.get("/alice/open/blob/main/README.md?plain=1").text
    assert "&lt;script&gt;x&lt;/script&gt;" in page


def test_a_picture_is_shown_and_other_bytes_are_not(reader):
    assert "<img src=" in reader.get("/alice/open/blob/main/picture.png").text
    assert "This file is not text." in reader.get("/alice/open/blob/main/data.weird").text


def test_folders_and_files_lead_to_each_other(reader):
    assert reader.get("/alice/open/blob/main/docs")["Location"] == "/alice/open/tree/main/docs"
    assert reader.get("/alice/open/tree/main/code.py")["Location"] == "/alice/open/blob/main/code.py"


@pytest.mark.parametrize(
    "path", ["tree/nothing", "blob/main/nothing", "commits/nothing", f"commit/{'0' * 40}", "commit/x"]
)
def test_what_is_not_there_is_a_page_that_says_so(reader, path):
    page = reader.get(f"/alice/open/{path}")
    assert page.status_code == 404
    assert '<a class="button" href="/alice/open">Back to the repository</a>' in page.text


def test_the_history_has_every_commit_and_a_commit_its_changes(reader, repo):
    page = reader.get("/alice/open/commits/main")
    assert "Add files alice" in text_of(page)
    assert "2 commits" in text_of(page)
    change = text_of(reader.get(f"/alice/open/commit/{repo.head}"))
    assert "code.py added +2" in change
    assert "return '<b>'" in change


def test_the_history_of_one_file(browser, repo, alice):
    commits.commit(repo, "main", [Put("code.py", b"pass\n")], user=alice, message="Do nothing")
    shown = text_of(browser().get("/alice/open/commits/main/code.py"))
    assert "Do nothing" in shown
    assert "initial commit" not in shown


def test_of_a_gated_repo_names_are_open_and_contents_are_not(browser, gated, carol):
    for client, status in ((browser(), 401), (browser(carol), 403)):
        assert "config.json" in client.get("/alice/tern/tree/main").text
        for path in (
            "blob/main/config.json",
            "blob/main/nothing",
            "blob/nothing/x",
            f"commit/{gated.head}",
            "commit/x",
        ):
            page = client.get(f"/alice/tern/{path}")
            assert page.status_code == status, path
            assert page["X-Error-Code"] == "GatedRepo"
            assert "secret" not in page.text


def test_the_card_and_the_licence_of_a_gated_repo_are_open(browser, gated):
    assert "A bird." in browser().get("/alice/tern/blob/main/README.md").text
    assert browser().get("/alice/tern/blob/main/LICENSE").status_code == 404


def test_with_access_the_contents_are_open(browser, gated, alice, carol):
    access_requests.accept(access_requests.submit(gated, carol, ANSWERS), by=alice)
    assert "secret" in browser(carol).get("/alice/tern/blob/main/config.json").text
    assert "secret" in browser(carol).get(f"/alice/tern/commit/{gated.head}").text


def test_a_branch_may_have_a_slash(browser, repo):
    from gatehouse.storage.git_refs import create_branch

    create_branch(repositories.open_git(repo.public_id), "feature/x", repo.head)
    assert browser().get("/alice/open/blob/feature/x/docs/a.md").status_code == 200


def test_a_page_asks_the_database_little(reader, django_assert_max_num_queries):
    with django_assert_max_num_queries(4):
        reader.get("/alice/open/tree/main")


@pytest.mark.parametrize("number", ["000000" + "9" * 30, "9" * 5000, "-1", "x"])
def test_a_page_of_the_history_that_cannot_be_is_refused(reader, number):
    assert reader.get("/alice/open/commits/main", {"p": number}).status_code == 400


def test_of_a_very_long_file_the_beginning_is_shown_at_first(browser, repo, alice):
    commits.commit(repo, "main", [Put("long.py", b"x = 1\n" * 5000)], user=alice, message="Write")
    page = browser().get("/alice/open/blob/main/long.py").text
    assert 'id="L2000"' in page
    assert 'id="L2001"' not in page
    assert 'href="?all=1"' in page


def test_the_last_commits_of_a_large_folder_are_found(browser, alice, monkeypatch):
    monkeypatch.setattr("gatehouse.web.files.PATIENCE_S", 60)
    repo = make_repo(alice, "big", files={f"d/{n:04}.txt": str(n) for n in range(1000)})
    for n in range(60):
        commits.commit(repo, "main", [Put(f"d/{n:04}.txt", b"again")], user=alice, message=f"Change {n}")
    shown = text_of(browser().get("/alice/big/tree/main/d"))
    assert "0007.txt Change 7 5 bytes" in shown
    assert "0200.txt Add files" in shown


def test_a_page_does_not_wait_for_an_endless_history(browser, repo, monkeypatch):
    monkeypatch.setattr("gatehouse.web.files.PATIENCE_S", 0)
    assert "code.py" in text_of(browser().get("/alice/open/tree/main"))
    assert browser().get("/alice/open/blob/main/code.py").status_code == 200
