"""Asking for access by a program: JSON or a form, with a token (HUB-API §4.2, GATING §1.5). Browsers have a page."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.encoding import iri_to_uri
from django.utils.http import url_has_allowed_host_and_scheme

from gatehouse.access import access_requests
from gatehouse.access.form_fields import NOT_ANSWERS
from gatehouse.access.locate import locate
from gatehouse.access.refusals import find_case
from gatehouse.accounts.people import user_of
from gatehouse.accounts.requests import client_address
from gatehouse.hub_api.cases import person_of, repo_of
from gatehouse.hub_api.errors import NoSuchEndpoint
from gatehouse.hub_api.exchange import exchange
from gatehouse.hub_api.json_text import read_object


@exchange
def ask_access(request: HttpRequest, kind: str, namespace: str, name: str) -> HttpResponse:
    """Send the gate's form, {label: answer}, in the caller's name; leads to the repo's page, whatever became of it."""
    if request.method != "POST":
        raise NoSuchEndpoint
    actor = person_of(request, acts=True)
    repo = repo_of(find_case(actor, kind, f"{namespace}/{name}"))
    access_requests.submit(repo, user_of(actor), _answers(request), locate=lambda: locate(client_address(request)))
    return HttpResponse(status=303, headers={"Location": settings.PUBLIC_URL + _next(request, repo.path)})


def _answers(request: HttpRequest) -> dict[str, object]:
    if request.content_type == "application/json":
        return read_object(request.body or b"{}")
    return {label: request.POST.getlist(label) for label in request.POST if label not in NOT_ANSWERS}


def _next(request: HttpRequest, default: str) -> str:
    wanted = request.GET.get("next", "")
    safe = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return iri_to_uri(wanted) if safe else default
