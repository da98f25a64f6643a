"""The forms of sign-up, sign-in and their like: the library's, with labels, hints and attributes of ours."""

from typing import Any

from allauth.account import forms as account
from allauth.core import context
from allauth.mfa.base import forms as second_factor
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from gatehouse.accounts import invitations
from gatehouse.accounts.actor import digest
from gatehouse.accounts.models import Invitation, User
from gatehouse.accounts.passwords import RULES

NOT_AN_ADDRESS = _("That is not an e-mail address.")
INVITATION = "invitation"  # the parameter of the link, and where the session keeps its code's digest
LABELS = {
    "username": _("Username"),
    "login": _("Username or e-mail"),
    "fullname": _("Full name"),
    "email": _("E-mail address"),
    "password": _("Password"),
    "oldpassword": _("Present password"),
    "password1": _("New password"),
    "password2": _("New password, once more"),
    "code": _("Code"),
}
HINTS = {
    "username": _("A part of the addresses of what you publish; it cannot be changed."),
    "password1": RULES,
    "code": _("The six digits that your authenticator app shows now."),
}
NAME = {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
ATTRIBUTES = {
    "username": NAME,
    "login": NAME,
    "code": {"inputmode": "numeric"},
}


class InOurWords(forms.Form):
    """What the fields of all these forms say, by their names; a form that says something else names it.

    `first` is the field to begin at, on pages that are there for nothing else.
    """

    labels: dict[str, Any] = {}
    hints: dict[str, Any] = {}
    first = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = (LABELS | self.labels).get(name, field.label)
            field.help_text = (HINTS | self.hints).get(name, "")
            field.widget.attrs |= ATTRIBUTES.get(name, {}) | {"autofocus": name == self.first}
            if isinstance(field, forms.EmailField):
                field.error_messages["invalid"] = NOT_AN_ADDRESS


class NewPassword(InOurWords):
    """A password typed twice."""

    def clean_password2(self) -> str:
        again: str = self.cleaned_data["password2"]
        if again != self.cleaned_data.get("password1", again):
            raise forms.ValidationError(_("This is not the same password."))
        return again


class CodeForm(InOurWords):
    """A code, which apps show in groups and people type as they see it."""

    def clean_code(self) -> str:
        self.cleaned_data["code"] = self.cleaned_data["code"].replace(" ", "")
        code: str = super().clean_code()  # type: ignore[misc]
        return code


class SignupForm(InOurWords, account.SignupForm):
    """Asks for the full name, too; authors of gated repos see it."""

    labels = {"password1": _("Password")}
    field_order = ("username", "fullname", "email", "password1")
    fullname = forms.CharField(max_length=120, strip=True, widget=forms.TextInput(attrs={"autocomplete": "name"}))

    def clean(self) -> dict[str, Any]:
        """While sign-up is by invitation, a new account has the address that was invited."""
        cleaned: dict[str, Any] = super().clean() or {}
        if settings.SIGNUP == "invitation" and "email" in cleaned:
            invitation = invitation_of(context.request)
            if invitation is None or invitation.email.lower() != cleaned["email"].lower():
                self.add_error("email", _("Use the address that the invitation was sent to."))
        return cleaned

    def custom_signup(self, request: HttpRequest, user: User) -> None:  # noqa: ARG002 - the library names it
        user.fullname = self.cleaned_data["fullname"]
        user.save(update_fields=["fullname"])


class LoginForm(InOurWords, account.LoginForm):
    first = "login"

    def user_credentials(self) -> dict[str, str]:
        """Let an address be no user name, too: one that is known would be tried twice, and take twice as long."""
        given: dict[str, str] = super().user_credentials()
        return {name: value for name, value in given.items() if name != "username" or "email" not in given}


class AddEmailForm(InOurWords, account.AddEmailForm):
    labels = {"email": _("New address")}
    hints = {"email": _("A letter with a link goes there. Until you open it, everything stays as it is.")}


class ResetPasswordForm(InOurWords, account.ResetPasswordForm):
    first = "email"


class ResetPasswordKeyForm(NewPassword, account.ResetPasswordKeyForm):
    first = "password1"


class ChangePasswordForm(NewPassword, account.ChangePasswordForm):
    pass


class ReauthenticateForm(InOurWords, account.ReauthenticateForm):
    first = "password"


class ActivateForm(CodeForm, ActivateTOTPForm):
    pass


class AuthenticateForm(CodeForm, second_factor.AuthenticateForm):
    hints = {"code": _("The six digits that your authenticator app shows now, or one of your recovery codes.")}
    first = "code"


class ReauthenticateByCodeForm(CodeForm, second_factor.ReauthenticateForm):
    hints = AuthenticateForm.hints
    first = "code"


def invitation_of(request: HttpRequest) -> Invitation | None:
    """Find the invitation whose link this browser has opened, if it is still good."""
    code = request.GET.get(INVITATION)
    if code:
        request.session[INVITATION] = digest(code)
    return invitations.find(request.session.get(INVITATION, ""))
