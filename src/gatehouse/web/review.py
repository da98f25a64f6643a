"""The authors' review screen: who asked, what they answered, what was decided, and deciding."""

from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_POST, require_safe

from gatehouse.access import access_requests, lists
from gatehouse.access.access_requests import DECISIONS
from gatehouse.access.errors import RequestNotFound
from gatehouse.access.form import GateForm, parse_form
from gatehouse.accounts.people import find_user
from gatehouse.storage.errors import Refusal
from gatehouse.storage.times import in_utc
from gatehouse.web.answers import readable
from gatehouse.web.pages import safe_next
from gatehouse.web.visits import Visit, authors_page

PAGE = 50
MOST_AT_ONCE = 100
LONGEST_SEARCH = 250
STATES = ("pending", "accepted", "rejected", "reset")
LARGEST_ID, DIGITS = 2**63 - 1, 19
# What can be done with a request in each state, in the order of the buttons.
VERBS = {
    "pending": ("accepted", "rejected"),
    "accepted": ("rejected", "pending", "reset"),
    "rejected": ("accepted", "pending", "reset"),
    "reset": ("accepted", "rejected", "pending"),
}


@dataclass
class Outcome:
    """Who was decided about, and whose request was not as the reviewer had seen it."""

    done: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


@require_safe
@authors_page
def review(visit: Visit) -> HttpResponse:
    """List the requests in one state, newest first; the address is the state, so it can be passed on."""
    query = visit.request.GET
    status = query.get("status", "pending")
    if status not in STATES:
        raise Refusal(f"status must be one of {', '.join(STATES)}.")
    q = query.get("q", "").strip()[:LONGEST_SEARCH]
    start = _read_start(query["start"]) if query.get("start") else None
    page = lists.page(visit.repo, status, limit=PAGE, q=q, start=start)
    form = _form(visit)
    counts = lists.counts(visit.repo)
    here = {"status": status} | ({"q": q} if q else {})
    context = {
        "status": status,
        "q": q,
        "rows": [(request, readable(form, request.fields)) for request in page.requests],
        "tabs": [(state, counts[state]) for state in STATES],
        "verbs": VERBS[status],
        "first_page": f"?{urlencode(here)}" if start else "",
        "next_page": f"?{urlencode(here | {'start': _write_start(page.next)})}" if page.next else "",
        "all_picked": query.get("pick") == "all",
        "pick_all": f"?{urlencode(here | {'pick': 'all'} | ({'start': query['start']} if start else {}))}",
    }
    return visit.render("pages/review.html", "review", context)


@require_safe
@authors_page
def one_person(visit: Visit, username: str) -> HttpResponse:
    """Show everything about one person's request: answers, state, and what happened to it."""
    user = find_user(username)
    request = lists.own_request(visit.repo, user)
    events = list(lists.events(visit.repo, username=user.username))
    if request is None and not events:
        raise RequestNotFound
    context = {
        "asker": user,
        "request_": request,
        "answers": readable(_form(visit), request.fields) if request else [],
        "verbs": VERBS[request.status] if request else (),
        "events": events,
    }
    return visit.render("pages/review_person.html", "review", context)


@require_POST
@authors_page
def decide(visit: Visit) -> HttpResponse:
    """Decide about one or many requests, each as the reviewer saw it: `seen` is the state that the page showed."""
    post = visit.request.POST
    status, seen = post.get("decision", ""), post.get("seen", "")
    if status not in DECISIONS or seen not in STATES:
        raise Refusal("Choose what to decide.")
    picked = post.getlist("request")[:MOST_AT_ONCE]
    if not picked:
        messages.warning(visit.request, "Nobody was picked, so nothing was decided.")
    else:
        _tell(visit, status, _decide(visit, picked, status, seen, post.get("reason", "").strip()))
    return HttpResponseRedirect(safe_next(visit.request, f"{visit.repo.path}/access-requests"))


def _decide(visit: Visit, picked: list[str], status: str, seen: str, reason: str) -> Outcome:
    outcome = Outcome()
    for public_id in picked:
        name, complaint = _decide_one(visit, public_id, status, seen, reason)
        if complaint:
            outcome.lost.append(complaint)
        else:
            outcome.done.append(name)
    return outcome


def _decide_one(visit: Visit, public_id: str, status: str, seen: str, reason: str) -> tuple[str, str]:
    """Give whose request it is and, if it could not be decided, a sentence that says why."""
    try:
        request = access_requests.find(visit.repo, public_id=public_id)
    except RequestNotFound:
        return "", "A request was withdrawn meanwhile."
    name = request.user.username
    if request.status == seen:
        try:
            access_requests.handle(request, status, by=visit.person, reason=reason)
        except RequestNotFound:  # decided or withdrawn between the two statements
            pass
        else:
            return name, ""
    now = lists.own_request(visit.repo, request.user)
    became = f"the request is {now.status} now" if now else "the request was withdrawn"
    return name, f"{name} was not decided, because somebody was faster: {became}."


def _tell(visit: Visit, status: str, outcome: Outcome) -> None:
    said = {
        "accepted": "accepted",
        "rejected": "rejected",
        "pending": "put back among the pending ones",
        "reset": "reset: the form can be sent anew",
    }[status]
    if len(outcome.done) == 1:
        messages.success(visit.request, f"The request of {outcome.done[0]} is {said}.")
    elif outcome.done:
        messages.success(visit.request, f"{len(outcome.done)} requests are {said}.")
    for sentence in outcome.lost[:5]:
        messages.warning(visit.request, sentence)
    if len(outcome.lost) > 5:  # noqa: PLR2004 - more sentences would hide the page
        messages.warning(visit.request, f"So it was with {len(outcome.lost) - 5} more.")


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
