"""The administrator's form for the hub's name, address and sign-up."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from gatehouse.accounts import hub_settings
from gatehouse.config import hub
from gatehouse.config.env import BadSettingError
from gatehouse.web.administration import administrators_only, wants_password_to_change

PATH = "/-/admin/settings"
_WRONG = {
    "name": _("Write one line of at most 60 characters."),
    "public_url": _("Write it like https://hub.example.org, without a path."),
}


class HubForm(forms.Form):
    """What counts now; a field that the environment says is shown and cannot be changed here."""

    name = forms.CharField(label=_("Name"), help_text=_("Stands in page titles and letters."))
    public_url = forms.CharField(
        label=_("Address"),
        help_text=_(
            "Where people and programs reach the hub: it stands in letters, in links and in lines to copy. The hub "
            "must answer there before you save. At the former address it answers for one more day."
        ),
        widget=forms.URLInput(attrs={"dir": "ltr", "autocomplete": "off"}),
    )
    signup = forms.ChoiceField(
        label=_("Who may make an account"),
        choices=[
            ("open", _("Everybody with an e-mail address")),
            ("invitation", _("Whom an administrator invites")),
            ("closed", _("Nobody: accounts are made on the command line")),
        ],
        widget=forms.RadioSelect,
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial=hub_settings.values())
        for name in filter(hub.fixed, self.fields):
            self.fields[name].disabled = True
            self.fields[name].help_text = _(
                "Set by %(variable)s, which wins: change it there and start the hub again."
            ) % {"variable": hub.variable(name)}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        for name in filter(cleaned.__contains__, hub.NAMES):
            try:
                cleaned[name] = hub.check(name, cleaned[name])
            except BadSettingError:
                self.add_error(name, _WRONG[name])
        return cleaned

    @property
    def changes(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in self.changed_data}


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
@wants_password_to_change
def settings_page(request: HttpRequest) -> HttpResponse:
    """Show the form, or keep what it says; then go on at the address that counts now."""
    form = HubForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        before = hub_settings.values()["public_url"]
        if form.changes:
            hub_settings.change(form.changes, by=str(request.user))
        messages.success(request, _("Saved."))
        after = hub_settings.values()["public_url"]
        return HttpResponseRedirect(PATH if before == after else after + PATH)
    return render(request, "pages/admin_settings.html", {"form": form}, status=400 if form.errors else 200)
