"""The refusals that OAuth has words for."""

from http import HTTPStatus

from gatehouse.storage.errors import Refusal


class OAuthRefused(Refusal):
    """One of the errors of RFC 6749 and its extensions; clients act on `error`."""

    def __init__(self, error: str, message: str, *, status: int = HTTPStatus.BAD_REQUEST) -> None:
        self.error = error
        super().__init__(message, status=status)
