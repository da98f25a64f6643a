"""The page where a person lets a program in that shows them a code (RFC 8628)."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from gatehouse.accounts import device_logins, rates
from gatehouse.accounts.models import User
from gatehouse.accounts.program_logins import role_of
from gatehouse.accounts.requests import client_address
from gatehouse.web.pages import signed_in

MOST_LOOKS = 20  # in five minutes
TEMPLATE = "pages/device_login.html"


@require_safe
@signed_in
def device(request: HttpRequest, user: User) -> HttpResponse:
    """Ask for the code, or, when the address brings it, whether the program may come in. Nothing happens by itself."""
    typed = request.GET.get("user_code", "")
    return _ask(request, user, typed) if typed else render(request, TEMPLATE)


def _ask(request: HttpRequest, user: User, typed: str) -> HttpResponse:
    _count(user)
    login = device_logins.waiting(typed)
    if login is None:
        return _no_such_code(request, typed)
    here = client_address(request)
    context = {"login": login, "role": role_of(login.scope), "scopes": login.scope.split(), "here": here}
    return render(request, TEMPLATE, context)


@require_POST
@signed_in
def decide(request: HttpRequest, user: User) -> HttpResponse:
    """Let the program in, or not."""
    _count(user)
    typed, allow = request.POST.get("user_code", ""), request.POST.get("decision") == "allow"
    login = device_logins.waiting(typed)
    if login is None or not device_logins.decide(login, user, allow=allow):
        return _no_such_code(request, typed)
    return render(request, TEMPLATE, {"decided": login, "allowed": allow})


def _count(user: User) -> None:
    """Count each look at a code: nobody finds one by trying."""
    rates.allow("codes", user.pk, most=MOST_LOOKS)


def _no_such_code(request: HttpRequest, typed: str) -> HttpResponse:
    return render(request, TEMPLATE, {"typed": typed, "unknown": True}, status=HTTPStatus.NOT_FOUND)
