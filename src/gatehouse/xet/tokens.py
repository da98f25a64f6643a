"""`/api/…/xet-read-token` and `xet-write-token`: a pass to a repo's xorbs, for those whom the gate lets in."""

import re
from http import HTTPStatus
from urllib.parse import parse_qs

from django.conf import settings

from gatehouse.access.callers import case_of
from gatehouse.access.gate import Case
from gatehouse.access.refusals import require_files, require_write
from gatehouse.accounts.actor import digest
from gatehouse.accounts.environ import token_of
from gatehouse.repos import xet_files
from gatehouse.storage.errors import Refusal
from gatehouse.storage.lean_door import Door, Environ, require_method
from gatehouse.storage.serve import Answer
from gatehouse.xet import passes
from gatehouse.xet.exchange import PREFLIGHT, json_answer, refuse
from gatehouse.xet.passes import Pass


def answer(environ: Environ, found: re.Match[str]) -> Answer:
    """Give the pass twice: Python reads the headers, hf_xet and JavaScript the JSON (HUB-API §6.3)."""
    if environ["REQUEST_METHOD"] == "OPTIONS":
        return Answer(HTTPStatus.NO_CONTENT, list(PREFLIGHT))
    require_method(environ, "GET")
    kinds, repo_id, right = found.groups()
    case = case_of(environ, None if kinds == "models" else kinds, repo_id)
    write = right == "write"
    (require_write if write else require_files)(case)
    if "create_pr" in parse_qs(environ.get("QUERY_STRING", "")):
        raise Refusal(
            "Pull requests are not offered by this hub: commit to a branch instead.",
            status=HTTPStatus.NOT_IMPLEMENTED,
            code="NotOffered",
        )
    return _given(environ, case, write=write)


def _given(environ: Environ, case: Case, *, write: bool) -> Answer:
    token = token_of(environ)
    signed, expires = passes.sign(Pass(case.repo_pk, write=write, bearer=digest(token) if token else ""))
    url = f"{settings.PUBLIC_URL}/xet/{case.public_id}-{xet_files.epoch(case.repo_pk)}"
    given = json_answer({"casUrl": url, "accessToken": signed, "exp": expires})
    given.headers += [
        ("X-Xet-Cas-Url", url),
        ("X-Xet-Access-Token", signed),
        ("X-Xet-Token-Expiration", str(expires)),
    ]
    return given


DOOR = Door(re.compile(r"/api/(models|datasets|spaces)/([^/]+/[^/]+)/xet-(read|write)-token/.+"), answer, refuse)
