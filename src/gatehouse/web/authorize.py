"""The page where a person lets an app in, or not; the app sent their browser here (RFC 6749 §4.1)."""

import time
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from urllib.parse import urlencode, urlsplit

from allauth.account.authentication import get_authentication_records
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from gatehouse.accounts import oauth_codes, redirect_uris
from gatehouse.accounts.models import User
from gatehouse.accounts.oauth_codes import AnsweredRefusal, Wish
from gatehouse.accounts.program_logins import role_of
from gatehouse.accounts.requests import client_address
from gatehouse.web.pages import page, person, sign_in_url
from gatehouse.web.security import POLICY

TEMPLATE = "pages/authorize.html"
JUST_NOW = timedelta(minutes=2)


@require_http_methods(["GET", "HEAD", "POST"])
@page
def authorize(request: HttpRequest) -> HttpResponse:
    """Say who asks for what. It is asked anew each time, and answered by the person alone.

    Nobody is led on by a wish that cannot be granted: anybody may register an app, and would have an address of this
    hub that leads to theirs.
    """
    try:
        wish = oauth_codes.read_wish(dict(request.GET.lists()))
    except AnsweredRefusal as refusal:
        context = {"refusal": refusal, "place": urlsplit(refusal.back)}
        return render(request, TEMPLATE, context, status=HTTPStatus.BAD_REQUEST)
    if not isinstance(request.user, User):
        return HttpResponseRedirect(sign_in_url(request.get_full_path()))
    user, proved = person(request), _proved_at(request)
    if _too_long_ago(request, proved):
        return HttpResponseRedirect("/account/reauthenticate/?" + urlencode({"next": request.get_full_path()}))
    response = _decide(request, wish, user, proved) if request.method == "POST" else _ask(request, wish)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _ask(request: HttpRequest, wish: Wish) -> HttpResponse:
    place = urlsplit(wish.redirect_uri)
    context = {
        "wish": wish,
        "place": place,
        "here": redirect_uris.is_loopback(place),
        "role": role_of(wish.scope),
        "scopes": wish.scope.split(),
    }
    response = render(request, TEMPLATE, context)
    # Browsers hold each step after the form against this, and the app's may be of any host.
    policy = POLICY.replace("form-action 'self'", f"form-action 'self' {place.scheme}:")
    response.headers["Content-Security-Policy"] = policy
    return response


def _decide(request: HttpRequest, wish: Wish, user: User, proved: datetime | None) -> HttpResponse:
    if request.POST.get("decision") == "allow":
        place = oauth_codes.allow(wish, user, address=client_address(request), signed_in_at=proved)
    else:
        place = wish.answer(error="access_denied", error_description="The person did not let the app in.")
    # Django's own redirect knows no schemes of programs.
    return HttpResponse(status=HTTPStatus.SEE_OTHER, headers={"Location": place})


def _proved_at(request: HttpRequest) -> datetime | None:
    """Give when this person last proved who they are."""
    times = [float(record["at"]) for record in get_authentication_records(request) if "at" in record]
    return datetime.fromtimestamp(max(times), UTC) if times else None


def _too_long_ago(request: HttpRequest, proved: datetime | None) -> bool:
    """Whether the app wants the person to prove anew who they are (OpenID Connect Core §3.1.2.1)."""
    limits = [JUST_NOW.total_seconds()] if "login" in request.GET.get("prompt", "").split() else []
    if (age := request.GET.get("max_age", "")).isdecimal():
        limits.append(max(float(age[:9]), JUST_NOW.total_seconds()))
    return bool(limits) and (proved is None or time.time() - proved.timestamp() > min(limits))
