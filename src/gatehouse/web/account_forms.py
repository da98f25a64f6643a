"""The parts of the sign-up form that are ours."""

from django import forms
from django.http import HttpRequest

from gatehouse.accounts.models import User


class FullnameForm(forms.Form):
    """Asks for the full name at sign-up; authors of gated repos see it."""

    fullname = forms.CharField(
        label="Full name", max_length=120, strip=True, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )

    def signup(self, _request: HttpRequest, user: User) -> None:
        user.fullname = self.cleaned_data["fullname"]
        user.save(update_fields=["fullname"])
