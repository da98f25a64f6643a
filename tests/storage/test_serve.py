"""Bytes as an HTTP answer."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from gatehouse.storage import serve as serve_module
from gatehouse.storage.django_answer import to_django
from gatehouse.storage.serve import (
    Answer,
    BytesSource,
    FileSource,
    content_disposition,
    content_type_for,
    serve,
    to_wsgi,
)

DATA = bytes(range(100))


def ask(method: str = "GET", *, data: bytes = DATA, etag: str = "e1", **headers: str) -> Answer:
    environ = {"REQUEST_METHOD": method, **{f"HTTP_{name}": value for name, value in headers.items()}}
    return serve(
        environ,
        BytesSource(data),
        etag=etag,
        size=len(data),
        content_type="application/octet-stream",
        filename="model.bin",
        extra_headers=[("X-Repo-Commit", "c" * 40)],
    )


def body(answer: Answer) -> bytes:
    return b"".join(answer.body)


def header(answer: Answer, name: str) -> str | None:
    found = [value for key, value in answer.headers if key == name]
    assert len(found) <= 1
    return found[0] if found else None


def test_a_get_sends_the_whole():
    answer = ask()
    assert (answer.status, body(answer)) == (200, DATA)
    assert header(answer, "Content-Length") == "100"
    assert header(answer, "ETag") == '"e1"'
    assert header(answer, "Accept-Ranges") == "bytes"
    assert header(answer, "X-Repo-Commit") == "c" * 40


def test_a_head_sends_the_same_headers_and_no_bytes():
    answer = ask("HEAD")
    assert (answer.status, body(answer)) == (200, b"")
    assert sorted(answer.headers) == sorted(ask().headers)


def test_user_bytes_are_never_run_as_a_page():
    answer = ask()
    assert header(answer, "X-Content-Type-Options") == "nosniff"
    assert "sandbox" in (header(answer, "Content-Security-Policy") or "")
    assert (header(answer, "Content-Disposition") or "").startswith("attachment;")


@pytest.mark.parametrize(
    ("wanted", "start", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-9", 0, 10),
        ("bytes=10-", 10, 100),
        ("bytes=90-1000", 90, 100),
        ("bytes=-5", 95, 100),
        ("bytes=-1000", 0, 100),
        ("Bytes = 1-2".replace(" ", ""), 1, 3),
    ],
)
def test_a_range_is_answered_in_part(wanted: str, start: int, stop: int):
    answer = ask(RANGE=wanted)
    assert (answer.status, body(answer)) == (206, DATA[start:stop])
    assert header(answer, "Content-Range") == f"bytes {start}-{stop - 1}/100"
    assert header(answer, "Content-Length") == str(stop - start)


@pytest.mark.parametrize("wanted", ["bytes=100-", "bytes=500-600", "bytes=-0"])
def test_a_range_outside_is_416_with_the_size(wanted: str):
    answer = ask(RANGE=wanted)
    assert (answer.status, body(answer)) == (416, b"")
    assert header(answer, "Content-Range") == "bytes */100"


@pytest.mark.parametrize(
    "wanted", ["bytes=0-1,5-6", "bytes=5-1", "bytes=-", "bytes=a-b", "lines=0-1", "", "bytes=" + "9" * 40 + "-"]
)
def test_a_range_that_it_does_not_do_gets_the_whole(wanted: str):
    answer = ask(RANGE=wanted)
    assert (answer.status, body(answer)) == (200, DATA)


def test_a_range_of_an_empty_file_is_416():
    assert ask(RANGE="bytes=0-0", data=b"").status == 416
    assert ask(data=b"").status == 200


def test_a_head_ignores_the_range():
    assert ask("HEAD", RANGE="bytes=0-0").status == 200


@pytest.mark.parametrize(("if_range", "status"), [('"e1"', 206), ('"e2"', 200), ('W/"e1"', 200), ("Mon", 200)])
def test_if_range_resumes_only_the_same_bytes(if_range: str, status: int):
    assert ask(RANGE="bytes=50-", IF_RANGE=if_range).status == status


@pytest.mark.parametrize("tags", ['"e1"', 'W/"e1"', '"x", "e1"', "*"])
def test_if_none_match_is_304_without_bytes(tags: str):
    answer = ask(IF_NONE_MATCH=tags)
    assert (answer.status, body(answer)) == (304, b"")
    assert header(answer, "ETag") == '"e1"'
    assert header(answer, "Content-Length") is None


def test_if_none_match_of_other_bytes_sends_them():
    assert ask(IF_NONE_MATCH='"e2"').status == 200


@pytest.mark.parametrize(("tags", "status"), [('"e1"', 200), ("*", 200), ('"e2"', 412), ('W/"e1"', 412)])
def test_if_match_holds_back_other_bytes(tags: str, status: int):
    assert ask(IF_MATCH=tags).status == status


def test_a_file_is_read_in_blocks_and_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(serve_module, "BLOCK", 7)
    path = tmp_path / "f"
    path.write_bytes(DATA)
    blocks = FileSource(path).read_range(3, 30)
    assert [len(block) for block in blocks] == [7, 7, 7, 6]
    assert b"".join(FileSource(path).read_range(3, 30)) == DATA[3:30]


def test_closing_the_body_early_closes_the_file(tmp_path: Path):
    path = tmp_path / "f"
    path.write_bytes(DATA)
    blocks: Any = FileSource(path).read_range(0, 100)
    blocks.close()
    assert list(blocks) == []
    blocks.close()


def test_a_missing_file_is_known_before_anything_is_sent(tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        FileSource(tmp_path / "gone").read_range(0, 1)


def test_a_file_that_got_shorter_breaks_the_connection(tmp_path: Path):
    path = tmp_path / "f"
    path.write_bytes(DATA)
    with pytest.raises(OSError, match="ended at byte 100"):
        list(FileSource(path).read_range(0, 200))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("model.bin", 'attachment; filename="model.bin";'),
        ("a/b/model.bin", 'attachment; filename="model.bin";'),
        ("zwölf.bin", "attachment; filename=\"zw_lf.bin\"; filename*=UTF-8''zw%C3%B6lf.bin;"),
        ('a"b.bin', "attachment; filename=\"a_b.bin\"; filename*=UTF-8''a%22b.bin;"),
        ("a\r\nSet-Cookie: x", "attachment; filename=\"a__Set-Cookie: x\"; filename*=UTF-8''a%0D%0ASet-Cookie%3A%20x;"),
        ("a\\b%41", "attachment; filename=\"a_b_41\"; filename*=UTF-8''a%5Cb%2541;"),
        ("", 'attachment; filename="file";'),
        ("..", 'attachment; filename="..";'),
        ("\ud800", "attachment; filename=\"_\"; filename*=UTF-8''%3F;"),
    ],
)
def test_a_file_name_cannot_write_headers(name: str, value: str):
    assert content_disposition(name) == value


def test_inline_is_shown_in_the_browser():
    assert content_disposition("a.txt", inline=True) == 'inline; filename="a.txt";'


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("index.html", "text/plain; charset=utf-8"),
        ("a.SVG", "text/plain; charset=utf-8"),
        ("config.json", "text/plain; charset=utf-8"),
        (".gitattributes", "text/plain; charset=utf-8"),
        ("sub/LICENSE", "text/plain; charset=utf-8"),
        ("picture.PNG", "image/png"),
        ("model.safetensors", "application/octet-stream"),
        ("paper.pdf", "application/octet-stream"),
        ("no-suffix", "application/octet-stream"),
    ],
)
def test_types_are_harmless(path: str, expected: str):
    assert content_type_for(path) == expected


def test_it_goes_out_through_wsgi():
    seen: list[Any] = []
    blocks = to_wsgi(ask(RANGE="bytes=0-3"), lambda *arguments: seen.extend(arguments))
    assert b"".join(blocks) == DATA[:4]
    assert seen[0] == "206 Partial Content"
    assert ("Content-Range", "bytes 0-3/100") in seen[1]


def test_a_bodiless_answer_goes_out_through_wsgi_as_a_list():
    assert to_wsgi(ask("HEAD"), lambda *_: None) == []


@pytest.mark.django_db  # a response that ends has Django look after its connections
def test_it_goes_out_through_django_and_closes_the_file(tmp_path: Path):
    path = tmp_path / "f"
    path.write_bytes(DATA)
    source = FileSource(path)
    environ = {"REQUEST_METHOD": "GET", "HTTP_RANGE": "bytes=1-2"}
    answer = serve(environ, source, etag="e", size=100, content_type="text/plain", filename="f")
    response: Any = to_django(answer)
    assert response.streaming
    assert response.status_code == 206
    assert response["Content-Range"] == "bytes 1-2/100"
    response.close()
    assert list(answer.body) == []


@pytest.mark.parametrize("headers", [{}, {"IF_NONE_MATCH": "*"}, {"RANGE": "bytes=500-"}])
def test_a_bodiless_answer_keeps_its_headers_in_django(headers: dict[str, str]):
    answer = ask("HEAD" if not headers else "GET", **headers)
    response = to_django(answer)
    assert response.status_code == answer.status
    assert sorted(response.headers.items()) == sorted(answer.headers)


def test_any_source_of_ranges_will_do():
    class Counting:
        def read_range(self, start: int, stop: int) -> Iterable[bytes]:
            return (bytes([n]) for n in range(start, stop))

    environ = {"REQUEST_METHOD": "GET", "HTTP_RANGE": "bytes=2-4"}
    answer = serve(environ, Counting(), etag="e", size=9, content_type="a/b", filename="f")
    assert body(answer) == b"\x02\x03\x04"
