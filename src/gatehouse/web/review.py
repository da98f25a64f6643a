"""The authors' review screen: who asked, what they answered, what was decided, and deciding."""

from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpResponse
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_safe

from gatehouse.access import lists
from gatehouse.access.access_requests import AccessRequest, Status
from gatehouse.access.answers import readable
from gatehouse.access.errors import RequestNotFound
from gatehouse.access.form import GateForm, parse_form
from gatehouse.accounts.people import find_user
from gatehouse.storage.errors import Refusal
from gatehouse.storage.times import in_utc
from gatehouse.web.deciding import STATES, undoable
from gatehouse.web.visits import Visit, authors_page

PAGE = 50
LONGEST_SEARCH = 250
VIEWS = ("list", "table")
LARGEST_ID, DIGITS = 2**63 - 1, 19
# What can be done with a request in each state, in the order of the buttons.
VERBS = {
    "pending": ("accepted", "rejected"),
    "accepted": ("rejected", "pending", "reset"),
    "rejected": ("accepted", "pending", "reset"),
    "reset": ("accepted", "rejected", "pending"),
}


Answers = list[tuple[str, str]]
Row = tuple[AccessRequest, Answers, list[str]]


@require_safe
@authors_page
def review(visit: Visit) -> HttpResponse:
    """List the requests in one state, newest first; the address is the state, so it can be passed on."""
    query = visit.request.GET
    status = query.get("status", "pending")
    if status not in STATES:
        raise Refusal(f"status must be one of {', '.join(STATES)}.")
    shape = query.get("view", "list")
    if shape not in VIEWS:
        raise Refusal(f"view must be one of {', '.join(VIEWS)}.")
    q = query.get("q", "").strip()[:LONGEST_SEARCH]
    start = _read_start(query["start"]) if query.get("start") else None
    page = lists.page(visit.repo, status, limit=PAGE, q=q, start=start)
    form = _form(visit)
    here = {"status": status} | ({"q": q} if q else {}) | ({"view": shape} if shape != "list" else {})
    questions, rows = _rows(form, page.requests)
    context = {
        "status": status,
        "status_name": Status(status).label,
        "q": q,
        "view": shape,
        "views": [(each, f"?{urlencode(here | {'view': each})}") for each in VIEWS],
        "rows": rows,
        "questions": questions,
        "undo": undoable(visit),
        "verbs": VERBS[status],
        "first_page": f"?{urlencode(here)}" if start else "",
        "next_page": f"?{urlencode(here | {'start': _write_start(page.next)})}" if page.next else "",
        "all_picked": query.get("pick") == "all",
        "pick_all": f"?{urlencode(here | {'pick': 'all'} | ({'start': query['start']} if start else {}))}",
    }
    return visit.render("pages/review.html", "review", context | _tabs(visit, status, shape))


def _tabs(visit: Visit, status: str, shape: str) -> dict[str, object]:
    """Give each tab's address, name and number, whether it is open, and whether it waits for the reviewer."""
    numbers = lists.counts(visit.repo)
    address, view = f"{visit.repo.path}/access-requests", {"view": shape} if shape != "list" else {}
    tabs = []
    for state in STATES:
        href, number = f"{address}?{urlencode({'status': state} | view)}", numbers[state]
        tabs.append((href, Status(state).label, number, state == status, state == "pending" and number))
    return {"tabs": tabs, "anew": f"{address}/-/counts?{urlencode({'status': status} | view)}"}


def _rows(form: GateForm, requests: list[AccessRequest]) -> tuple[list[str], list[Row]]:
    """Give all questions that were answered, and each request with its answers, as they are and as cells below them."""
    answered = [(request, readable(form, request.fields)) for request in requests]
    questions = list(dict.fromkeys(label for _, answers in answered for label, _ in answers))
    return questions, [
        (request, answers, [dict(answers).get(label, "") for label in questions]) for request, answers in answered
    ]


@require_safe
@authors_page
def counts(visit: Visit) -> HttpResponse:
    """Give the tabs anew: the open review screen asks from time to time whether somebody has come."""
    status, shape = visit.request.GET.get("status", "pending"), visit.request.GET.get("view", "list")
    return visit.render("parts/review_tabs.html", "review", {"live": True} | _tabs(visit, status, shape))


@require_safe
@authors_page
def one_person(visit: Visit, username: str) -> HttpResponse:
    """Show everything about one person's request: answers, state, and what happened to it."""
    request = lists.request_by(visit.repo, username)
    user = request.user if request else find_user(username)
    events = list(lists.events(visit.repo, username=user.username))
    if request is None and not events:
        raise RequestNotFound
    context = {
        "asker": user,
        "request_": request,
        "answers": readable(_form(visit), request.fields) if request else [],
        "verbs": VERBS[request.status] if request else (),
        "events": events,
        "elsewhere": lists.elsewhere(visit.repo, user, visit.case.actor),
        "undo": undoable(visit),
    }
    return visit.render("pages/review_person.html", "review", context)


def _form(visit: Visit) -> GateForm:
    return parse_form(visit.repo.card, kind=visit.repo.kind, mode=visit.repo.gated)


def _write_start(start: tuple[datetime, int]) -> str:
    return f"{start[0].isoformat()}~{start[1]}"


def _read_start(text: str) -> tuple[datetime, int]:
    moment, _, pk = text.partition("~")
    try:
        parsed = in_utc(parse_datetime(moment))
    except ValueError:
        parsed = None
    if parsed is None or not pk.isdecimal() or len(pk) > DIGITS or int(pk) > LARGEST_ID:
        raise Refusal("This page of the list cannot be found: start again from its beginning.")
    return parsed, int(pk)
