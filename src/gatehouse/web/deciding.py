"""The review screen's buttons: deciding about one or many requests, and taking that back."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from time import time
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from gatehouse.access import access_requests, lists
from gatehouse.access.access_requests import DECISIONS, AccessRequest
from gatehouse.access.errors import RequestNotFound
from gatehouse.storage.errors import Refusal
from gatehouse.web.pages import safe_next, sent_by_form
from gatehouse.web.visits import Visit, authors_page

MOST_AT_ONCE = 100
MOST_COMPLAINTS = 5
STATES = ("pending", "accepted", "rejected", "reset")
# Letters wait so long for a change of mind; the button is shown half as long, so that a click arrives in time.
LETTER_AFTER = timedelta(seconds=20)
UNDO_SHOWN_S = 10
UNDO = "undo"

SAID_OF_ONE = {
    "accepted": gettext_lazy("The request of %(name)s is accepted."),
    "rejected": gettext_lazy("The request of %(name)s is rejected."),
    "pending": gettext_lazy("The request of %(name)s is put back among the pending ones."),
    "reset": gettext_lazy("The request of %(name)s is reset: the form can be sent anew."),
}
SAID_OF_MANY = {
    "accepted": gettext_lazy("%(number)d requests are accepted."),
    "rejected": gettext_lazy("%(number)d requests are rejected."),
    "pending": gettext_lazy("%(number)d requests are put back among the pending ones."),
    "reset": gettext_lazy("%(number)d requests are reset: the form can be sent anew."),
}
Verb = Callable[[AccessRequest], None]


@dataclass
class Outcome:
    """Who was decided about, and whose request was not as the reviewer had seen it."""

    done: list[AccessRequest] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


@sent_by_form
@authors_page
def decide(visit: Visit) -> HttpResponse:
    """Decide about one or many requests, each as the reviewer saw it: `seen` is the state that the page showed."""
    reason = visit.request.POST.get("reason", "").strip()
    status, seen, picked = _asked(visit)

    def verb(request: AccessRequest) -> None:
        access_requests.handle(request, status, by=visit.person, reason=reason, letter_after=LETTER_AFTER)

    done = _carry_out(visit, picked, status, seen, verb)
    if done:
        visit.request.session[UNDO] = {
            "repo": visit.repo.pk,
            "until": time() + UNDO_SHOWN_S,
            "decision": seen,
            "seen": status,
            "requests": [each.public_id for each in done],
        }
    return _back(visit)


def undoable(visit: Visit) -> dict[str, Any] | None:
    """What this person decided about this repo a moment ago and may still undo; told once."""
    decided: dict[str, Any] | None = visit.request.session.pop(UNDO, None)
    if decided and decided["repo"] == visit.repo.pk and decided["until"] > time():
        return decided | {"letter_after": LETTER_AFTER.seconds}
    return None


@sent_by_form
@authors_page
def undo(visit: Visit) -> HttpResponse:
    """Take decisions back: `decision` is the state in which the requests were before."""
    status, seen, picked = _asked(visit)
    _carry_out(visit, picked, status, seen, lambda request: access_requests.undo(request, status, by=visit.person))
    return _back(visit)


def _asked(visit: Visit) -> tuple[str, str, list[str]]:
    post = visit.request.POST
    status, seen = post.get("decision", ""), post.get("seen", "")
    if status not in DECISIONS or seen not in STATES:
        raise Refusal(_("Choose what to decide."))
    return status, seen, post.getlist("request")[:MOST_AT_ONCE]


def _back(visit: Visit) -> HttpResponse:
    return HttpResponseRedirect(safe_next(visit.request, f"{visit.repo.path}/access-requests"))


def _carry_out(visit: Visit, picked: list[str], status: str, seen: str, verb: Verb) -> list[AccessRequest]:
    if not picked:
        messages.warning(visit.request, _("Nobody was picked, so nothing was decided."))
        return []
    outcome = Outcome()
    for public_id in picked:
        request, complaint = _carry_out_one(visit, public_id, seen, verb)
        if request is None:
            outcome.lost.append(complaint)
        else:
            outcome.done.append(request)
    _tell(visit, status, outcome)
    return outcome.done


def _carry_out_one(visit: Visit, public_id: str, seen: str, verb: Verb) -> tuple[AccessRequest | None, str]:
    """Give the request that was decided, or a sentence that says why it was not."""
    try:
        request = access_requests.find(visit.repo, public_id=public_id)
    except RequestNotFound:
        return None, _("A request was withdrawn meanwhile.")
    if request.status == seen:
        try:
            verb(request)
        except RequestNotFound:  # decided or withdrawn between the two statements
            pass
        else:
            return request, ""
    now = lists.own_request(visit.repo, request.user)
    name = {"name": request.user.username}
    if now is None:
        return None, _("%(name)s was not decided, because the request was withdrawn.") % name
    sentence = _("%(name)s was not decided, because somebody was faster: the request is now “%(status)s”.")
    return None, sentence % {**name, "status": now.get_status_display()}


def _tell(visit: Visit, status: str, outcome: Outcome) -> None:
    number = len(outcome.done)
    if number == 1:
        messages.success(visit.request, SAID_OF_ONE[status] % {"name": outcome.done[0].user.username})
    elif number:
        messages.success(visit.request, SAID_OF_MANY[status] % {"number": number})
    for sentence in outcome.lost[:MOST_COMPLAINTS]:
        messages.warning(visit.request, sentence)
    more = len(outcome.lost) - MOST_COMPLAINTS
    if more > 0:
        messages.warning(visit.request, ngettext("So it was with %d more.", "So it was with %d more.", more) % more)
