"""How sign-up, sign-in and their letters fit into the hub (django-allauth's adapter)."""

from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from gatehouse.accounts import invitations
from gatehouse.accounts.models import User
from gatehouse.accounts.people import claim_name
from gatehouse.accounts.requests import client_address
from gatehouse.outbox import letters
from gatehouse.storage.errors import Refusal
from gatehouse.web.account_forms import invitation_of
from gatehouse.web.pages import refusal_page

# Of the links that allauth gives for a letter, the one that its reader most likely wants comes first.
LINKS = ("activate_url", "password_reset_url", "signup_url")
TOO_MANY_TRIES = _("That was tried too often. Wait a few minutes, then try again.")
WRONG_CODE = _("This code is wrong, or too old.")


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up by the hub's rule; a new user owns their name; letters go through the outbox."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "duplicate_email": _("Your account has this address already."),
        "email_password_mismatch": _("The e-mail address or the password is wrong."),
        "username_password_mismatch": _("The username or the password is wrong."),
        "enter_current_password": _("This is not your present password."),
        "incorrect_password": _("This is not your password."),
        "too_many_login_attempts": TOO_MANY_TRIES,
        "rate_limited": TOO_MANY_TRIES,
    }

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
        """Put it into the outbox, in the language of the page that caused it, with the one link that it is about."""
        if settings.SIGNUP != "open":
            context = {name: value for name, value in context.items() if name != "signup_url"}
        link = next((context[name] for name in LINKS if name in context), "/password/reset" if "ip" in context else "")
        full = {"email": email, **context, "action_url": link and _at_public_address(link)}
        letters.render(email, f"{template_prefix}_subject.txt", f"{template_prefix}_message.txt", full)


class SecondFactorAdapter(DefaultMFAAdapter):
    """The words of two-factor sign-in; authenticator apps list the account under the hub's name."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": WRONG_CODE,
        "cannot_generate_recovery_codes": _("Set up an authenticator app first."),
        "unverified_email": _("Confirm your e-mail address first."),
    }

    def get_totp_issuer(self) -> str:
        return str(settings.HUB_NAME)


def _at_public_address(url: str) -> str:
    """The same page at the hub's own address, whatever name the request came by."""
    parts = urlsplit(url)
    return settings.PUBLIC_URL + parts._replace(scheme="", netloc="").geturl()
