"""The batch: who gets addresses for which objects."""

import json

import pytest

from factories import make_repo, make_token
from gatehouse.repos.repositories import set_private
from lean import add_large_file, basic, call
from lfs.conftest import DATA, OBJECT, OID

pytestmark = pytest.mark.django_db


def objects(reply):
    assert reply.status == 200, reply.body
    return json.loads(reply.body)["objects"]


@pytest.mark.parametrize("operation", ["upload", "download"])
@pytest.mark.parametrize("repo_id", ["alice/weights", "alice/nope", "datasets/alice/weights"])
def test_nobody_gets_no_addresses(ask, operation, repo_id):
    reply = ask(operation, repo_id=repo_id)
    assert reply.status == 401
    assert reply.headers["www-authenticate"] == reply.headers["lfs-authenticate"] == 'Basic realm="Gatehouse"'
    assert "objects" not in json.loads(reply.body)


@pytest.mark.parametrize("operation", ["upload", "download"])
def test_a_repo_that_does_not_exist_is_not_found(ask, writer, operation):
    reply = ask(operation, token=writer, repo_id="alice/nope")
    assert (reply.status, reply.code) == (404, "RepoNotFound")


def test_a_stranger_is_told_to_ask_for_access(ask, carol):
    reply = ask("download", token=make_token(carol))
    assert (reply.status, reply.code) == (403, "GatedRepo")
    assert "Visit" in json.loads(reply.body)["message"]


def test_nobody_is_told_that_the_repo_is_gated(ask):
    reply = ask("download")
    assert (reply.status, reply.code) == (401, "GatedRepo")


def test_reading_is_not_writing(ask, reader, alice):
    assert ask("upload", token=reader).status == 403
    assert ask("upload", token=make_token(alice, "read")).status == 403


def test_a_private_repo_looks_like_none(ask, repo, carol):
    set_private(repo, private=True)
    assert ask("download", token=make_token(carol)).code == "RepoNotFound"
    assert ask("download").code == "RepoNotFound"


def test_basic_works_as_well_as_bearer(ask, repo, alice, writer):
    add_large_file(repo, "model.bin", DATA, by=alice)
    assert "actions" in objects(ask("download", AUTHORIZATION=basic(writer)))[0]


def test_an_object_of_another_repo_is_not_found(ask, repo, reader, alice):
    other = make_repo(alice, "other")
    add_large_file(other, "model.bin", DATA, by=alice)
    [found] = objects(ask("download", token=reader))
    assert found["error"]["code"] == 404
    assert "actions" not in found


def test_an_object_of_another_size_is_not_found(ask, repo, reader, alice):
    add_large_file(repo, "model.bin", DATA, by=alice)
    [found] = objects(ask("download", {"oid": OID, "size": 1}, token=reader))
    assert found["error"]["code"] == 404


def test_what_is_here_already_needs_no_upload(ask, repo, writer, alice):
    add_large_file(repo, "model.bin", DATA, by=alice)
    assert objects(ask("upload", token=writer)) == [OBJECT]


def test_what_is_elsewhere_must_be_sent_all_the_same(ask, repo, writer, alice):
    add_large_file(make_repo(alice, "other"), "model.bin", DATA, by=alice)
    [found] = objects(ask("upload", token=writer))
    assert set(found["actions"]) == {"upload", "verify"}


def test_addresses_carry_their_own_authority(ask, writer):
    [found] = objects(ask("upload", token=writer))
    assert found["authenticated"] is True
    assert "header" not in found["actions"]["upload"]


def test_the_js_client_and_the_xet_client_are_answered(ask, writer):
    reply = ask("upload", token=writer, transfers=["basic", "multipart", "xet"], hash_algo="sha_256")
    assert json.loads(reply.body)["transfer"] == "basic"


def test_large_objects_go_in_parts_if_the_client_can(ask, writer):
    large = {"oid": "a" * 64, "size": 150 * 1024 * 1024}
    reply = ask("upload", large, OBJECT, token=writer, transfers=["basic", "multipart"])
    assert json.loads(reply.body)["transfer"] == "multipart"
    header = objects(reply)[0]["actions"]["upload"]["header"]
    assert (header.pop("chunk_size"), sorted(header)) == (str(64 * 1024 * 1024), ["00001", "00002", "00003"])
    header = objects(reply)[1]["actions"]["upload"]["header"]
    assert sorted(header) == ["00001", "chunk_size"]
    reply = ask("upload", large, token=writer, transfers=["basic", "lfs-standalone-file", "ssh"])
    assert json.loads(reply.body)["transfer"] == "basic"


def test_locks_are_none(repo, writer, reader):
    url = "/alice/weights.git/info/lfs/locks"
    for path, body in ((f"{url}/verify", b"{}"), (url, b'{"path": "a"}')):
        reply = call(path, "POST", token=writer, body=body)
        assert (reply.status, json.loads(reply.body)["message"]) == (501, "This hub keeps no file locks.")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"[]", 422),
        (b"{", 422),
        (b"\xff", 422),
        (b"[" * 100_000, 422),
        (b'{"operation": "delete", "objects": []}', 422),
        (b'{"operation": "upload"}', 422),
        (b'{"operation": "upload", "objects": {}}', 422),
        (b'{"operation": "upload", "objects": [1]}', 422),
        (b'{"operation": "upload", "objects": [{"oid": "x", "size": 1}]}', 422),
        (b'{"operation": "upload", "objects": [{"oid": "../../x", "size": 1}]}', 422),
        (b'{"operation": "upload", "objects": [{"oid": "%s", "size": -1}]}' % (b"a" * 64), 422),
        (b'{"operation": "upload", "objects": [{"oid": "%s", "size": true}]}' % (b"a" * 64), 422),
        (b'{"operation": "upload", "objects": [{"oid": "%s", "size": 1e300}]}' % (b"a" * 64), 422),
        (b'{"operation": "upload", "objects": [{"oid": "%s", "size": 9999999999999999999}]}' % (b"a" * 64), 422),
        (b'{"operation": "upload", "objects": [{"oid": "%s", "size": 1}]}' % (b"A" * 64), 422),
        (b'{"operation": "upload", "objects": [], "hash_algo": "md5"}', 409),
        (b'{"operation": "upload", "objects": [], "transfers": "basic"}', 422),
        (b'{"operation": "upload", "objects": [%s]}' % b",".join([b"1"] * 1001), 413),
        (b" " * (4 * 1024 * 1024 + 1), 413),
    ],
)
def test_a_malformed_batch_is_refused(repo, writer, body, status):
    reply = call("/alice/weights.git/info/lfs/objects/batch", "POST", token=writer, body=body)
    assert reply.status == status
    assert json.loads(reply.body)["message"]


def test_a_batch_is_posted(repo, writer):
    assert call("/alice/weights.git/info/lfs/objects/batch", token=writer).status == 405


@pytest.mark.parametrize("odd", [{"operation": []}, {"operation": {}}, {"hash_algo": []}, {"hash_algo": {}}])
def test_words_of_the_wrong_type_are_refused(repo, writer, odd):
    body = json.dumps({"operation": "upload", "objects": []} | odd).encode()
    reply = call("/alice/weights.git/info/lfs/objects/batch", "POST", body=body, token=writer)
    assert 400 <= reply.status < 500


def test_a_few_words_do_not_ask_for_gigabytes_of_addresses(repo, writer):
    huge = [{"oid": f"{number:064x}", "size": 2**40} for number in range(1000)]
    body = json.dumps({"operation": "upload", "transfers": ["multipart"], "objects": huge}).encode()
    assert call("/alice/weights.git/info/lfs/objects/batch", "POST", body=body, token=writer).status == 413
