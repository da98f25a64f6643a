"""Files are registered when all that a shard says of them has been found true, and stay in their repo."""

import hashlib
import json

import pytest

from factories import make_org, make_repo, make_token, make_user
from gatehouse.access.possession import NotInPossession
from gatehouse.accounts.people import set_member
from gatehouse.config import lean_doors
from gatehouse.repos import xet_files
from gatehouse.repos.models import RepoBlob
from gatehouse.repos.xet_models import RepoXorb, XetFile, Xorb
from gatehouse.storage.xet.hashes import to_hex
from gatehouse.xet import ingest, shards, turns
from gatehouse.xet.ingest import Ingest
from lean import environ_of
from xet import samples
from xet.samples import chunks_of, term
from xet.sender import Sender

CHUNKS = chunks_of("shard", 6)
CONTENT = b"".join(CHUNKS)
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def table(sender):
    return sender.send_xorb(CHUNKS)


def nothing_registered() -> bool:
    return not XetFile.objects.exists() and not RepoBlob.objects.exists()


def test_a_file_is_registered_under_the_sha256_of_its_bytes(sender, table):
    reply = sender.post_shard(sender.record(term(table, 0, 6), sha256=SHA256))
    assert json.loads(reply.body) == {"result": 1}
    file = XetFile.objects.get()
    assert (file.sha256, file.size) == (SHA256, len(CONTENT))
    assert RepoBlob.objects.get().oid == SHA256


def test_a_file_whose_sha256_is_not_claimed_gets_its_own(sender, table):
    sender.post_shard(sender.record(term(table, 0, 6)))
    assert XetFile.objects.get().sha256 == SHA256


def test_it_may_consist_of_pieces_in_any_order(sender, table):
    other = sender.send_xorb(chunks_of("other", 3))
    terms = term(table, 3, 6), term(other, 0, 3), term(table, 3, 4)
    assert sender.post_shard(sender.record(*terms)).status == 200
    content = b"".join([*CHUNKS[3:], *chunks_of("other", 3), CHUNKS[3]])
    assert XetFile.objects.get().sha256 == hashlib.sha256(content).hexdigest()


def test_the_older_address_works_too(sender, table):
    assert sender.post_shard(sender.record(term(table, 0, 6)), path="shards").status == 200


def test_the_newer_protocol_gets_its_result_as_a_frame(sender, table):
    reply = sender.post_shard(sender.record(term(table, 0, 6)), path="v2/shards")
    assert (reply.status, json.loads(reply.body)) == (200, {"type": "result"})


def test_a_long_verification_is_told_of_on_the_way(sender, table, monkeypatch):
    monkeypatch.setattr(shards, "HEARTBEAT_S", -1)
    reply = sender.post_shard(sender.record(term(table, 0, 6)), path="v2/shards")
    frames = [json.loads(line) for line in reply.body.splitlines()]
    assert frames[0] == {"type": "validating", "verified": 0, "total": len(CONTENT)}
    assert frames[-1] == {"type": "result"}
    assert XetFile.objects.exists()


def test_what_is_found_wrong_late_is_told_in_a_frame(sender, table, monkeypatch):
    monkeypatch.setattr(shards, "HEARTBEAT_S", -1)
    reply = sender.post_shard(sender.record(term(table, 0, 6), sha256="0" * 64), path="v2/shards")
    last = json.loads(reply.body.splitlines()[-1])
    assert (last["type"], last["retryable"]) == ("error", False)
    assert nothing_registered()


def test_when_the_client_is_gone_the_work_ends(sender, table, monkeypatch):
    monkeypatch.setattr(shards, "HEARTBEAT_S", -1)
    given = sender.enter("write")
    shard = samples.shard([sender.record(term(table, 0, 6))])
    environ = environ_of(f"{given['casUrl']}/v2/shards", "POST", token=given["accessToken"], body=shard)
    answer = lean_doors.answer(environ, lambda *_: None)
    next(iter(answer))
    answer.close()
    assert nothing_registered()
    assert not turns._under_way


def test_our_own_failure_is_no_fault_of_the_shard(sender, table, monkeypatch):
    monkeypatch.setattr(shards, "HEARTBEAT_S", -1)
    monkeypatch.setattr(xet_files, "register", lambda *_, **__: 1 / 0)
    reply = sender.post_shard(sender.record(term(table, 0, 6)), path="v2/shards")
    last = json.loads(reply.body.splitlines()[-1])
    assert (last["type"], last["retryable"]) == ("error", True)


LIES = {
    "another sha256": {"sha256": hashlib.sha256(b"").hexdigest()},
    "another file hash": {"file_hash": b"\1" * 32},
    "no knowledge of the chunks": {"proof": b"\1" * 32},
}


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_a_lie_is_refused_and_nothing_is_registered(sender, table, lie, version):
    reply = sender.post_shard(sender.record(term(table, 0, 6), **lie), path=f"{version}/shards")
    assert reply.status == 400
    assert nothing_registered()


def test_one_lie_spoils_the_whole_shard(sender, table):
    truth, lie = sender.record(term(table, 0, 6)), sender.record(term(table, 0, 2), sha256="0" * 64)
    assert sender.post_shard(truth, lie).status == 400
    assert nothing_registered()


def test_xorbs_of_another_repo_are_unknown(sender, stranger):
    """Whoever knows all hashes of somebody else's file, and every proof, still gets nothing."""
    table = stranger.send_xorb(CHUNKS)
    sender.tables = stranger.tables
    reply = sender.post_shard(sender.record(term(table, 0, 6), sha256=SHA256))
    assert (reply.status, "unknown xorb" in reply.text) == (400, True)
    assert nothing_registered()


def test_a_sha256_is_not_taken_for_the_bytes(sender, stranger):
    """A commit may name only what was sent to its own repo, or can be read by the one who commits."""
    sender.upload("model.bin", CHUNKS)
    with pytest.raises(NotInPossession):
        stranger.commit("stolen.bin", SHA256, len(CONTENT))


def test_sending_the_bytes_oneself_is_a_right_to_them(sender, stranger):
    sender.upload("model.bin", CHUNKS)
    stranger.upload("mine.bin", CHUNKS)
    assert Xorb.objects.count() == 1


def test_a_wrong_sha256_cannot_be_slipped_in_for_a_known_file(sender, table):
    sender.post_shard(sender.record(term(table, 0, 6)))
    assert sender.post_shard(sender.record(term(table, 0, 6), sha256="0" * 64)).status == 400
    assert XetFile.objects.get().sha256 == SHA256


def test_a_known_file_is_not_read_again(sender, table, monkeypatch):
    record = sender.record(term(table, 0, 6))
    sender.post_shard(record)
    monkeypatch.setattr(ingest, "verify_bytes", None)
    assert sender.post_shard(record).status == 200


def test_the_gate_is_asked_once_more_before_anything_is_written(db, monkeypatch):
    alice = make_user("alice")
    acme = make_org(admin=alice, bob="write")
    bob = acme.memberships.get(user__username="bob").user
    make_repo(acme, "weights", creator=alice)
    sender = Sender(make_token(bob, "write"), "acme/weights")
    table = sender.send_xorb(CHUNKS)
    verify = Ingest._verify_bytes

    def while_it_verifies(*args):
        set_member(acme, bob, "read")
        return (yield from verify(*args))

    monkeypatch.setattr(Ingest, "_verify_bytes", while_it_verifies)
    assert sender.post_shard(sender.record(term(table, 0, 6))).status == 403
    assert nothing_registered()


BAD = {
    "nothing": b"",
    "no shard": b"x" * 500,
    "cut short": samples.shard([])[:-1],
    "a count beyond the end": samples.shard([b"\0" * 32 + b"\0\0\0\x80" + b"\xff\xff\xff\x7f" + bytes(8)]),
}


@pytest.mark.parametrize("body", BAD.values(), ids=BAD)
def test_what_is_no_shard_is_refused(sender, body):
    assert sender.cas("write", "v2/shards", "POST", body).status == 400


def test_a_shard_that_is_too_long_is_refused(sender):
    assert sender.cas("write", "v1/shards", "POST", b"x", CONTENT_LENGTH=str(65 << 20)).status == 413


@pytest.mark.parametrize("limit", ["MOST_BYTES", "MOST_CHUNKS"])
def test_a_small_shard_that_names_too_much_is_refused_before_it_is_verified(sender, table, monkeypatch, limit):
    monkeypatch.setattr(ingest, limit, 5)
    monkeypatch.setattr(ingest, "verify_terms", None)
    assert sender.post_shard(sender.record(term(table, 0, 6))).status == 400


def test_a_file_of_crumbs_is_refused(sender, table, monkeypatch):
    """Else a few readers of such a file would fill the memory of the server with its terms."""
    monkeypatch.setattr(ingest, "ALWAYS_TERMS", 4)
    record = sender.record(*[term(table, 0, 1)] * 5)
    reply = sender.post_shard(record)
    assert (reply.status, "crumbs" in reply.text) == (400, True)
    assert sender.post_shard(sender.record(*[term(table, 0, 1)] * 4)).status == 200


def test_nobody_keeps_the_server_busy_alone(sender, table, alice, monkeypatch):
    monkeypatch.setattr(turns, "_under_way", {alice.pk: turns.MOST_OF_ONE})
    reply = sender.post_shard(sender.record(term(table, 0, 6)))
    assert (reply.status, reply.headers["retry-after"]) == (429, "10")


def test_a_damaged_xorb_is_as_good_as_unknown(sender, table):
    xet_files.xorbs().path(table.xorb).unlink()
    assert sender.post_shard(sender.record(term(table, 0, 6))).status == 400
    assert sender.enter("write")["casUrl"].endswith("-1")  # where clients forget that they sent it


@pytest.mark.parametrize("path", ["v2/shards", "v1/shards"])
def test_damage_that_a_shard_meets_is_mended_by_the_next_attempt(sender, table, path):
    """Clients remember what they sent, so they must forget it first."""
    stored = xet_files.xorbs().path(table.xorb)
    sound = stored.read_bytes()
    stored.write_bytes(sound[:20] + bytes([sound[20] ^ 1]) + sound[21:])
    reply = sender.post_shard(sender.record(term(table, 0, 6)), path=path)
    assert (reply.status, "upload again" in reply.text) == (400, True)
    assert sender.enter("write")["casUrl"].endswith("-1")
    assert not xet_files.has_xorb(RepoXorb.objects.get().repo_id, table.xorb)
    sender.send_xorb(CHUNKS)
    assert sender.post_shard(sender.record(term(table, 0, 6)), path=path).status == 200
    assert stored.read_bytes() == sound


def test_an_empty_file_is_a_file(sender):
    assert sender.post_shard(sender.record()).status == 200
    assert XetFile.objects.get().sha256 == hashlib.sha256(b"").hexdigest()


def test_many_files_come_in_one_shard(sender):
    chunks = chunks_of("many", 450, 10)
    table = sender.send_xorb(chunks)
    records = [sender.record(term(table, i, i + 1)) for i in range(450)]
    assert sender.post_shard(*records, records[0]).status == 200
    assert XetFile.objects.count() == RepoBlob.objects.count() == 450
    assert Xorb.objects.get().files.count() == 450


def test_the_newest_terms_of_a_file_win(sender, table):
    sender.post_shard(sender.record(term(table, 0, 6)))
    other = sender.send_xorb([*CHUNKS, b"more"])
    sender.post_shard(sender.record(term(other, 0, 6)))
    assert [need.xorb_id for need in XetFile.objects.get().xorbs.all()] == [to_hex(other.xorb)]
