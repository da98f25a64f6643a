"""git's smart HTTP protocol: clone, fetch and push (HUB-API §6.4)."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from http import HTTPStatus
from pathlib import Path

from pygit2 import Repository

from gatehouse.access import gate
from gatehouse.access.callers import case_of
from gatehouse.access.gate import Case
from gatehouse.access.refusals import require_files, require_write
from gatehouse.accounts.actor import digest
from gatehouse.accounts.environ import token_of
from gatehouse.git_http import push_check
from gatehouse.git_http.program import Program
from gatehouse.git_http.push import Push
from gatehouse.repos import following
from gatehouse.repos.models import BranchMove
from gatehouse.repos.repositories import RepoNotFound, find_repo, git_path, open_git
from gatehouse.storage.body import read_blocks
from gatehouse.storage.database import drop_stale_connection
from gatehouse.storage.errors import Refusal, RevisionNotFound
from gatehouse.storage.git_refs import Update, positions
from gatehouse.storage.git_repos import resolve_revision
from gatehouse.storage.git_upkeep import DROPPED, moving_refs
from gatehouse.storage.lean_door import Door, Environ, plain_refusal, require_method
from gatehouse.storage.serve import Answer

# Anonymous callers hear this wherever a name could help; git asks for a password only when it is Basic.
CHALLENGE = 'Basic realm="Gatehouse"'
UPLOAD_PACK, RECEIVE_PACK = "git-upload-pack", "git-receive-pack"
LONGEST_WISH = 64 * 1024 * 1024  # bytes that a fetch may take to say what it wants and has
# Repositories may belong to another user of this machine than the one that serves them.
CONFIG = {"safe.directory": "*", "transfer.hideRefs": DROPPED.rstrip("/")}
# The largest piece of memory that git takes for a push: a few bytes of deltas can stand for an object of terabytes, of
# which git makes the whole. Large files come as they are, and are streamed; stock git makes no deltas of the largest.
LARGEST_DELTA = 256 * 1024**2
_PROTOCOL = re.compile(r"[a-z0-9=:.-]{1,100}")
_SERVICE = re.compile(r"service=(git-upload-pack|git-receive-pack)(?:&.*)?")


def answer(environ: Environ, found: re.Match[str]) -> Answer:
    """Answer one step of git's conversation, once the gate has agreed."""
    prefix, namespace, name, what = found.groups()
    service = _advertised(environ) if what == "info/refs" else what
    drop_stale_connection()
    case = case_of(environ, prefix, f"{namespace}/{name}")
    (require_write if service == RECEIVE_PACK else require_files)(case)
    path = git_path(case.public_id)
    git = open_git(case.public_id)
    if what == "info/refs":
        if service == UPLOAD_PACK:
            _require_whole_head(git)
        return _advertise(environ, service, path)
    require_method(environ, "POST")
    _check_type(environ, service)
    return _push(environ, case, path) if service == RECEIVE_PACK else _fetch(environ, path)


def _advertised(environ: Environ) -> str:
    require_method(environ, "GET")
    asked = _SERVICE.fullmatch(environ.get("QUERY_STRING", ""))
    if asked is None:
        raise Refusal("This hub speaks git's smart HTTP protocol only.", status=HTTPStatus.FORBIDDEN)
    return asked[1]


def _require_whole_head(git: Repository) -> None:
    """Raise RepositoryDamaged where git would only say that it does not know a commit; who pushes may mend it."""
    with suppress(RevisionNotFound):
        resolve_revision(git, "HEAD")


def _check_type(environ: Environ, service: str) -> None:
    expected = f"application/x-{service}-request"
    if environ.get("CONTENT_TYPE") != expected:
        raise Refusal(f"The Content-Type must be {expected}.", status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE)


def _advertise(environ: Environ, service: str, path: Path) -> Answer:
    version = _environment(environ)
    opening = b"" if "version=2" in version.get("GIT_PROTOCOL", "").split(":") else _announcement(service)
    arguments = [service.removeprefix("git-"), "--stateless-rpc", "--http-backend-info-refs", str(path)]
    program = Program(arguments, config=CONFIG, environment=version, opening=opening)
    program.feed(())
    return _said(program, f"application/x-{service}-advertisement")


def _announcement(service: str) -> bytes:
    line = f"# service={service}\n"
    return f"{len(line) + 4:04x}{line}0000".encode()


def _fetch(environ: Environ, path: Path) -> Answer:
    blocks = read_blocks(environ, limit=LONGEST_WISH, gunzip=True)
    program = Program(["upload-pack", "--stateless-rpc", str(path)], config=CONFIG, environment=_environment(environ))
    program.feed(blocks)
    return _said(program, f"application/x-{UPLOAD_PACK}-result")


def _push(environ: Environ, case: Case, path: Path) -> Answer:
    token, blocks = token_of(environ), read_blocks(environ, limit=None, gunzip=True)
    announced: list[BranchMove] = []
    until_moved = ExitStack()

    def check(quarantine: str, updates: list[Update]) -> None:
        """Ask the gate once more: sending the objects may have taken hours."""
        drop_stale_connection()
        now = gate.case_by_digest(digest(token or ""), case.repo_pk)
        if now is None:
            raise RepoNotFound
        require_write(now)
        with ExitStack() as lock:
            lock.enter_context(moving_refs(path))
            push_check.check(now, path, quarantine, updates)
            announced.append(following.announce(case.repo_pk, {update.ref: update.old for update in updates}))
            until_moved.push(lock.pop_all())

    def moved(updates: list[Update]) -> None:
        """Let the hub follow; a ref that is still where it was, git has refused on its own."""
        with until_moved:
            drop_stale_connection()
            now = positions(open_git(case.public_id), (update.ref for update in updates))
            done = [Update(each.old, now[each.ref], each.ref) for each in updates if now[each.ref] != each.old]
            for move in announced:
                following.follow(find_repo(case.repo_pk), move, done)

    push = Push(
        path,
        config=CONFIG,
        environment=_environment(environ) | {"GIT_ALLOC_LIMIT": str(LARGEST_DELTA)},
        check=check,
        moved=moved,
    )
    push.receive(blocks)
    return _said(push, f"application/x-{RECEIVE_PACK}-result")


def _environment(environ: Environ) -> dict[str, str]:
    protocol = environ.get("HTTP_GIT_PROTOCOL", "")
    return {"GIT_PROTOCOL": protocol} if _PROTOCOL.fullmatch(protocol) else {}


def _said(words: Iterator[bytes], content_type: str) -> Answer:
    return Answer(HTTPStatus.OK, [("Content-Type", content_type), ("Cache-Control", "no-store")], words)


def _refuse(refusal: Refusal) -> Answer:
    """Word a refusal as text, which git shows to people as `remote: …`."""
    if refusal.status == HTTPStatus.UNAUTHORIZED:
        refusal.headers["WWW-Authenticate"] = CHALLENGE
    return plain_refusal(refusal)


DOOR = Door(
    re.compile(r"/(?:(datasets|spaces)/)?([^/]+)/([^/]+?)(?:\.git)?/(info/refs|git-upload-pack|git-receive-pack)"),
    answer,
    _refuse,
)
