"""Notes when a browser session was last seen, for the list of sessions."""

from collections.abc import Callable
from time import time

from allauth.usersessions.models import UserSession
from django.http import HttpRequest
from django.http.response import HttpResponseBase

SEEN = "seen_at"
STEP_S = 600


class SessionsSeen:
    """Notes it once in ten minutes: reading pages must not write a row per page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        session = getattr(request, "session", None)
        # The session was read already if the view asked who is there; a door that did not costs nothing here.
        if session is not None and session.accessed and session.session_key and request.user.is_authenticated:
            self._note(request)
        return response

    def _note(self, request: HttpRequest) -> None:
        if time() - request.session.get(SEEN, 0) > STEP_S:
            UserSession.objects.create_from_request(request)
            request.session[SEEN] = int(time())
