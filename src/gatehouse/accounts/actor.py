"""Who is asking: a person or nobody, and what the token they came with narrows them to."""

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass

from gatehouse.storage.errors import Refusal


class BadCredentials(Refusal):
    """The Authorization header names no token that is valid now (HUB-API §1.1)."""

    status = 401

    def __init__(self, message: str = "Invalid credentials in Authorization header") -> None:
        super().__init__(message, status=401)


@dataclass(frozen=True, slots=True)
class Right:
    """One line of a fine-grained token: a whole namespace (`kind` None) or one repo, to read or also to write.

    `repo` is the row of the one that is meant, whatever it or another is called by now. Without it the repo is still to
    be made, by this very token: it opens none that others made under the name.
    """

    key: str
    kind: str | None
    write: bool
    repo: int | None = None


@dataclass(frozen=True, slots=True)
class TokenScope:
    """What a token allows; a browser session has none and allows all that its person may do."""

    scope: str
    reads_gated: bool = False
    rights: tuple[Right, ...] = ()
    contributes: bool = False  # it also makes repos in its person's own name
    publisher: str = ""  # the name of the trusted publisher that it was made for: it publishes, and manages nothing

    @property
    def fine_grained(self) -> bool:
        return self.scope == "fineGrained"

    def covers(self, kind: str, key: str, *, write: bool, repo: int | None = None) -> bool:
        """Whether this token extends to the repo `kind` `key` (lower-case namespace/name), whose row is `repo`.

        Without a row: whether it extends to making that repo.
        """
        if self.scope == "write" or not (self.fine_grained or write):
            return True
        return any((right.write or not write) and _matches(right, kind, key, repo) for right in self.rights)


def _matches(right: Right, kind: str, key: str, repo: int | None) -> bool:
    if right.kind is None:
        return key.split("/", 1)[0] == right.key
    if repo is not None:
        return right.repo == repo
    return right.repo is None and (right.kind, right.key) == (kind, key)


@dataclass(frozen=True, slots=True)
class Actor:
    """The one who asks. `user_id` None is an anonymous caller; `token` None is a browser session."""

    user_id: int | None = None
    username: str = ""
    token: TokenScope | None = None

    @property
    def anonymous(self) -> bool:
        return self.user_id is None

    @property
    def reads_gated(self) -> bool:
        """Whether gated repos of others are within this actor's token."""
        return self.token is None or not self.token.fine_grained or self.token.reads_gated

    @property
    def publisher(self) -> str:
        """The trusted publisher that acts with this person's rights; empty for anybody else."""
        return self.token.publisher if self.token else ""

    @property
    def changes_content_alone(self) -> bool:
        """Whether the token changes files, branches and tags at most, and no repo's settings, name or existence."""
        return self.token is not None and (bool(self.token.publisher) or self.token.contributes)

    def covers(self, kind: str, key: str, *, write: bool, repo: int | None = None) -> bool:
        return self.token is None or self.token.covers(kind, key, write=write, repo=repo)


ANONYMOUS = Actor()


def digest(token: str) -> str:
    """The form in which a token is stored; tokens are long and random, so a plain SHA-256 is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def token_in(header: str) -> str | None:
    """Give the token of an Authorization header (Bearer, or the password of Basic); None without a header.

    Raises BadCredentials for a header of any other form.
    """
    if not header:
        return None
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer" and value.strip():
        return value.strip()
    if scheme.lower() == "basic":
        return _basic_password(value)
    raise BadCredentials


def _basic_password(value: str) -> str:
    try:
        _, colon, password = base64.b64decode(value.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError) as error:
        raise BadCredentials from error
    if not colon or not password:
        raise BadCredentials
    return password


def token_scope(scope: str, rights: str) -> TokenScope:
    """Read a token's columns: `rights` is {"reads_gated": bool, "rights": [[key, kind|null, write], ...]}.

    A right to one repo that there is has that one's row at its end.
    Those of a trusted publisher have its name as "publisher", too. A token that reads everything may have some, too.
    """
    if not rights:
        return TokenScope(scope)
    data = json.loads(rights)
    lines = tuple(Right(key, kind, bool(write), *repo) for key, kind, write, *repo in data.get("rights", ()))
    contributes = bool(data.get("contributes"))
    return TokenScope(scope, bool(data.get("reads_gated")), lines, contributes, data.get("publisher", ""))
