"""The commit endpoint: operations read line by line, bytes into git as they come, one commit at the end."""

from collections.abc import Iterator
from http import HTTPStatus

from django.http import HttpRequest
from pygit2 import Repository

from gatehouse.access import possession
from gatehouse.access.possession import NotInPossession
from gatehouse.access.refusals import require_write
from gatehouse.accounts.actor import Actor
from gatehouse.accounts.people import user_of
from gatehouse.hub_api import commit_lines
from gatehouse.hub_api.callers_address import at_callers_address
from gatehouse.hub_api.cases import case_of, git_of, repo_of, still_writable
from gatehouse.hub_api.commit_lines import EntryGone, FileLine, FolderGone, Header, LfsLine
from gatehouse.hub_api.errors import InvalidInput, NotOffered
from gatehouse.hub_api.json_text import read_object
from gatehouse.hub_api.schemas import Shown, hub_router
from gatehouse.repos import commits
from gatehouse.repos.card import DEFAULT_BRANCH
from gatehouse.repos.repositories import unless_deleted
from gatehouse.storage import body
from gatehouse.storage.errors import Refusal
from gatehouse.storage.git_commits import write_blob
from gatehouse.storage.git_operations import Copy, Delete, Operation, Put
from gatehouse.storage.git_repos import resolve_revision
from gatehouse.storage.pointers import make_pointer, parse_pointer

router = hub_router()

LARGEST_BODY = 4 * 1024**3
LARGEST_OBJECT = 64 * 1024**2  # of the older form, which is read whole
SHA_LENGTH = 40


class LengthWanted(Refusal):
    """Lines in chunks: were they torn at the end of one, the server would take them for a whole, smaller commit."""

    status = HTTPStatus.LENGTH_REQUIRED
    message = "Send a commit with its Content-Length: of one in chunks it could not be told whether all of it arrived."


class Committed(Shown):
    """The new commit; the branch's present one if nothing changed."""

    success: bool = True
    commit_oid: str
    commit_url: str
    hook_output: str = ""


@router.post("/{repo:repo}/commit/{path:revision}", response=Committed, summary="Commit files to a branch")
def commit(request: HttpRequest, repo: str, revision: str, *, create_pr: bool = False) -> Committed:
    case = case_of(request, repo)
    branch = branch_to_write(revision, create_pr=create_pr)
    require_write(case)
    with unless_deleted(case.repo_pk):
        git = git_of(case)
        draft = Draft(case.actor, git, resolve_revision(git, f"refs/heads/{branch}"))
        header, lines = _read(request)
        for line in lines:
            draft.add(line)
        case = still_writable(request, case)
        possession.ensure(case.actor, case.repo_pk, draft.pointers)
        row, user = repo_of(case), user_of(case.actor)
        parent = draft.parent(header.parent_commit)
        sha = commits.commit(
            row,
            branch,
            draft.operations,
            user=user,
            publisher=case.actor.publisher,
            message=header.message,
            parent=parent,
        )
    return Committed(commit_oid=sha, commit_url=at_callers_address(request, f"{row.url}/commit/{sha}"))


def branch_to_write(revision: str, *, create_pr: bool) -> str:
    """Give the name of the branch; raises Refusal for a pull request."""
    if create_pr or revision.startswith("refs/pr/"):
        raise NotOffered("Pull requests are not offered by this hub: commit to a branch instead.")
    return DEFAULT_BRANCH if revision == "HEAD" else revision.removeprefix("refs/heads/")


def _read(request: HttpRequest) -> tuple[Header, Iterator[commit_lines.Operation]]:
    if request.content_type == "application/json":
        return commit_lines.read_object(read_object(body.read_all(request.META, LARGEST_OBJECT)))
    if request.META.get("wsgi.input_terminated") and not request.META.get("CONTENT_LENGTH"):
        raise LengthWanted
    return commit_lines.read_lines(body.read_blocks(request.META, limit=LARGEST_BODY))


class Draft:
    """What a commit will do: operations whose bytes are in git already, and the large files that they name."""

    def __init__(self, actor: Actor, git: Repository, head: str) -> None:
        self._actor, self._git, self._head = actor, git, head
        self.operations: list[Operation] = []
        self.pointers: dict[str, int] = {}  # size in bytes by sha256

    def add(self, line: commit_lines.Operation) -> None:
        match line:
            case FileLine():
                self._add_file(line)
            case LfsLine():
                self._add_large_file(line)
            case FolderGone():
                self.operations.append(Delete(line.path, "folder"))
            case EntryGone():
                self.operations.append(Delete(line.path, "entry"))

    def parent(self, given: str | None) -> str | None:
        """Give the full sha of the parent that the caller names, perhaps by its first digits."""
        short = given is not None and len(given) < SHA_LENGTH and self._head.startswith(given.lower())
        return self._head if short else given and given.lower()

    def _add_file(self, line: FileLine) -> None:
        data = line.data()
        if data is None:
            self._move(line.old_path, line.path)
            return
        pointer = parse_pointer(data)
        if pointer:
            self.pointers[pointer.oid] = pointer.size
        self._put(Put(line.path, oid=write_blob(self._git, data)), line.old_path)

    def _add_large_file(self, line: LfsLine) -> None:
        if line.oid is None:
            self._move(line.old_path, line.path)
            return
        size = line.size
        if size is None:
            size = possession.size_elsewhere(self._actor, line.oid)
        if size is None:
            raise NotInPossession(line.oid)
        self.pointers[line.oid] = size
        self._put(Put(line.path, data=make_pointer(line.oid, size)), line.old_path)

    def _put(self, put: Put, old_path: str | None) -> None:
        self.operations.append(put)
        if old_path is not None and old_path != put.path:
            self.operations.append(Delete(old_path, "file"))

    def _move(self, old_path: str | None, path: str) -> None:
        if old_path is None:
            raise InvalidInput("Invalid input: expected content or oldPath", path)
        self.operations += [Copy(old_path, self._head, path), Delete(old_path, "file")]
