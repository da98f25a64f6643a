"""What all pages share: static files, errors, headers, time."""

import gzip
import re
from datetime import timedelta
from io import BytesIO

import pytest
from django.template import Context, Template
from django.test import Client
from django.utils import timezone

from factories import make_repo
from gatehouse.accounts.names import RESERVED
from gatehouse.web import account_urls, urls
from gatehouse.web.static_files import OWN, STYLES, asset, files
from gatehouse.web.templatetags.gatehouse import ago, avatar, compact
from web_pages import text_of


def test_static_files_are_kept_for_a_year_under_their_contents_name(client):
    page = client.get(asset("gatehouse.css"), headers={"Accept-Encoding": "gzip"})
    assert "immutable" in page["Cache-Control"]
    assert gzip.decompress(page.content) == files()["gatehouse.css"].body
    assert client.get(asset("gatehouse.css"), headers={"If-None-Match": page["ETag"]}).status_code == 304


def test_a_static_file_under_an_old_address_is_todays_and_not_kept(client):
    page = client.get("/static/000000000000/gatehouse.css")
    assert page.content == files()["gatehouse.css"].body
    assert page["Cache-Control"] == "no-cache"


def test_the_stylesheet_is_all_files_of_its_folder():
    assert {path.stem for path in (OWN / "css").iterdir()} == set(STYLES)


def test_styles_know_no_left_and_right():
    sides = re.findall(rb"[^\n]*\b(?:left|right)\b[^\n]*", files()["gatehouse.css"].body)
    assert [line for line in sides if b"background-position" not in line] == []


@pytest.mark.parametrize("name", ["nothing.css", "..%2Fpages.py", "gatehouse"])
def test_nothing_else_is_static(client, name, db):
    assert client.get(f"/static/x/{name}").status_code == 404


def test_no_page_needs_scripts_or_styles_from_within_itself(client, db):
    page = client.get("/login")
    assert "script-src 'self'; style-src 'self'" in page["Content-Security-Policy"]
    assert " style=" not in page.text
    assert "<style" not in page.text
    assert "onclick" not in page.text


def test_pages_are_nobodys_but_the_readers(client, db):
    assert client.get("/")["Cache-Control"] == "private, no-cache"


def test_pages_are_compressed_and_their_length_tells_nothing(client, db):
    pages = [client.get("/login", headers={"Accept-Encoding": "br, gzip"}) for _ in range(8)]
    assert {page["Content-Encoding"] for page in pages} == {"gzip"}
    assert all("Accept-Encoding" in page["Vary"] for page in pages)
    assert len({len(page.content) for page in pages}) > 1
    tokens = {re.search(rb'csrfmiddlewaretoken" value="(\w+)', gzip.decompress(page.content))[1] for page in pages}
    assert len(tokens) == len(pages)


def test_what_programs_get_is_left_as_it_is(client, db):
    assert "Content-Encoding" not in client.get("/api/models", headers={"Accept-Encoding": "gzip"})


def test_no_script_keeps_a_page_from_coming_back_at_once():
    scripts = [file.body for name, file in files().items() if name.endswith(".js") and name != "htmx.js"]
    assert not [script for script in scripts if re.search(rb"[\"']unload\b", script)]


def test_an_unknown_address_is_a_page(client, db):
    page = client.get("/a/b/c/d")
    assert page.status_code == 404
    assert "There is nothing here" in text_of(page)


@pytest.mark.parametrize(
    ("who", "where", "status"),
    [
        ("nobody", "/login", 302),
        ("nobody", "/oauth/token", 302),
        ("nobody", "/alice/open/upload/main", 302),
        ("carol", "/alice/open/upload/main", 403),
        ("carol", "/alice/hidden/upload/main", 404),
        ("carol", "/settings/profile", 413),
        ("alice", "/alice/open/upload/main", 400),
    ],
)
def test_files_in_forms_are_read_of_authors_alone(browser, alice, carol, who, where, status):
    """Who is not may send one for ever, and the disk be full of what is thrown away at the end."""
    make_repo(alice, "open")
    make_repo(alice, "hidden", private=True)
    client = {"nobody": Client(), "carol": browser(carol), "alice": browser(alice)}[who]
    body = Unread()
    kind = "multipart/form-data; boundary=x"
    length = {"wsgi.input": body, "CONTENT_LENGTH": str(10 * 1024**3)}
    answer = client.generic("POST", where, b"--x", kind, **length)
    assert (answer.status_code, body.read_from) == (status, who == "alice")


class Unread(BytesIO):
    """A body that notes whether anybody reads it."""

    read_from = False

    def read(self, size: int | None = -1, /) -> bytes:
        self.read_from = True
        return super().read(size)


@pytest.mark.parametrize("path", ["/alice%00", "/alice/%00/tree/main", "/models?other=a&other=%00", "/models?%00=a"])
def test_a_nul_in_an_address_is_refused(client, db, path):
    assert client.get(path).status_code == 400


def test_a_nul_in_a_form_is_refused(client, db):
    assert client.post("/a/b/withdraw", {"next": "\0"}).status_code == 400


def test_a_broken_view_is_a_page_that_says_so(client, db, monkeypatch):
    monkeypatch.setattr("gatehouse.web.home.visible", lambda _: 1 / 0)
    client.raise_request_exception = False
    page = client.get("/")
    assert page.status_code == 500
    assert "Something broke on our side" in text_of(page)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(5, "just now"), (90, "1 minute ago"), (7200, "2 hours ago"), (86400 * 3, "3 days ago"),
     (86400 * 70, "2 months ago"), (86400 * 800, "2 years ago")],
)  # fmt: skip
def test_times_are_told_as_people_do(seconds, said):
    assert f">{said}</time>" in ago(timezone.now() - timedelta(seconds=seconds))


@pytest.mark.parametrize(("number", "said"), [(7, "7"), (1000, "1k"), (12_345, "12.3k"), (2_000_000, "2M")])
def test_large_numbers_are_short(number, said):
    assert compact(number) == said


def test_names_cannot_break_out_of_an_avatar():
    assert "<b" not in avatar("<b>x")


def test_templates_escape():
    assert Template("{{ x }}").render(Context({"x": "<b>"})) == "&lt;b&gt;"


def test_no_owner_can_have_the_name_of_a_page():
    first = {str(route.pattern).partition("/")[0] for route in urls.urlpatterns + account_urls.urlpatterns}
    words = {word for word in first if word and "<" not in word and "^" not in word}
    assert words - RESERVED == set()
