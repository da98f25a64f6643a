"""Xorbs come in verified or not at all, and only into the repo that they were sent to."""

from collections.abc import Iterator

import lz4.frame
import pytest

from factories import make_repo
from gatehouse.repos import xet_files
from gatehouse.repos.xet_models import RepoXorb, Xorb
from gatehouse.storage.xet.errors import InvalidXorb
from gatehouse.storage.xet.hashes import to_hex
from gatehouse.storage.xet.xorb_table import FOOTER_MARK, read_footer, write_footer
from lean import call
from xet.samples import LZ4, chunk_of, chunks_of, name_of, pack_chunk, term
from xet.sender import Sender

CHUNKS = chunks_of("xorb", 5)


def stored_files(data) -> list[str]:
    return sorted(path.name for path in (data / "xet").rglob("*") if path.is_file())


def test_it_is_stored_with_a_footer_that_tells_what_is_in_it(sender):
    table = sender.send_xorb(CHUNKS)
    with xet_files.xorbs().path(table.xorb).open("rb") as stored:
        assert read_footer(stored, table.xorb) == table
    row = Xorb.objects.get()
    assert (row.hash, row.size, row.chunks) == (to_hex(table.xorb), table.packed_size, 5)


def test_a_footer_of_the_client_is_not_kept(sender):
    table, body = sender.make_xorb(CHUNKS)
    assert sender.post_xorb(table.xorb, body + FOOTER_MARK + b"lies" * 100).status == 200
    assert xet_files.xorbs().path(table.xorb).read_bytes() == body + write_footer(table)


def test_was_inserted_tells_of_this_repo_only(sender, stranger, data):
    table, body = sender.make_xorb(CHUNKS)
    assert sender.post_xorb(table.xorb, body).body == b'{"was_inserted": true}'
    assert sender.post_xorb(table.xorb, body).body == b'{"was_inserted": false}'
    assert stranger.post_xorb(table.xorb, body).body == b'{"was_inserted": true}'
    assert stored_files(data) == [to_hex(table.xorb)]


def test_the_older_address_works_too(sender):
    table, body = sender.make_xorb(CHUNKS)
    assert sender.cas("write", f"xorbs/default-merkledb/{to_hex(table.xorb)}", "POST", body).status == 200


def test_sending_it_again_mends_what_was_damaged(sender):
    table = sender.send_xorb(CHUNKS)
    path = xet_files.xorbs().path(table.xorb)
    path.write_bytes(b"damaged")
    sender.send_xorb(CHUNKS)
    assert path.read_bytes().endswith(write_footer(table))


def flipped(body: bytes) -> bytes:
    return body[:20] + bytes([body[20] ^ 1]) + body[21:]


BAD = {
    "a flipped bit": flipped,
    "cut in a chunk": lambda body: body[:-3],
    "cut in a header": lambda body: body + body[:5],
    "one chunk less": lambda _: b"".join(pack_chunk(chunk) for chunk in CHUNKS[:-1]),
    "nothing": lambda _: b"",
    "no xorb": lambda _: b"x" * 1000,
    "a bomb": lambda _: chunk_of(lz4.frame.compress(bytes(40 << 20)), LZ4, 1000),
    "an empty chunk": lambda body: body + chunk_of(b"", 0, 0),
    "an unknown scheme": lambda body: body + chunk_of(b"x", 3, 1),
}


@pytest.mark.parametrize("spoil", BAD.values(), ids=BAD)
def test_bad_ones_are_refused_and_nothing_is_kept(sender, data, spoil):
    table, body = sender.make_xorb(CHUNKS)
    reply = sender.post_xorb(table.xorb, spoil(body))
    assert (reply.status, stored_files(data)) == (400, [])
    assert not Xorb.objects.exists()


def test_a_body_under_another_name_is_refused(sender, data):
    _, body = sender.make_xorb(CHUNKS)
    assert sender.post_xorb(name_of(CHUNKS[:1]), body).status == 400
    assert stored_files(data) == []


@pytest.mark.parametrize("name", ["0" * 63, "A" * 64, "../" * 21 + "x", "0" * 65])
def test_a_name_that_is_none_is_not_found(sender, name):
    assert sender.cas("write", f"v1/xorbs/default/{name}", "POST", b"x").status == 404


def test_a_body_that_is_too_long_is_refused_before_it_is_read(sender, data):
    reply = sender.cas("write", f"v1/xorbs/default/{'0' * 64}", "POST", b"x", CONTENT_LENGTH=str(70 << 20))
    assert (reply.status, stored_files(data)) == (413, [])


def test_a_sender_who_hangs_up_leaves_nothing(sender, data):
    table, body = sender.make_xorb(CHUNKS)
    path = f"v1/xorbs/default/{to_hex(table.xorb)}"
    assert sender.cas("write", path, "POST", body[:-1], CONTENT_LENGTH=str(len(body))).status == 400
    assert stored_files(data) == []


def test_it_is_verified_whatever_pieces_it_comes_in(sender, data):
    table, body = sender.make_xorb(CHUNKS)
    for size in (1, 7, 8, 9, len(body)):
        with xet_files.xorbs().receiving(batched(body, size), table.xorb) as incoming:
            assert incoming.table == table
            [temporary] = stored_files(data)
            assert (data / "xet" / "incoming" / temporary).read_bytes() == body + write_footer(table)


def batched(body: bytes, size: int) -> Iterator[bytes]:
    return (body[start : start + size] for start in range(0, len(body), size))


def test_a_refused_body_is_taken_to_its_end_and_not_written_to_it(sender, data):
    """Many senders hear of a refusal only when they have sent everything."""
    blocks = iter([b"no chunk at all", b"more", b"still more"])
    with pytest.raises(InvalidXorb), xet_files.xorbs().receiving(blocks, bytes(32)):
        pass
    assert (list(blocks), stored_files(data)) == ([], [])


def test_strangers_send_nothing(sender, stranger, repo):
    given = sender.enter("write")
    table, body = sender.make_xorb(CHUNKS)
    url = f"{given['casUrl']}/v1/xorbs/default/{to_hex(table.xorb)}"
    mine = stranger.enter("write")["accessToken"]
    assert call(url, "POST", token=mine, body=body).status == 403
    assert not RepoXorb.objects.exists()


def test_a_repo_of_the_same_person_is_another_repo(sender, alice):
    make_repo(alice, "second")
    second = Sender(sender.token, "alice/second")
    table = sender.send_xorb(CHUNKS)
    second.tables = sender.tables
    assert second.post_shard(second.record(term(table, 0, 5))).status == 400
