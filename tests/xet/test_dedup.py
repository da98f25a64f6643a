"""Clients learn which chunks the repo has, of this repo only, and only of chunks that they have themselves."""

import pytest
from django.utils import timezone

from factories import make_org, make_repo, make_token, make_user
from gatehouse.repos import xet_dedup, xet_files
from gatehouse.repos.models import Repo
from gatehouse.repos.xet_models import XetDedup, Xorb
from gatehouse.storage.xet import hashes
from gatehouse.storage.xet.hashes import chunk_hash, is_eligible, to_hex
from xet.samples import chunks_of, term
from xet.sender import Sender

CHUNKS = chunks_of("dedup", 8)


def query(client: Sender, chunk: bytes):
    return client.cas("write", f"v1/chunks/default/{to_hex(chunk_hash(chunk))}")


def hidden_in(shard: bytes, chunk: bytes) -> bool:
    """Whether a shard lists this chunk, as only one who has the chunk can find out."""
    key = shard[-200 + 72 : -200 + 104]
    return hashes.hidden_hash(chunk_hash(chunk), key) in shard


def test_the_first_chunk_of_a_file_leads_to_all_of_the_file(sender):
    sender.upload("model.bin", CHUNKS)
    reply = query(sender, CHUNKS[0])
    assert reply.status == 200
    assert all(hidden_in(reply.body, chunk) for chunk in CHUNKS)


def test_a_file_that_begins_within_a_xorb_is_found_too(sender):
    table = sender.send_xorb(CHUNKS)
    sender.post_shard(sender.record(term(table, 3, 8)))
    assert query(sender, CHUNKS[3]).status == 200


def test_all_xorbs_of_the_file_are_listed(sender):
    first, second = sender.send_xorb(CHUNKS[:4]), sender.send_xorb(CHUNKS[4:])
    sender.post_shard(sender.record(term(first, 0, 4), term(second, 0, 4)))
    assert hidden_in(query(sender, CHUNKS[0]).body, CHUNKS[7])


def test_an_upload_that_broke_off_is_not_lost(sender):
    """All xorbs were sent, the shard was not: the next attempt finds them by the file's first chunk."""
    sender.send_xorb(CHUNKS[:4])
    sender.send_xorb(CHUNKS[4:])
    reply = query(sender, CHUNKS[0])
    assert all(hidden_in(reply.body, chunk) for chunk in CHUNKS)


def test_an_upload_of_a_changed_file_that_broke_off_is_not_lost(sender):
    """Its first chunk leads to the file as it was, and what had come of the change belongs to no file."""
    sender.upload("model.bin", CHUNKS[:4])
    sender.send_xorb(CHUNKS[5:])
    reply = query(sender, CHUNKS[0])
    assert all(hidden_in(reply.body, chunk) for chunk in CHUNKS[:4] + CHUNKS[5:])


def test_the_hashes_themselves_are_not_told(sender):
    sender.upload("model.bin", CHUNKS)
    first, second = query(sender, CHUNKS[0]).body, query(sender, CHUNKS[0]).body
    assert not any(chunk_hash(chunk) in first for chunk in CHUNKS)
    assert first != second


def test_other_chunks_are_not_found(sender):
    sender.upload("model.bin", CHUNKS)
    assert query(sender, CHUNKS[1]).status == 404
    assert query(sender, b"new").status == 404


def test_another_repo_knows_nothing_of_it(sender, stranger, alice):
    sender.upload("model.bin", CHUNKS)
    make_repo(alice, "second")
    assert query(Sender(sender.token, "alice/second"), CHUNKS[0]).status == 404
    assert query(stranger, CHUNKS[0]).status == 404


def test_chunks_that_clients_may_ask_for_are_known_wherever_they_lie(sender):
    chunk = next(data for i in range(100_000) if is_eligible(chunk_hash(data := f"eligible {i}".encode())))
    sender.send_xorb([*CHUNKS, chunk])
    assert query(sender, chunk).status == 200
    assert XetDedup.objects.count() == 2


@pytest.mark.parametrize("lose", [lambda x: x.unlink(), lambda x: x.write_bytes(b"damaged, and long enough" * 50)])
def test_what_is_damaged_is_not_offered(sender, lose):
    sender.upload("model.bin", CHUNKS)
    [xorb] = xet_files.xorbs().hashes()
    lose(xet_files.xorbs().path(xorb))
    assert query(sender, CHUNKS[0]).status == 404


def test_what_is_condemned_is_not_offered(sender):
    sender.send_xorb(CHUNKS)
    Xorb.objects.update(condemned_at=timezone.now())
    assert query(sender, CHUNKS[0]).status == 404


def test_a_query_for_a_new_chunk_is_one_statement(sender, repo, django_assert_num_queries):
    with django_assert_num_queries(0):  # it goes past Django's cursor
        assert xet_dedup.around(repo.pk, bytes(32)) == []


def test_an_answer_has_a_limit(sender, repo, monkeypatch):
    monkeypatch.setattr(xet_dedup, "MOST_XORBS", 2)
    tables = [sender.send_xorb([chunk]) for chunk in CHUNKS[:5]]
    sender.post_shard(sender.record(*(term(table, 0, 1) for table in tables)))
    found = xet_dedup.around(repo.pk, chunk_hash(CHUNKS[1]))
    assert set(found) == {tables[1].xorb, tables[2].xorb}


def test_a_writer_who_may_not_read_learns_nothing(db):
    alice = make_user("alice")
    acme = make_org(admin=alice, bob="write")
    repo = make_repo(acme, "weights", creator=alice)
    sender = Sender(make_token(alice, "write"), "acme/weights")
    sender.upload("model.bin", CHUNKS)
    Repo.objects.filter(pk=repo.pk).update(gated="manual", org_members_gated=True)
    bob = Sender(make_token(acme.memberships.get(user__username="bob").user, "write"), "acme/weights")
    assert query(sender, CHUNKS[0]).status == 200
    assert query(bob, CHUNKS[0]).status == 404
