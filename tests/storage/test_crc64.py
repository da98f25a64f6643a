"""Bodies that were announced by length and CRC-64/NVME."""

import pytest

from gatehouse.storage.crc64 import WrongChecksum, as_announced, crc64_nvme
from gatehouse.storage.errors import WrongSize

CHECK = b"123456789"
CRC64 = 0xAE8B14860A799888  # the check value of CRC-64/NVME


def test_it_is_the_crc_that_clients_compute():
    assert crc64_nvme(CHECK) == CRC64
    assert crc64_nvme(b"") == 0
    assert crc64_nvme(bytes(4096)) == 0x6482D367EB22B64E  # the NVMe specification's own


@pytest.mark.parametrize("size", [1, 4, 9])
def test_a_body_is_passed_on_as_it_comes(size):
    blocks = [CHECK[start : start + size] for start in range(0, 9, size)]
    assert list(as_announced(blocks, size=9, crc64=CRC64)) == blocks


def test_another_one_is_refused_at_its_end():
    with pytest.raises(WrongSize):
        list(as_announced([CHECK], size=8, crc64=CRC64))
    with pytest.raises(WrongChecksum):
        list(as_announced([CHECK], size=9, crc64=CRC64 ^ 1))
