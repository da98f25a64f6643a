"""The pages of errors that no view of ours has caught."""

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from gatehouse.web.pages import not_found

__all__ = ["bad_request", "csrf_failure", "forbidden", "not_found", "server_error"]


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    message = _("The request could not be read.")
    if isinstance(exception, DisallowedHost):
        message = _("This hub does not answer at this address, but at %s.") % settings.PUBLIC_URL
    return _page(request, 400, _("That did not work"), message)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django names it
    return _page(request, 403, _("Not allowed"), _("You may not do that here."))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django names it
    """Answer a form that does not carry the page's secret: an old tab after signing in anew, or somebody's trick."""
    message = _(
        "This form is too old, or was not sent from a page of this hub. Go back, reload the page and send it again."
    )
    return _page(request, 403, _("The form was not taken"), message, not_taken=True)


def server_error(request: HttpRequest) -> HttpResponse:
    """Say that something broke. It asks nothing of the database, which may be what broke."""
    return render(None, "500.html", {"path": request.path}, status=500)


def _page(request: HttpRequest, status: int, heading: str, message: str, *, not_taken: bool = False) -> HttpResponse:
    context = {"status": status, "heading": heading, "message": message, "not_taken": not_taken}
    return render(request, "pages/refused.html", context, status=status)
