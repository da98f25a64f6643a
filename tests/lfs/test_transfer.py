"""The bytes: sent in one piece or in parts, hashed on the way, and fetched by those who still may."""

import json
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from factories import make_repo
from gatehouse.access import access_requests
from gatehouse.accounts.models import AccessToken
from gatehouse.lfs import multipart
from gatehouse.repos import possession
from gatehouse.repos.models import Repo, RepoBlob
from gatehouse.repos.repositories import blobs, delete_repo
from lean import Meanwhile, add_large_file, call, environ_of, send
from lfs.conftest import DATA, OBJECT, OID

pytestmark = pytest.mark.django_db


def stored(repo: Repo) -> bool:
    return possession.holds(repo.pk, OID) and blobs().size(OID) == len(DATA)


def nothing_is_kept() -> bool:
    left = [path for path in blobs().root.rglob("*") if path.is_file()]
    return not left and not RepoBlob.objects.exists()


def test_bytes_that_are_sent_belong_to_the_repo(repo, action, writer):
    url = action("upload", token=writer)
    assert call(url, "PUT", body=DATA).status == 200
    assert stored(repo)
    assert call(url, "PUT", body=DATA).status == 200  # a client that did not hear the answer sends again


def test_a_chunked_body_is_taken(repo, action, writer):
    environ = environ_of(action("upload", token=writer), "PUT", body=DATA, TRANSFER_ENCODING="chunked")
    environ["CONTENT_LENGTH"] = ""
    assert send(environ).status == 200
    assert stored(repo)


@pytest.mark.parametrize("sent", [DATA[:-1] + b"!", DATA[:-1], DATA + b"!", b""])
def test_wrong_bytes_are_refused_and_not_kept(repo, action, writer, sent):
    assert call(action("upload", token=writer), "PUT", body=sent).status == 422
    assert nothing_is_kept()


def test_a_body_shorter_than_it_says_is_refused(repo, action, writer):
    assert call(action("upload", token=writer), "PUT", body=DATA[:-5], CONTENT_LENGTH=str(len(DATA))).status == 400
    assert nothing_is_kept()


def test_an_empty_object_can_be_sent(repo, ask, writer):
    empty = {"oid": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "size": 0}
    for transfers in (["basic"], ["multipart"]):
        reply = ask("upload", empty, token=writer, transfers=transfers)
        url = json.loads(reply.body)["objects"][0]["actions"]["upload"]["href"]
        assert call(url, "PUT", body=b"").status == 200
        RepoBlob.objects.all().delete()


@pytest.mark.django_db(transaction=True)
def test_two_may_send_the_same_object_at_once(repo, action, writer):
    urls = [action("upload", token=writer) for _ in range(2)]
    replies = []

    def put(url: str) -> None:
        replies.append(call(url, "PUT", body=DATA).status)
        connection.close()

    threads = [threading.Thread(target=put, args=[url]) for url in urls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (replies, stored(repo), RepoBlob.objects.count()) == ([200, 200], True, 1)


def test_verify_knows_what_was_sent(action, writer):
    upload, verify = action("upload", token=writer), action("upload", "verify", token=writer)
    body = json.dumps(OBJECT).encode()
    assert call(verify, "POST", body=body).status == 404
    call(upload, "PUT", body=DATA)
    assert call(verify, "POST", body=body).status == 200
    assert call(verify, "POST", body=body.replace(b"4", b"5")).status == 404
    assert call(verify, "POST", body=b"").status == 422


def take_writing_away(alice, **_):
    AccessToken.objects.filter(user=alice).delete()


def expire_the_token(alice, **_):
    AccessToken.objects.filter(user=alice).update(expires_at=timezone.now() - timedelta(seconds=1))


def deactivate(alice, **_):
    type(alice).objects.filter(pk=alice.pk).update(is_active=False)


def narrow_the_token(alice, **_):
    AccessToken.objects.filter(user=alice).update(scope="read")


def give_the_repo_away(carol, repo, **_):
    Repo.objects.filter(pk=repo.pk).update(namespace=carol.namespace, creator=carol)


@pytest.mark.parametrize(
    "change", [take_writing_away, expire_the_token, deactivate, narrow_the_token, give_the_repo_away]
)
@pytest.mark.parametrize("verb", ["PUT", "POST"])
def test_an_address_dies_with_the_right_to_write(repo, action, writer, alice, carol, change, verb):
    url = action("upload", "upload" if verb == "PUT" else "verify", token=writer)
    change(alice=alice, carol=carol, repo=repo)
    reply = call(url, verb, body=DATA if verb == "PUT" else json.dumps(OBJECT).encode())
    assert reply.status in {401, 403}
    assert nothing_is_kept()


@pytest.mark.parametrize(
    "change", [take_writing_away, expire_the_token, deactivate, narrow_the_token, give_the_repo_away]
)
def test_who_may_not_write_any_more_when_the_last_byte_has_come_wrote_nothing(
    repo, action, writer, alice, carol, change
):
    environ = environ_of(action("upload", token=writer), "PUT", body=DATA)
    environ["wsgi.input"] = Meanwhile(DATA, lambda: change(alice=alice, carol=carol, repo=repo))
    assert send(environ).status in {401, 403}
    assert not RepoBlob.objects.exists()


def test_an_address_of_a_deleted_repo_leads_nowhere(repo, action, writer):
    url = action("upload", token=writer)
    delete_repo(repo)
    assert call(url, "PUT", body=DATA).code == "RepoNotFound"


def test_a_reader_fetches_the_bytes(repo, action, reader, alice):
    add_large_file(repo, "model.bin", DATA, by=alice)
    url = action("download", token=reader)
    assert call(url).body == DATA
    assert call(url, RANGE="bytes=8-15").body == b"weights "
    assert call(url, "HEAD").headers["content-length"] == str(len(DATA))
    assert call(url).headers["cache-control"] == "private, no-store"


def test_an_address_dies_with_the_access(repo, action, reader, alice, carol):
    add_large_file(repo, "model.bin", DATA, by=alice)
    url = action("download", token=reader)
    access_requests.reject(access_requests.find(repo, user=carol), by=alice)
    reply = call(url)
    assert (reply.status, reply.code) == (403, "GatedRepo")


def test_gating_an_open_repo_ends_the_addresses_of_nobody(action, alice, ask):
    open_repo = make_repo(alice, "open")
    add_large_file(open_repo, "model.bin", DATA, by=alice)
    url = action("download", repo_id="alice/open")
    assert call(url).body == DATA
    Repo.objects.filter(pk=open_repo.pk).update(gated="auto")
    assert call(url).code == "GatedRepo"


def test_an_address_is_good_for_one_thing_only(repo, action, writer, alice):
    upload = action("upload", token=writer)
    call(upload, "PUT", body=DATA)
    download = action("download", token=writer)
    assert call(upload.replace("/upload/", "/download/")).status == 403
    assert call(download.replace("/download/", "/upload/"), "PUT", body=DATA).status == 403
    assert call(upload).status == 405
    assert call(download, "PUT", body=DATA).status == 405


@pytest.mark.parametrize("forged", ["x", "a:b:c", "W10:1:x", "%00", "%ff", ".", "-" * 5000])
def test_a_made_up_address_is_refused(repo, forged):
    assert call(f"/lfs/download/{forged}").status == 403


def test_an_address_expires(repo, action, reader, alice, monkeypatch):
    add_large_file(repo, "model.bin", DATA, by=alice)
    url = action("download", token=reader)
    monkeypatch.setattr("gatehouse.lfs.tickets.LIFETIME_S", {"download": -1})
    assert call(url).status == 403


@pytest.fixture
def parts(ask, writer, monkeypatch):
    """Give the action of an upload in three parts, and those parts."""
    monkeypatch.setattr(multipart, "PART", 150_000)
    monkeypatch.setattr(multipart, "MEBIBYTE", 1)
    reply = ask("upload", token=writer, transfers=["basic", "multipart"])
    upload = json.loads(reply.body)["objects"][0]["actions"]["upload"]
    header = upload["header"]
    size = int(header.pop("chunk_size"))
    pieces = [DATA[start : start + size] for start in range(0, len(DATA), size)]
    assert sorted(header) == ["00001", "00002", "00003"]
    return upload["href"], [header[key] for key in sorted(header)], pieces


def completion(etags: list[str], oid: str = OID) -> bytes:
    listed = [{"partNumber": number, "etag": etag} for number, etag in enumerate(etags, 1)]
    return json.dumps({"oid": oid, "parts": listed}).encode()


def test_parts_become_one_object(repo, parts):
    href, urls, pieces = parts
    etags = [call(url, "PUT", body=piece).headers["etag"] for url, piece in zip(urls, pieces, strict=True)]
    assert not possession.holds(repo.pk, OID)
    assert call(href, "POST", body=completion(etags)).status == 200
    assert stored(repo)
    assert call(href, "POST", body=completion(etags)).status == 200


def test_wrong_parts_are_refused_and_not_kept(repo, parts):
    href, urls, pieces = parts
    pieces[1] = b"!" + pieces[1][1:]
    etags = [call(url, "PUT", body=piece).headers["etag"] for url, piece in zip(urls, pieces, strict=True)]
    assert call(href, "POST", body=completion(etags)).status == 422
    assert nothing_is_kept()


def test_a_missing_or_strange_part_is_refused(repo, parts):
    href, urls, pieces = parts
    etag = call(urls[0], "PUT", body=pieces[0]).headers["etag"]
    for body in (completion([etag]), completion([etag] * 3), completion([]), completion([etag], "a" * 64), b"{}"):
        assert call(href, "POST", body=body).status in {400, 422}
    for body in (b'{"oid": "%s", "parts": [1]}', b'{"oid": "%s", "parts": [{"partNumber": "1", "etag": 1}]}'):
        assert call(href, "POST", body=body % OID.encode()).status == 400
    assert call(urls[0].removesuffix("1") + "4", "PUT", body=b"x").status == 400
    assert call(urls[0].removesuffix("/1"), "PUT", body=b"x").status == 400
    assert call(urls[0], "PUT", body=pieces[0] + b"!").status == 413
    assert not possession.holds(repo.pk, OID)


def test_parts_and_completion_die_with_the_right_to_write(repo, parts, alice):
    href, urls, pieces = parts
    AccessToken.objects.filter(user=alice).delete()
    assert call(urls[0], "PUT", body=pieces[0]).status == 401
    assert call(href, "POST", body=completion(["x"])).status == 401


def test_very_large_objects_get_larger_parts():
    size = 10**12
    assert multipart.count_parts(size) <= 10_000
    assert multipart.part_size(size) % (1024 * 1024) == 0
