"""Every address below a repo is known here: it shows content (and stands in DOORS), is open, or needs writing rights."""

import json
import re
from dataclasses import dataclass

import pytest
from django.urls import URLPattern, get_resolver
from world import CALLERS, Caller, World, build, call

from gatehouse.access.models import AccessEvent
from gatehouse.config import lean_doors
from gatehouse.repos.models import Repo
from gatehouse.repos.repositories import open_git
from gatehouse.storage.git_refs import list_refs

REPO = "<str:namespace>/<str:name>"
API = "api/<repo:repo>"

# Addresses that show what is in files: test_doors.py goes through each.
CONTENT = {
    f"{API}/compare/<path:span>",
    f"{API}/duplicate",
    f"{API}/auth-check",
    f"{API}/safetensors-metadata/<path:filename>",
    f"{REPO}/blob/<path:tail>",
    f"{REPO}/commit/<str:sha>",
}
# Addresses that show what is open on a public gated repo: names, sizes, the card, titles of commits.
OPEN = {
    API,
    f"{API}/revision/<path:revision>",
    f"{API}/tree/<path:tail>",
    f"{API}/treesize/<path:tail>",
    f"{API}/paths-info/<path:revision>",
    f"{API}/refs",
    f"{API}/likers",
    f"{API}/commits/<path:revision>",
    REPO,
    f"{REPO}/tree/<path:tail>",
    f"{REPO}/commits/<path:tail>",
    f"{REPO}/refs",
}
# Addresses by which people handle what is their own: a request, a like.
OWN = {
    f"{API}/like",
    f"{API}/user-access-request/cancel",
    f"{REPO}/ask-access",
    f"{REPO}/like",
    f"{REPO}/withdraw",
}


@dataclass(frozen=True)
class Writing:
    """A request that only those who may write to the repo may make."""

    route: str
    method: str
    path: str
    body: object = None


JSON_API = "/api/models/acme/weights"
PAGE = "/acme/weights"
CAROL = {"user": "carol"}
COMMIT = (
    '{"key":"header","value":{"summary":"x"}}\n{"key":"file","value":{"path":"x","content":"eA==","encoding":"base64"}}'
)
WRITING = (
    Writing(f"{API}/settings", "PUT", f"{JSON_API}/settings", {"gated": False}),
    Writing("api/repos/delete", "DELETE", "/api/repos/delete", {"name": "weights", "organization": "acme"}),
    Writing("api/repos/move", "POST", "/api/repos/move", {"fromRepo": "acme/weights", "toRepo": "carol/weights"}),
    Writing(f"{API}/branch/<path:revision>", "POST", f"{JSON_API}/branch/new", {}),
    Writing(f"{API}/branch/<path:revision>", "DELETE", f"{JSON_API}/branch/main"),
    Writing(f"{API}/tag/<path:revision>", "POST", f"{JSON_API}/tag/main", {"tag": "v1"}),
    Writing(f"{API}/tag/<path:revision>", "DELETE", f"{JSON_API}/tag/v1"),
    Writing(f"{API}/super-squash/<path:revision>", "POST", f"{JSON_API}/super-squash/main", {"message": "x"}),
    Writing(f"{API}/preupload/<path:revision>", "POST", f"{JSON_API}/preupload/main",
            {"files": [{"path": "config.json", "size": 3, "sample": "eA=="}]}),
    Writing(f"{API}/commit/<path:revision>", "POST", f"{JSON_API}/commit/main", COMMIT),
    Writing(f"{API}/lfs-files", "GET", f"{JSON_API}/lfs-files"),
    Writing(f"{API}/lfs-files/batch", "POST", f"{JSON_API}/lfs-files/batch",
            {"deletions": {"sha": ["0" * 64], "rewriteHistory": False}}),
    Writing(f"{API}/lfs-files/duplicate", "POST", f"{JSON_API}/lfs-files/duplicate",
            {"target": {"type": "model", "name": "acme/weights"}, "files": [{"filename": "x", "sha256": "0" * 64}]}),
    Writing(f"{API}/lfs-files/<sha>", "DELETE", f"{JSON_API}/lfs-files/{'0' * 64}"),
    Writing(f"{API}/auth-check/write", "GET", f"{JSON_API}/auth-check/write"),
    Writing(f"{API}/user-access-request/<status>", "GET", f"{JSON_API}/user-access-request/pending"),
    Writing(f"{API}/user-access-request/handle", "POST", f"{JSON_API}/user-access-request/handle",
            CAROL | {"status": "accepted"}),
    Writing(f"{API}/user-access-request/batch", "POST", f"{JSON_API}/user-access-request/batch",
            {"status": "accepted", "requests": [CAROL]}),
    Writing(f"{API}/user-access-request/grant", "POST", f"{JSON_API}/user-access-request/grant", CAROL),
    Writing(f"{REPO}/user-access-report", "GET", f"{PAGE}/user-access-report"),
    Writing(f"{REPO}/access-requests", "GET", f"{PAGE}/access-requests"),
    Writing(f"{REPO}/access-requests/-/undo", "POST", f"{PAGE}/access-requests/-/undo", {"decision": "pending"}),
    Writing(f"{REPO}/access-requests/-/counts", "GET", f"{PAGE}/access-requests/-/counts"),
    Writing(f"{REPO}/access-requests/-/decide", "POST", f"{PAGE}/access-requests/-/decide", {"verb": "accept"}),
    Writing(f"{REPO}/access-requests/<str:username>", "GET", f"{PAGE}/access-requests/carol"),
    Writing(f"{REPO}/refs/create", "POST", f"{PAGE}/refs/create", {}),
    Writing(f"{REPO}/refs/delete", "POST", f"{PAGE}/refs/delete", {}),
    Writing(f"{REPO}/large-uploads", "POST", f"{PAGE}/large-uploads", {}),
    Writing(f"{REPO}/large-uploads/<str:signed>", "GET", f"{PAGE}/large-uploads/x"),
    Writing(f"{REPO}/large-uploads/<str:signed>/<int:number>", "PUT", f"{PAGE}/large-uploads/x/1"),
    Writing(f"{REPO}/upload/<path:tail>", "GET", f"{PAGE}/upload/main"),
    Writing(f"{REPO}/new/<path:tail>", "GET", f"{PAGE}/new/main"),
    Writing(f"{REPO}/edit/<path:tail>", "GET", f"{PAGE}/edit/main/config.json"),
    Writing(f"{REPO}/delete/<path:tail>", "POST", f"{PAGE}/delete/main/config.json", {}),
    Writing(f"{REPO}/settings", "GET", f"{PAGE}/settings"),
    Writing(f"{REPO}/settings/publishers", "GET", f"{PAGE}/settings/publishers"),
    Writing(f"{REPO}/settings/publishers/<str:public_id>/remove", "POST", f"{PAGE}/settings/publishers/x/remove", {}),
    *(Writing(f"{REPO}/settings/{what}", "POST", f"{PAGE}/settings/{what}", {})
      for what in ("enable", "disable", "gate", "grant", "visibility", "move", "delete")),
)  # fmt: skip
LEAN = {
    "resolve|raw", "info/lfs/", "/lfs/(upload|part|complete|verify|download)", "git-upload-pack", "/xet/bytes/",
    "/xet/grants/", "/xet/([0-9a-f]{24})", "/v1/telemetry", "xet-(read|write)-token",
}  # fmt: skip


def repo_routes() -> set[str]:
    """Every pattern below a repo, with the datasets' and spaces' prefixes left out: one list serves all three."""
    found: set[str] = set()

    def walk(patterns: list[object], lead: str) -> None:
        for each in patterns:
            route = re.sub(r"^(datasets|spaces)/(?=<str:namespace>)", "", lead + str(each.pattern))  # type: ignore[attr-defined]
            if not isinstance(each, URLPattern):
                walk(each.url_patterns, route)  # type: ignore[attr-defined]
            elif "<repo:repo>" in route or REPO in route or route in {"api/repos/delete", "api/repos/move"}:
                found.add(route)

    walk(get_resolver().url_patterns, "")
    return found


def test_every_address_below_a_repo_has_its_place() -> None:
    assert repo_routes() == CONTENT | OPEN | OWN | {each.route for each in WRITING}


def test_every_lean_door_is_known() -> None:
    for door in lean_doors.DOORS:
        assert any(known in door.paths.pattern for known in LEAN), (
            f"{door.paths.pattern}: put it into a test, then here"
        )


def state(world: World) -> object:
    row = Repo.objects.filter(pk=world.repo.pk).values().get()
    refs = list_refs(open_git(world.repo.public_id))
    return row, refs, AccessEvent.objects.count()


@pytest.mark.django_db
@pytest.mark.parametrize("caller", [c for c in CALLERS if "admin" not in c.name], ids=lambda caller: caller.name)
def test_whoever_may_not_write_changes_and_manages_nothing(caller: Caller) -> None:
    world = build()
    headers = caller.make(world)
    if caller.name == "a gated member":  # she has the role `write`: she may write what she may not read
        return
    before = state(world)
    for each in WRITING:
        body = each.body if isinstance(each.body, str) else json.dumps(each.body)
        kind = "application/x-ndjson" if isinstance(each.body, str) else "application/json"
        reply = call(each.method, each.path, headers, body.encode(), CONTENT_TYPE=kind)
        assert reply.status in {401, 403} or (reply.status == 302 and "/login" in reply.headers["Location"]), each
        assert state(world) == before, each
