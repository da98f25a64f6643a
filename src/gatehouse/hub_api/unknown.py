"""Paths that lead nowhere: what this hub does not offer is said so, and a bare repo name is an unknown repo."""

import re

from django.http import HttpRequest, HttpResponse

from gatehouse.access.refusals import hidden
from gatehouse.accounts.requests import actor_of
from gatehouse.hub_api.errors import NoSuchEndpoint, NotOffered
from gatehouse.hub_api.exchange import exchange
from gatehouse.hub_api.schemas import hub_router

router = hub_router()

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
# Names like `gpt2` are valid for the clients; no repo here has one.
_ONE_PART_NAME = re.compile(
    r"(?:models|datasets|spaces)/[^/]+"
    r"(?:/(?:revision|tree|treesize|paths-info|refs|commits|compare|auth-check|preupload|commit|branch|tag|super-squash"
    r"|settings|duplicate|lfs-files|user-access-request|like|likers|discussions)(?:/.*)?)?"
)
_NOT_OFFERED = {
    r"[a-z]+/[^/]+/[^/]+/discussions(?:/.*)?": "Discussions and pull requests are not offered by this hub.",
    r"spaces/[^/]+/[^/]+/(?:runtime|secrets|variables|hardware|sleeptime|pause|restart|dev-mode|volumes|logs)\b.*": (
        "Spaces are not run by this hub."
    ),
    r"spaces/(?:templates|hardware|semantic-search|zero-gpu/quota)": "Spaces are not run by this hub.",
    r"datasets/[^/]+/[^/]+/leaderboard": "Leaderboards are not offered by this hub.",
    r"collections(?:/.*)?": "Collections are not offered by this hub.",
    r"(?:daily_)?papers(?:/.*)?": "Papers are not offered by this hub.",
    r"(?:scheduled-)?jobs(?:/.*)?": "Jobs are not run by this hub.",
    r"buckets(?:/.*)?": "Buckets are not offered by this hub.",
    r"kernels(?:/.*)?": "Kernels are not offered by this hub.",
}


@exchange
def oauth(request: HttpRequest, rest: str) -> HttpResponse:  # noqa: ARG001 - the address gives it
    raise NoSuchEndpoint


@exchange
def files_elsewhere(request: HttpRequest, what: str) -> HttpResponse:  # noqa: ARG001 - the framework gives it
    """Answer where programs look for files of what the Hub has beside repositories, or bring some."""
    name = "attachments" if what == "uploads" else what
    raise NotOffered(f"{name.title()} are not offered by this hub.")


@router.api_operation(METHODS, "", include_in_schema=False)
def root(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - the framework gives it
    raise NoSuchEndpoint


@router.api_operation(METHODS, "/{path:rest}", include_in_schema=False)
def unknown(request: HttpRequest, rest: str) -> HttpResponse:
    for pattern, sentence in _NOT_OFFERED.items():
        if re.fullmatch(pattern, rest):
            raise NotOffered(sentence)
    if _ONE_PART_NAME.fullmatch(rest):
        raise hidden(actor_of(request))
    raise NoSuchEndpoint
