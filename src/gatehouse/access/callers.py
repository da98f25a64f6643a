"""From a WSGI environ to the case of its caller and a repo, in one SQL statement where a token speaks."""

import re
from collections.abc import Mapping
from typing import Any

from gatehouse.access import gate
from gatehouse.access.gate import Case
from gatehouse.access.refusals import hidden
from gatehouse.accounts.actor import ANONYMOUS, Actor
from gatehouse.accounts.environ import session_actor, session_key, token_of
from gatehouse.accounts.tokens import actor_from_token
from gatehouse.repos.repositories import RepoNotFound

KINDS = {None: "model", "datasets": "dataset", "spaces": "space"}
_REPO_ID = re.compile(r"[A-Za-z0-9_.-]{1,96}/[A-Za-z0-9_.-]{1,96}")


def caller_of(environ: Mapping[str, Any]) -> Actor:
    """Give the bearer of the request's token, or nobody; raises BadCredentials."""
    token = token_of(environ)
    return ANONYMOUS if token is None else actor_from_token(token)


def case_of(environ: Mapping[str, Any], prefix: str | None, repo_id: str, *, sessions: bool = False) -> Case:
    """Gather the case of the caller and the repo of a path such as /datasets/namespace/name.

    `prefix` is what stands before the repo's name. Browser sessions count only with `sessions`. Raises
    BadCredentials, RepoNotFound, and Unauthorized for anonymous callers.
    """
    kind, named = KINDS[prefix], _REPO_ID.fullmatch(repo_id) is not None
    token = token_of(environ)
    if token is not None:
        case = gate.seen(gate.case_by_token(token, kind, repo_id)) if named else None
        actor = case.actor if case else actor_from_token(token)
    else:
        actor = session_actor(session_key(environ)) if sessions and "HTTP_COOKIE" in environ else ANONYMOUS
        case = gate.seen(gate.case_by_name(actor, kind, repo_id)) if named else None
    if case is None and named:  # what is hidden takes as long as what is not there
        case = gate.moved_to(actor, kind, repo_id)
    if case is None:
        raise hidden(actor)
    return case


def case_of_bearer(token_digest: str, repo_pk: int) -> Case:
    """Gather the case, as it is now, of the bearer that a signed address names; an empty digest is nobody's.

    Raises BadCredentials and RepoNotFound.
    """
    case = gate.case_by_digest(token_digest, repo_pk) if token_digest else gate.case_by_pk(ANONYMOUS, repo_pk)
    if case is None:
        raise RepoNotFound
    return case
