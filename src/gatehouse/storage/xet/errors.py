"""What the Xet door refuses, and the one failure that is our own."""

from gatehouse.storage.errors import Refusal


class InvalidHash(Refusal):
    """Not a hash as the protocol spells it."""

    message = "A Xet hash has 64 lowercase hexadecimal digits."


class InvalidXorb(Refusal):
    """A xorb that is not what its address says, or no xorb at all."""


class InvalidShard(Refusal):
    """A shard that cannot be read, or that says of a file what its bytes deny."""


class RangeNotSatisfiable(Refusal):
    """A range that begins at or past the end; older clients read on until they meet it."""

    status = 416

    def __init__(self, size: int) -> None:
        super().__init__(
            f"The range begins past the end of the file, which has {size} bytes.",
            headers={"Content-Range": f"bytes */{size}"},
        )


class DamagedXorbError(Exception):
    """A stored xorb no longer holds what was put there: not the fault of who asks, so loud in the log."""

    def __init__(self, message: str, xorb: bytes) -> None:
        super().__init__(message)
        self.xorb = xorb
