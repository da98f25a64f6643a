"""A repo's history: the commits of a revision, and what one commit changed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from gatehouse.access.refusals import require_files
from gatehouse.storage.errors import Refusal, RevisionNotFound
from gatehouse.storage.git_diff import FileDiff, diff
from gatehouse.storage.git_history import count_commits, log
from gatehouse.storage.git_repos import resolve_revision
from gatehouse.web.visits import Visit, repo_page

PAGE = 50
MOST_LINES = 5_000
LARGEST_PAGE, DIGITS = 10_000, 5
_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")
_FULL_SHA = re.compile(r"[0-9a-f]{40}")
NAMES = {"A": "added", "D": "deleted", "M": "changed", "R": "renamed"}


@dataclass(frozen=True)
class Line:
    """One line of a diff: its numbers before and after, its sign, its text."""

    old: int | None
    new: int | None
    sign: str
    text: str


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
        "files": [(change, NAMES[change.status], list(_lines(change))) for change in changes.files],
        "cut": changes.truncated,
        "added": sum(change.additions for change in changes.files),
        "removed": sum(change.deletions for change in changes.files),
    }
    return visit.render("pages/commit.html", "files", context)


def _lines(change: FileDiff) -> Iterator[Line]:
    """Read a patch's hunks; its head says nothing that the page does not."""
    old = new = 0
    inside = False
    for number, text in enumerate((change.patch or "").splitlines()):
        if number > MOST_LINES:
            yield Line(None, None, "@", "The rest of this file's changes is not shown.")
            return
        if hunk := _HUNK.match(text):
            inside, old, new = True, int(hunk[1]), int(hunk[2])
            yield Line(None, None, "@", text)
        elif inside and text[:1] in {"+", "-", " "}:
            sign = text[0]
            yield Line(old if sign != "+" else None, new if sign != "-" else None, sign, text[1:])
            old, new = old + (sign != "+"), new + (sign != "-")
