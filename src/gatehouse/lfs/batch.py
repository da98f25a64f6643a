"""The git-lfs API of a repo: the batch, which says where objects go to or come from, and locks, which are not kept."""

import re
from dataclasses import dataclass
from http import HTTPStatus

from gatehouse.access.callers import case_of
from gatehouse.access.gate import Case
from gatehouse.access.refusals import require_files, require_write
from gatehouse.accounts.actor import digest
from gatehouse.accounts.environ import token_of
from gatehouse.lfs import multipart, tickets
from gatehouse.lfs.exchange import InvalidInput, json_answer, read_json, refuse
from gatehouse.lfs.tickets import Ticket
from gatehouse.repos import large_bytes
from gatehouse.storage.blobs import check_oid
from gatehouse.storage.database import drop_stale_connection
from gatehouse.storage.errors import Refusal
from gatehouse.storage.lean_door import Door, Environ, require_method
from gatehouse.storage.serve import Answer

MOST_OBJECTS = 1000
MOST_PARTS = 50_000  # each is an address in the answer
LARGEST_SIZE = 2**63 - 1
OPERATIONS = ("upload", "download")
HASH_NAMES = ("sha256", "sha_256")  # the second is what the JavaScript client sends


@dataclass(frozen=True, slots=True)
class Batch:
    """What a client wants to do with which objects, each an (oid, size), and the transfers it knows."""

    operation: str
    transfers: frozenset[str]
    objects: list[tuple[str, int]]


def answer(environ: Environ, found: re.Match[str]) -> Answer:
    prefix, namespace, name, what = found.groups()
    drop_stale_connection()
    case = case_of(environ, prefix, f"{namespace}/{name}")
    if what == "objects/batch":
        return _batch(environ, case)
    # An empty list of locks would have git-lfs advise everybody to switch them on; told 501, it asks no more.
    raise Refusal("This hub keeps no file locks.", status=HTTPStatus.NOT_IMPLEMENTED, code="NotOffered")


def _batch(environ: Environ, case: Case) -> Answer:
    require_method(environ, "POST")
    batch = _read(read_json(environ))
    if batch.operation == "upload":
        require_write(case)
    else:
        require_files(case)
    token = token_of(environ)
    bearer = digest(token) if token else ""
    # Only what belongs to this repo counts, wherever else the same bytes may lie.
    held = large_bytes.stored_sizes(case.repo_pk, [oid for oid, _ in batch.objects])
    if batch.operation == "download":
        objects = [_download(case, bearer, oid, size, held) for oid, size in batch.objects]
        return json_answer({"transfer": "basic", "objects": objects})
    in_parts = "multipart" in batch.transfers and any(size > multipart.PART for _, size in batch.objects)
    if in_parts and sum(multipart.count_parts(size) for _, size in batch.objects) > MOST_PARTS:
        raise Refusal(
            f"The objects of a batch may have {MOST_PARTS} parts together: ask for fewer objects at once.",
            status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        )
    return json_answer(
        {
            "transfer": "multipart" if in_parts else "basic",
            "objects": [_upload(case, bearer, oid, size, held, in_parts=in_parts) for oid, size in batch.objects],
        }
    )


def _read(body: dict[str, object]) -> Batch:
    operation, transfers, objects = body.get("operation"), body.get("transfers") or [], body.get("objects")
    if operation not in OPERATIONS:
        raise InvalidInput("The operation must be upload or download.")
    if body.get("hash_algo", "sha256") not in HASH_NAMES:
        raise Refusal("This hub knows objects by their sha256 only.", status=HTTPStatus.CONFLICT)
    if not isinstance(transfers, list) or not isinstance(objects, list):
        raise InvalidInput("The transfers and the objects must be lists.")
    if len(objects) > MOST_OBJECTS:
        raise Refusal(f"A batch may have {MOST_OBJECTS} objects.", status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    known = frozenset(name for name in transfers if isinstance(name, str))
    return Batch(str(operation), known, [_object(each) for each in objects])


def _object(each: object) -> tuple[str, int]:
    oid, size = (each.get("oid"), each.get("size")) if isinstance(each, dict) else (None, None)
    if not isinstance(oid, str) or type(size) is not int or not 0 <= size <= LARGEST_SIZE:
        raise InvalidInput("Every object needs an oid and a size in bytes.")
    return check_oid(oid), size


def _download(case: Case, bearer: str, oid: str, size: int, held: dict[str, int]) -> dict[str, object]:
    if held.get(oid) != size:
        error = {"code": HTTPStatus.NOT_FOUND, "message": f"Object {oid} does not exist in {case.repo_id}."}
        return {"oid": oid, "size": size, "error": error}
    return _actions(oid, size, {"download": _action("download", Ticket(case.repo_pk, oid, size, bearer))})


def _upload(case: Case, bearer: str, oid: str, size: int, held: dict[str, int], *, in_parts: bool) -> dict[str, object]:
    if held.get(oid) == size:
        return {"oid": oid, "size": size}
    ticket = Ticket(case.repo_pk, oid, size, bearer)
    upload = multipart.begin(ticket) if in_parts else _action("upload", ticket)
    return _actions(oid, size, {"upload": upload, "verify": _action("verify", ticket)})


def _actions(oid: str, size: int, actions: dict[str, dict[str, object]]) -> dict[str, object]:
    return {"oid": oid, "size": size, "authenticated": True, "actions": actions}


def _action(verb: str, ticket: Ticket) -> dict[str, object]:
    return {"href": tickets.address(verb, ticket), "expires_in": tickets.LIFETIME_S[verb]}


DOOR = Door(
    re.compile(r"/(?:(datasets|spaces)/)?([^/]+)/([^/]+?)(?:\.git)?/info/lfs/(objects/batch|locks(?:/.*)?)"),
    answer,
    refuse,
)
