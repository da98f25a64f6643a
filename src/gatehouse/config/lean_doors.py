"""Which paths the lean doors answer; all others are Django's."""

from collections.abc import Callable, Iterable
from typing import Any

from gatehouse.config.rate_limits import admit
from gatehouse.git_http import door as git
from gatehouse.hub_api import resolve
from gatehouse.lfs import batch, transfer
from gatehouse.storage.lean_door import Environ, refuse, run
from gatehouse.xet import door as xet
from gatehouse.xet import tokens as xet_tokens

DOORS = (
    resolve.DOOR,
    batch.DOOR,
    transfer.DOOR,
    git.DOOR,
    xet.RANGES,
    xet.GRANTS,
    xet.CAS,
    xet.TELEMETRY,
    xet_tokens.DOOR,
)

# A page may lie where programs look for a repo with a name of one part.
PROGRAMS_DOORS = (*DOORS, resolve.BARE_NAME)


def answer(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes] | None:
    """Answer a request that belongs to a lean door; None when it does not."""
    path: str = environ["PATH_INFO"]
    if path.startswith("/api/") and "/xet-" not in path:
        return None
    for door in DOORS if "text/html" in environ.get("HTTP_ACCEPT", "") else PROGRAMS_DOORS:
        if found := door.paths.fullmatch(path):
            start, refusal = admit("resolvers", environ, start_response)
            if refusal:
                return refuse(door.refuse, environ, refusal, start)
            return run(door, environ, found, start)
    return None
