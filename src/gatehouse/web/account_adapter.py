"""How sign-up, sign-in and their letters fit into the hub (django-allauth's adapter)."""

from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from gatehouse.accounts import invitations
from gatehouse.accounts.models import User
from gatehouse.accounts.people import claim_name
from gatehouse.accounts.requests import client_address
from gatehouse.outbox import letters
from gatehouse.storage.errors import Refusal
from gatehouse.web.account_forms import invitation_of
from gatehouse.web.pages import refusal_page


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Sign-up by the hub's rule; a new user owns their name; letters go through the outbox."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        if settings.SIGNUP == "invitation":
            return invitation_of(request) is not None
        return bool(settings.SIGNUP == "open")

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        try:
            with transaction.atomic():
                saved: User = super().save_user(request, user, form, commit)
                claim_name(saved.username, user=saved)
                if settings.SIGNUP == "invitation":
                    self._use_invitation(request)
        except Refusal as refusal:  # somebody took the name, or the invitation, in the same moment
            raise ImmediateHttpResponse(refusal_page(request, refusal)) from refusal
        return saved

    def _use_invitation(self, request: HttpRequest) -> None:
        """Spend the invitation. Whoever has its code has read the letter, so the address counts as verified."""
        invitation = invitation_of(request)
        if invitation is None or not invitations.use(invitation):
            raise Refusal("This invitation was used already.", status=HTTPStatus.CONFLICT)
        self.stash_verified_email(request, invitation.email)

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        ours = {"hub_name": settings.HUB_NAME, "hub_url": settings.PUBLIC_URL, "signup": settings.SIGNUP}
        links = {name: _at_public_address(value) for name, value in context.items() if name.endswith("_url")}
        message = self.render_mail(template_prefix, email, {"email": email, **context, **links, **ours})
        letters.put(email, message.subject, str(message.body))


def _at_public_address(url: str) -> str:
    """The same page at the hub's own address, whatever name the request came by."""
    parts = urlsplit(url)
    return settings.PUBLIC_URL + parts._replace(scheme="", netloc="").geturl()
