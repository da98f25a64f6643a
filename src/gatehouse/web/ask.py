"""Asking for access in the browser, and taking the request back."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from gatehouse.access import access_requests
from gatehouse.access.errors import NotGated, NothingPending, WrongAnswers
from gatehouse.access.form_fields import NOT_ANSWERS, clean_label
from gatehouse.access.locate import locate
from gatehouse.accounts.requests import client_address
from gatehouse.web.gate_box import ASKABLE, GateBox
from gatehouse.web.pages import safe_next, sent_by_form
from gatehouse.web.repo import show_repo
from gatehouse.web.visits import Visit, repo_page


@sent_by_form
@repo_page
def ask_access(visit: Visit) -> HttpResponse:
    """Take the gate's form. What cannot be taken comes back with everything that was typed."""
    user, post = visit.person, visit.request.POST
    answers = {clean_label(key): post[key] for key in post if key not in NOT_ANSWERS}
    box = GateBox(visit, typed=answers)
    if box.state in ASKABLE:
        try:
            asked = access_requests.submit(
                visit.repo, user, answers, locate=lambda: locate(client_address(visit.request))
            )
        except WrongAnswers as wrong:
            return show_repo(visit, GateBox(visit, typed=answers, errors=wrong.errors), status=wrong.status)
        except NotGated:
            messages.info(visit.request, _("This repository is open now: nobody needs to ask any more."))
        else:
            _tell(visit, asked.status)
    return HttpResponseRedirect(safe_next(visit.request, visit.repo.path))


def _tell(visit: Visit, status: str) -> None:
    if status == "accepted":
        messages.success(visit.request, _("You have access now."))
    elif status == "pending":
        messages.success(visit.request, _("Your request was sent to the authors."))


@sent_by_form
@repo_page
def withdraw(visit: Visit) -> HttpResponse:
    try:
        access_requests.withdraw(visit.repo, visit.person)
    except NothingPending:
        messages.warning(visit.request, _("There was nothing to withdraw: the request has been decided, or is gone."))
    else:
        messages.success(visit.request, _("Your request to access %s was withdrawn.") % visit.repo)
    return HttpResponseRedirect(safe_next(visit.request, visit.repo.path))
