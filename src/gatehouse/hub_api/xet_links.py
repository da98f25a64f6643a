"""What /resolve tells Xet clients about a file, so that they fetch its chunks (XET §2)."""

import json
from http import HTTPStatus

from django.conf import settings

from gatehouse.access.gate import Answer as Ruling
from gatehouse.access.gate import Case, read_files
from gatehouse.repos import large_bytes
from gatehouse.storage.git_tree import Entry
from gatehouse.storage.lean_door import Environ
from gatehouse.storage.serve import Answer

FILE_INFO = "application/vnd.xet-fileinfo+json"


def headers(case: Case, sha: str, entry: Entry) -> list[tuple[str, str]]:
    """Give the headers that lead to a file's chunks; none if it did not come in by Xet, or for its card alone."""
    found = large_bytes.xet_hash(case.public_id, case.repo_pk, entry.lfs.oid) if entry.lfs else None
    if found is None or read_files(case) is not Ruling.YES:
        return []
    token = f"{settings.PUBLIC_URL}/api/{case.kind}s/{case.repo_id}/xet-read-token/{sha}"
    plan = f"{settings.PUBLIC_URL}/xet/{case.public_id}-0/v1/reconstructions/{found}"
    return [("X-Xet-Hash", found), ("Link", f'<{token}>; rel="xet-auth", <{plan}>; rel="xet-reconstruction-info"')]


def file_info(environ: Environ, told: list[tuple[str, str]]) -> Answer | None:
    """Answer clients that rather have a file's chunks than its bytes, as the JavaScript client does."""
    if FILE_INFO not in environ.get("HTTP_ACCEPT", ""):
        return None
    facts = dict(told)
    if "X-Xet-Hash" not in facts:
        return None
    data = json.dumps({"hash": facts["X-Xet-Hash"], "size": int(facts["X-Linked-Size"])}).encode()
    body = [] if environ["REQUEST_METHOD"] == "HEAD" else [data]
    shape = [("Content-Type", FILE_INFO), ("Content-Length", str(len(data))), ("Vary", "Accept")]
    return Answer(HTTPStatus.OK, [*told, *shape], body)
