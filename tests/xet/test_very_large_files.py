"""A file of more than 4 GiB, where numbers no longer fit into 32 bits. `bench/xet.py` sends and fetches one in full."""

import json

import pytest

from gatehouse.repos import xet_files
from gatehouse.repos.xet_files import VerifiedFile
from gatehouse.storage.xet.hashes import MerkleTree, to_hex
from lean import call
from xet.samples import LZ4, pack_terms, term
from xet.sender import addresses

CHUNK = 128 * 1024
CHUNKS = [number.to_bytes(2, "big") * (CHUNK // 2) for number in range(64)]
XORB = CHUNK * len(CHUNKS)  # 8 MiB
TIMES = 520
SIZE = TIMES * XORB
FOUR_GIB = 1 << 32


def at(offset: int) -> bytes:
    """Give the byte of the file at this offset."""
    return CHUNKS[offset % XORB // CHUNK][offset % 2 :][:1]


@pytest.fixture
def file_hash(sender, repo, alice):
    """Give the hash of a file that is the same xorb 520 times; its bytes are not read, which takes half a minute."""
    table = sender.send_xorb(CHUNKS, LZ4)
    terms = pack_terms([term(table, 0, len(CHUNKS))] * TIMES)
    tree = MerkleTree()
    for _ in range(TIMES):
        tree.add(table.hashes, table.sizes(0, len(table)))
    file = VerifiedFile(tree.file_hash(), "0" * 64, terms, None)
    xet_files.register(repo.pk, [file], user_pk=alice.pk)
    sender.commit("model.bin", "0" * 64, SIZE)
    return to_hex(file.file_hash)


def test_any_place_is_found_by_plain_http_and_in_a_plan(file_hash, reader):
    for start in (0, FOUR_GIB - 3, FOUR_GIB - CHUNK - 1, FOUR_GIB + 5 * CHUNK + 7, SIZE - 6):
        wanted = f"bytes={start}-{start + 5}"
        reply = call("/alice/weights/resolve/main/model.bin", token=reader.token, RANGE=wanted)
        assert (reply.status, reply.headers["content-range"]) == (206, f"bytes {start}-{start + 5}/{SIZE}")
        assert reply.body == b"".join(at(start + place) for place in range(6))
        plan = json.loads(reader.plan(file_hash, RANGE=wanted).body)
        assert plan["offset_into_first_range"] == start % CHUNK
        assert plan["terms"][0]["range"]["start"] == start % XORB // CHUNK


def test_the_whole_and_its_end_are_planned(file_hash, reader):
    reply = reader.plan(file_hash)
    assert sum(each["unpacked_length"] for each in json.loads(reply.body)["terms"]) == SIZE
    assert len(addresses(reply)) == 1
    reply = reader.plan(file_hash, RANGE=f"bytes={SIZE}-{SIZE + 9}")
    assert (reply.status, reply.headers["content-range"]) == (416, f"bytes */{SIZE}")
    head = call("/alice/weights/resolve/main/model.bin", "HEAD", token=reader.token)
    assert head.headers["x-linked-size"] == str(SIZE)
