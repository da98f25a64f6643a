"""A repo's files: folders, and single files as far as they can be shown."""

from pathlib import PurePosixPath
from urllib.parse import quote

from django.http import HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_safe

from gatehouse.access.refusals import require_files
from gatehouse.storage.git_history import CommitInfo, last_commits, log
from gatehouse.storage.git_refs import list_refs
from gatehouse.storage.git_tree import find_entry, list_tree
from gatehouse.web.previews.choose import preview
from gatehouse.web.visits import Place, Visit, repo_page

ENTRIES = 250
PATIENCE_S = 0.3  # for the last commit of each entry: those touched long ago may stay without


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
    commits = last_commits(visit.git, place.sha, [each.path for each in entries], patience_s=PATIENCE_S)
    branches, tags = list_refs(visit.git)
    context = {
        "place": place,
        "entries": [(each, PurePosixPath(each.path).name, commits.get(each.path)) for each in entries],
        "newest": _newest(visit, place),
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
    plain = "plain" in visit.request.GET
    branches, _ = list_refs(visit.git)
    context = {
        "place": found,
        "entry": entry,
        "shown": preview(visit, found, entry, plain=plain, whole="all" in visit.request.GET),
        "newest": last_commits(visit.git, found.sha, [found.path], patience_s=PATIENCE_S).get(found.path),
        "plain": plain,
        "writable": visit.may_write and any(branch.name == found.rev for branch in branches),
    }
    return visit.render("pages/blob.html", "files", context)


def _newest(visit: Visit, place: Place) -> CommitInfo | None:
    """Give the commit that changed a folder last: of the top, the newest of all."""
    if not place.path:
        return log(visit.git, place.sha, limit=1)[0]
    return last_commits(visit.git, place.sha, [place.path], patience_s=PATIENCE_S).get(place.path)
