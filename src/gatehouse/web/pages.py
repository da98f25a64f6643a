"""What every page's view has around it: a refusal becomes a page, never a stack trace."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from pygit2 import GitError

from gatehouse.access.gate import Answer
from gatehouse.access.refusals import GateRefusal, Unauthorized
from gatehouse.accounts.models import User
from gatehouse.storage.damage import refusal_of
from gatehouse.storage.errors import Refusal

View = Callable[..., HttpResponseBase]

HEADINGS = {
    400: _("That did not work"),
    401: _("Please sign in"),
    403: _("Not allowed"),
    404: _("There is nothing here"),
    405: _("That is not possible here"),
    409: _("That is taken"),
    412: _("Somebody was faster"),
    413: _("That is too large"),
    429: _("Too many tries"),
    500: _("Something broke on our side"),
}


def page(view: View) -> View:
    """Make a view of a page: what it refuses is shown as a page, and no proxy keeps the answer."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            _refuse_nul(request)
            response = view(request, *args, **kwargs)
        except (Refusal, GitError) as error:
            response = refusal_page(request, refusal_of(error, request.path))
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return response

    return answered


def sent_by_form(view: View) -> View:
    """Make a view of what a form sends. Whoever opens its address by other ways is led to the page above it.

    There a form with errors is shown: one reloads it, signs in again, or changes the language.
    """
    takes_form = require_POST(view)

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method in {"GET", "HEAD"}:
            return redirect(request.path.rpartition("/")[0].removesuffix("/-"))
        return takes_form(request, *args, **kwargs)

    return answered


def _refuse_nul(request: HttpRequest) -> None:
    """A NUL is in no name and no text that anybody types, and one of the two databases cannot even look for it."""
    fields = [*request.GET.lists(), *request.POST.lists()]
    given = [request.path, *(text for name, values in fields for text in (name, *values))]
    if any("\0" in text for text in given):
        raise Refusal("The request holds a NUL character.")


def refusal_page(request: HttpRequest, refusal: Refusal, *, repo_path: str = "") -> HttpResponse:
    """Show a refusal, with a way back to the repo if it was met there.

    What is hidden looks the same to everybody: the page of what does not exist.
    """
    if isinstance(refusal, Unauthorized):
        if refusal.code is None:
            return redirect(sign_in_url(_page_to_return_to(request)))
        return not_found(request)
    if refusal.status == HTTPStatus.NOT_FOUND and refusal.code == "RepoNotFound":
        return not_found(request)
    gate = refusal if isinstance(refusal, GateRefusal) else None
    context = {
        "status": refusal.status,
        "heading": _("The gate is closed") if gate else HEADINGS.get(refusal.status, _("That did not work")),
        "message": refusal.message,
        "gate": gate,
        "sign_in": gate is not None and gate.answer is Answer.SIGN_IN,
        "repo_path": gate.path if gate else repo_path,
    }
    response = render(request, "pages/refused.html", context, status=refusal.status)
    for name, value in refusal.headers.items():
        response.headers[name] = value
    if refusal.code:
        response.headers["X-Error-Code"] = refusal.code
    return response


def _page_to_return_to(request: HttpRequest) -> str:
    """The page asked for, or, when a form was sent, the page it was on."""
    if request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    page_of_form = urlsplit(request.headers.get("Referer", ""))
    return page_of_form.path if page_of_form.netloc == request.get_host() else "/"


def not_found(request: HttpRequest, exception: object = None) -> HttpResponse:  # noqa: ARG001 - Django names it
    return render(request, "404.html", status=404)


def sign_in_url(next_path: str) -> str:
    return "/login?" + urlencode({"next": next_path})


def signed_in(view: View) -> View:
    """Make a page for people with an account: the view gets its User; others are asked to sign in."""

    @page
    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, person(request), *args, **kwargs)

    return answered


def person(request: HttpRequest) -> User:
    """Give the one whose browser session this is; raises Unauthorized, which leads to the sign-in page."""
    user: User | AnonymousUser = request.user
    if not isinstance(user, User):
        raise Unauthorized
    return user


def safe_next(request: HttpRequest, fallback: str) -> str:
    """Give the page that `next` names if it is one of ours, else `fallback`."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if ours and wanted.startswith("/") else fallback
