"""The parts of the sign-up form that are ours."""

from typing import Any

from allauth.core import context
from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from gatehouse.accounts import invitations
from gatehouse.accounts.actor import digest
from gatehouse.accounts.models import Invitation, User

INVITATION = "invitation"  # the parameter of the link, and where the session keeps its code's digest


class SignupForm(forms.Form):
    """Asks for the full name at sign-up; authors of gated repos see it."""

    fullname = forms.CharField(
        label=_("Full name"), max_length=120, strip=True, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )

    def clean(self) -> dict[str, Any]:
        """While sign-up is by invitation, a new account has the address that was invited."""
        cleaned: dict[str, Any] = super().clean() or {}
        if settings.SIGNUP == "invitation" and "email" in cleaned:
            invitation = invitation_of(context.request)
            if invitation is None or invitation.email.lower() != cleaned["email"].lower():
                self.add_error("email", _("Use the address that the invitation was sent to."))
        return cleaned

    def signup(self, _request: HttpRequest, user: User) -> None:
        user.fullname = self.cleaned_data["fullname"]
        user.save(update_fields=["fullname"])


def invitation_of(request: HttpRequest) -> Invitation | None:
    """Find the invitation whose link this browser has opened, if it is still good."""
    code = request.GET.get(INVITATION)
    if code:
        request.session[INVITATION] = digest(code)
    return invitations.find(request.session.get(INVITATION, ""))
