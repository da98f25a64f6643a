"""A repo's files: folders, and single files as far as they can be shown."""

from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import quote

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from gatehouse.access.refusals import require_files
from gatehouse.repos.large_files import is_binary
from gatehouse.storage.git_history import last_commits
from gatehouse.storage.git_refs import list_refs
from gatehouse.storage.git_tree import Entry, find_entry, list_tree, read_blob
from gatehouse.storage.serve import PICTURE_TYPES
from gatehouse.web.rendered import code_html, markdown_html
from gatehouse.web.visits import Place, Visit, repo_page

ENTRIES = 500
LARGEST_TEXT = 512 * 1024
LARGEST_PICTURE = 20 * 1024 * 1024
MARKDOWN = frozenset({".md", ".markdown"})


@dataclass(frozen=True)
class Shown:
    """How a file is shown: as one of picture, markdown, code, nothing; `why` says why not, or not in full."""

    form: str
    markdown: SafeString | str = ""
    lines: tuple[SafeString, ...] = ()
    why: str = ""


@require_safe
@repo_page
def tree(visit: Visit, tail: str) -> HttpResponse:
    """List a folder. Names and sizes of a gated repo are open; contents are not."""
    place = visit.at(tail)
    entry = find_entry(visit.git, place.sha, place.path)
    if entry.type == "file":
        return HttpResponseRedirect(visit.url("blob", place.rev, place.path))
    after = visit.request.GET.get("after")
    entries, following = list_tree(visit.git, place.sha, place.path, after=after, limit=ENTRIES)
    entries.sort(key=lambda each: each.type == "file")
    commits = last_commits(visit.git, place.sha, [each.path for each in entries])
    branches, tags = list_refs(visit.git)
    context = {
        "place": place,
        "entries": [(each, PurePosixPath(each.path).name, commits.get(each.path)) for each in entries],
        "newest": next(iter(last_commits(visit.git, place.sha, [place.path]).values()), None) if place.path else None,
        "following": f"?after={quote(following)}" if following else "",
        "branches": branches,
        "tags": tags,
        "writable": visit.may_write and any(branch.name == place.rev for branch in branches),
    }
    return visit.render("pages/tree.html", "files", context)


@require_safe
@repo_page
def blob(visit: Visit, tail: str) -> HttpResponse:
    """Show a file. The gate is asked before anybody is told whether there is such a file."""
    require_files(visit.case, visit.split(tail)[1])
    found = visit.at(tail)
    entry = find_entry(visit.git, found.sha, found.path)
    if entry.type == "directory":
        return HttpResponseRedirect(visit.url("tree", found.rev, found.path))
    branches, _ = list_refs(visit.git)
    context = {
        "place": found,
        "entry": entry,
        "shown": _shown(visit, found, entry),
        "newest": last_commits(visit.git, found.sha, [found.path]).get(found.path),
        "is_markdown": PurePosixPath(found.path).suffix.lower() in MARKDOWN,
        "plain": "plain" in visit.request.GET,
        "writable": visit.may_write and any(branch.name == found.rev for branch in branches),
    }
    return visit.render("pages/blob.html", "files", context)


def _shown(visit: Visit, place: Place, entry: Entry) -> Shown:
    suffix = PurePosixPath(place.path).suffix.lower()
    if suffix in PICTURE_TYPES and entry.size <= LARGEST_PICTURE:
        return Shown("picture")
    if entry.is_submodule:
        return Shown("nothing", why=f"This is commit {entry.oid} of another repository.")
    if entry.lfs:
        return Shown("nothing", why="This is a large file. It is stored by git-lfs and not shown here.")
    if entry.size > LARGEST_TEXT:
        return Shown("nothing", why="This file is too long to be shown here.")
    data = read_blob(visit.git, entry.oid)
    if is_binary(data):
        return Shown("nothing", why="This file is not text.")
    text = data.decode("utf-8", "replace").replace("\r\n", "\n")
    if suffix in MARKDOWN and "plain" not in visit.request.GET:
        folder = str(PurePosixPath(place.path).parent).removeprefix(".")
        where = {"repo_path": visit.repo.path, "rev": place.rev, "directory": folder}
        return Shown("markdown", markdown_html(text, **where, pictures=visit.may_read))
    return Shown("code", lines=tuple(code_html(text, place.path)))
