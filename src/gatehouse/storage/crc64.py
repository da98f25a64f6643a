"""Bodies of an announced length and CRC-64/NVME, as Xet clients announce theirs."""

from collections.abc import Iterable, Iterator

import anycrc

from gatehouse.storage.errors import Refusal, WrongSize

_crc64_nvme = anycrc.Model("CRC64-NVME")


class WrongChecksum(Refusal):
    """The bytes arrived otherwise than they were announced."""

    status = 422
    message = "The bytes do not match their CRC-64."


def crc64_nvme(data: bytes, before: int = 0) -> int:
    """The checksum of `data`, or of all that had the checksum `before` and is followed by it."""
    found: int = _crc64_nvme.calc(data, before)
    return found


def as_announced(blocks: Iterable[bytes], *, size: int, crc64: int) -> Iterator[bytes]:
    """Pass on a body; raises WrongSize or WrongChecksum at its end unless it was the announced one."""
    got = checksum = 0
    for block in blocks:
        got += len(block)
        checksum = crc64_nvme(block, checksum)
        yield block
    if got != size:
        raise WrongSize(expected=size, got=got)
    if checksum != crc64:
        raise WrongChecksum
