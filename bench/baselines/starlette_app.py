"""The least that can serve a gated file: Starlette and sqlite3, with the same look-ups as the hub and nothing else.

One table each for tokens, repos, access requests, branches and files; a file's bytes lie on disk. BENCH_DATA names
the folder. It knows no sessions, no private repos, no organizations, no scopes, no ranges, no moved names.
"""

import hashlib
import os
import sqlite3
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

DATA = Path(os.environ["BENCH_DATA"])
database = sqlite3.connect(DATA / "baseline.sqlite3", check_same_thread=False)

USER = "SELECT user_id FROM token JOIN user ON user.id = token.user_id WHERE digest = ? AND active"
REPO = "SELECT id, owner_id, gated FROM repo WHERE key = ?"
ACCESS = "SELECT status FROM request WHERE repo_id = ? AND user_id = ?"
FILE = (
    "SELECT branch.sha, file.oid, file.size FROM branch JOIN file ON file.sha = branch.sha "
    "WHERE branch.repo_id = ? AND branch.name = ? AND file.path = ?"
)


async def resolve(request: Request) -> Response:
    """Answer GET and HEAD of one file."""
    params = request.path_params
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    user = database.execute(USER, (hashlib.sha256(token.encode()).hexdigest(),)).fetchone()
    repo = database.execute(REPO, (f"{params['namespace']}/{params['name']}".lower(),)).fetchone()
    if user is None or repo is None:
        return PlainTextResponse("Repository not found", 404)
    if repo[2] and repo[1] != user[0]:
        access = database.execute(ACCESS, (repo[0], user[0])).fetchone()
        if access is None or access[0] != "accepted":
            return PlainTextResponse("Access is restricted", 403, {"X-Error-Code": "GatedRepo"})
    found = database.execute(FILE, (repo[0], params["revision"], params["path"])).fetchone()
    if found is None:
        return PlainTextResponse("Entry not found", 404, {"X-Error-Code": "EntryNotFound"})
    sha, oid, size = found
    headers = {
        "ETag": f'"{oid}"',
        "X-Repo-Commit": sha,
        "X-Linked-Etag": f'"{oid}"',
        "X-Linked-Size": str(size),
        "Accept-Ranges": "bytes",
        "Content-Disposition": f'inline; filename="{params["path"].rsplit("/", 1)[-1]}";',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    if request.method == "HEAD":
        return Response(headers=headers | {"Content-Length": str(size)})
    return Response((DATA / "files" / oid).read_bytes(), headers=headers, media_type="text/plain")


app = Starlette(routes=[Route("/{namespace}/{name}/resolve/{revision}/{path:path}", resolve, methods=["GET", "HEAD"])])
