"""The footer that is stored behind a xorb's chunks."""

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatehouse.storage.xet.errors import DamagedXorbError
from gatehouse.storage.xet.hashes import chunk_hash
from gatehouse.storage.xet.xorb import scan_xorb
from gatehouse.storage.xet.xorb_table import parse_footer, read_footer, write_footer
from xet import samples

pytestmark = pytest.mark.once

CHUNKS = samples.chunks_of("weights", 4)
BODY = b"".join(map(samples.pack_chunk, CHUNKS))
TABLE = scan_xorb(io.BytesIO(BODY), samples.name_of(CHUNKS))
FOOTER = write_footer(TABLE)


def test_it_is_laid_out_as_the_protocol_says():
    count = struct.pack("<I", 4)
    assert len(FOOTER) == 92 + 40 * 4 + 4
    assert FOOTER[:40] == b"XETBLOB\x01" + TABLE.xorb
    assert FOOTER[40:52] == b"XBLBHSH\x00" + count
    assert FOOTER[52:180] == b"".join(map(chunk_hash, CHUNKS))
    assert FOOTER[180:192] == b"XBLBBND\x01" + count
    assert struct.unpack("<8I", FOOTER[192:224])[3::4] == (len(BODY), sum(map(len, CHUNKS)))
    assert FOOTER[224:] == count + struct.pack("<II16xI", 52 + 40 * 4, 40 + 8 * 4, 92 + 40 * 4)


def test_the_footer_of_another_xorb_is_damage():
    with pytest.raises(DamagedXorbError):
        read_footer(io.BytesIO(BODY + FOOTER), samples.name_of(CHUNKS[:3]))


def test_what_is_written_is_read_again():
    assert parse_footer(FOOTER, TABLE.xorb) == TABLE
    assert read_footer(io.BytesIO(BODY + FOOTER), TABLE.xorb) == TABLE


@pytest.mark.parametrize(
    "stored", [b"", b"\0\0\0", FOOTER[-4:], BODY, BODY[1:] + FOOTER, BODY + FOOTER[:-1], FOOTER, BODY + b"\xff" * 4]
)
def test_a_xorb_without_its_own_footer_is_damaged(stored):
    with pytest.raises(DamagedXorbError):
        read_footer(io.BytesIO(stored), TABLE.xorb)


@pytest.mark.parametrize("position", [0, 7, 8, 40, 48, 52, 179, 180, 188, 195, 208, 223, 224, 228, 232, 236, 252])
def test_a_footer_with_a_changed_byte_is_damaged(position):
    changed = bytearray(FOOTER)
    changed[position] ^= 0x80
    with pytest.raises(DamagedXorbError):
        read_footer(io.BytesIO(BODY + changed), TABLE.xorb)


@given(st.binary(max_size=600))
def test_noise_is_damaged_and_nothing_else_happens(noise):
    with pytest.raises(DamagedXorbError):
        read_footer(io.BytesIO(noise), TABLE.xorb)
