"""Refusals: errors that know their HTTP status, their X-Error-Code and one clear sentence."""

from collections.abc import Mapping


class Refusal(Exception):
    """Something the server will not do; every door family renders it with one handler."""

    status: int = 400
    code: str | None = None
    message: str = "The request was refused."

    def __init__(
        self,
        message: str | None = None,
        *,
        status: int | None = None,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.message = message if message is not None else type(self).message
        self.status = status if status is not None else type(self).status
        self.code = code if code is not None else type(self).code
        self.headers: dict[str, str] = dict(headers or {})
        super().__init__(self.message)


class RevisionNotFound(Refusal):
    """No branch, tag or commit of that name."""

    status = 404
    code = "RevisionNotFound"
    message = "Invalid rev id."


class EntryNotFound(Refusal):
    """The revision exists, the file or folder in it does not."""

    status = 404
    code = "EntryNotFound"
    message = "Entry not found."


class BodyTooShort(Refusal):
    """The sender stopped before the length it had declared."""

    message = "The request body is shorter than its declared length."


class BodyTooLong(Refusal):
    """The body is larger than this endpoint takes."""

    status = 413
    message = "The request body is too large."


class WrongHash(Refusal):
    """The bytes do not hash to the oid that was announced."""

    status = 422

    def __init__(self, *, expected: str, got: str) -> None:
        super().__init__(f"The bytes do not match their hash: expected sha256 {expected}, got {got}.")


class WrongSize(Refusal):
    """The bytes are not as many as were announced."""

    status = 422

    def __init__(self, *, expected: int, got: int) -> None:
        super().__init__(f"The bytes do not match their size: expected {expected} bytes, got {got}.")


class BlobNotFound(Refusal):
    """The store holds no bytes under that oid."""

    status = 404
    message = "Object not found."


class UploadNotFound(Refusal):
    """The multipart upload was completed, aborted or never begun."""

    status = 404
    message = "Upload not found."


class InvalidPath(Refusal):
    """A path that git, or somebody's file system, could not hold safely."""

    status = 422
    message = "Invalid path."


class InvalidRef(Refusal):
    """Not a name that git takes for a branch or a tag."""

    message = "Invalid reference name."


class RefExists(Refusal):
    """The branch or tag is already there."""

    status = 409
    message = "Reference already exists."


class RefBusy(Refusal):
    """Somebody else holds the ref's lock for longer than we wait."""

    status = 409
    message = "The branch is being updated by someone else. Please try again."


class StaleParent(Refusal):
    """The branch moved after the caller had looked at it."""

    status = 412
    message = "The branch was updated since you opened this page. Please refresh and try again."


class RepositoryDamaged(Refusal):
    """Something that a branch, tag or commit leads to is lost or torn: our fault, and nobody's who asks."""

    status = 500
    message = "This repository is damaged on the server. Please tell the administrator of this hub."


class StorageFull(Refusal):
    """The disk or its quota has no room for these bytes."""

    status = 507
    message = "The server has no storage space left."
