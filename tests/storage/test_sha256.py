"""A sha256 computed aside is that of the same blocks in the same order."""

import hashlib
import threading

import pytest

from gatehouse.storage.sha256 import Sha256Aside

pytestmark = pytest.mark.once


@pytest.mark.parametrize("count", [0, 1, 2, 50])
def test_it_is_the_sha256_of_all_blocks(count):
    blocks = [bytes([number]) * 10_000 for number in range(count)]
    with Sha256Aside() as sha:
        for block in blocks:
            sha.update(block)
        assert sha.hexdigest() == hashlib.sha256(b"".join(blocks)).hexdigest()


def test_a_single_block_starts_no_thread_and_several_leave_none():
    before = threading.active_count()
    with Sha256Aside() as sha:
        sha.update(b"one")
        assert threading.active_count() == before
        sha.update(b"two")
        assert threading.active_count() == before + 1
    assert threading.active_count() == before
