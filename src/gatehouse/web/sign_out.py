"""Signing out, so that nobody who sits down afterwards goes back to what was on the screen."""

from typing import Any

from allauth.account.views import LogoutView
from django.http import HttpResponse


class SignOut(LogoutView):
    """The view of allauth; the browser empties its cache. Pages kept as they were left see to it in pages.js."""

    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post(*args, **kwargs)
        response.headers["Clear-Site-Data"] = '"cache"'
        return response


sign_out = SignOut.as_view()
