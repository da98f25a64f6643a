"""A repo's history: the commits of a revision, and what one commit changed."""

import re
from collections.abc import Iterator

from django.http import HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from gatehouse.access.refusals import require_files
from gatehouse.storage.errors import Refusal, RevisionNotFound
from gatehouse.storage.git_diff import FileDiff, diff
from gatehouse.storage.git_history import count_commits, log
from gatehouse.storage.git_repos import resolve_revision
from gatehouse.web.diff_lines import MOST_LINES, Line, read_patch
from gatehouse.web.visits import Visit, repo_page

PAGE = 50
LARGEST_PAGE, DIGITS = 10_000, 5
_FULL_SHA = re.compile(r"[0-9a-f]{40}")
NAMES = {"A": _("added"), "D": _("deleted"), "M": _("changed"), "R": _("renamed")}


@require_safe
@repo_page
def commits(visit: Visit, tail: str) -> HttpResponse:
    """List the commits of a revision, or those that changed a path."""
    place = visit.at(tail)
    number = visit.request.GET.get("p", "0")
    if not (number.isascii() and number.isdigit()) or len(number) > DIGITS or int(number) > LARGEST_PAGE:
        raise Refusal("There is no such page of the history.")
    skip = int(number) * PAGE
    found = log(visit.git, place.sha, skip=skip, limit=PAGE + 1, path=place.path or None)
    context = {
        "place": place,
        "commits": found[:PAGE],
        "total": None if place.path else count_commits(visit.git, place.sha),
        "newer": f"?p={int(number) - 1}" if skip else "",
        "older": f"?p={int(number) + 1}" if len(found) > PAGE else "",
    }
    return visit.render("pages/commits.html", "files", context)


@require_safe
@repo_page
def commit(visit: Visit, sha: str) -> HttpResponse:
    """Show what a commit changed. That is content, so the gate is asked first."""
    require_files(visit.case)
    if not _FULL_SHA.fullmatch(sha):
        raise RevisionNotFound(f"Invalid rev id: {sha[:100]}")
    found = resolve_revision(visit.git, sha)
    changes = diff(visit.git, None, found)
    context = {
        "commit": log(visit.git, found, limit=1)[0],
        "files": list(_shown(changes.files)),
        "cut": changes.truncated,
        "added": sum(change.additions for change in changes.files if not change.large),
        "removed": sum(change.deletions for change in changes.files if not change.large),
    }
    return visit.render("pages/commit.html", "files", context)


def _shown(changes: list[FileDiff]) -> Iterator[tuple[FileDiff, Promise, list[Line]]]:
    """Give each change with its name and lines, until the page is long enough."""
    left = MOST_LINES
    for change in changes:
        lines = read_patch(change.patch, most=left) if left > 0 and not change.large else []
        left -= len(lines)
        yield change, NAMES[change.status], lines
