"""The apps one has let in, and the apps one has made: listed, changed, ended."""

from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Max
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from gatehouse.accounts import oauth_apps as book
from gatehouse.accounts import program_logins
from gatehouse.accounts.models import OAuthApp, ProgramLogin, User
from gatehouse.accounts.program_logins import role_of
from gatehouse.storage.errors import Refusal
from gatehouse.web.pages import not_found, signed_in

PAGE = "/settings/connected-apps"


class AppForm(forms.Form):
    """How an app is called, and where it waits for the people who let it in."""

    name = forms.CharField(
        label=_("Name"), max_length=book.LONGEST_NAME, help_text=_("People read it before they let the app in.")
    )
    redirect_uris = forms.CharField(
        label=_("Redirect URIs"),
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=_(
            "One a line: where people are led back to, to the letter. Programs on people's own computers name "
            "http://127.0.0.1/ without a port."
        ),
    )

    def wanted(self) -> dict[str, Any]:
        return {"name": self.cleaned_data["name"], "uris": self.cleaned_data["redirect_uris"].split()}


class NewAppForm(AppForm):
    """The same of a new app, and of what kind it is."""

    confidential = forms.TypedChoiceField(
        label=_("Kind"),
        coerce=lambda value: value == "yes",
        choices=[
            ("yes", _("It runs on a server, which keeps a secret")),
            ("no", _("It runs in browsers or on people's computers, where no secret stays one")),
        ],
        widget=forms.RadioSelect,
    )

    def wanted(self) -> dict[str, Any]:
        return super().wanted() | {"confidential": self.cleaned_data["confidential"]}


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def apps(request: HttpRequest, user: User) -> HttpResponse:
    """List both kinds, and make a new app. Its secret is in the answer to the form, and nowhere else ever after."""
    form = NewAppForm(request.POST if request.method == "POST" else None, initial={"confidential": "yes"})
    if form.is_bound and form.is_valid():
        try:
            made = book.create(user, **form.wanted())
        except Refusal as refusal:
            form.add_error(None, refusal.message)
        else:
            return _page_of(request, made.app, AppForm(initial=_initial(made.app)), secret=made.secret)
    context = {"let_in": _let_in(user), "apps": user.oauth_apps.all(), "form": form}
    return render(request, "pages/settings_apps.html", context, status=_status(form))


def _let_in(user: User) -> list[dict[str, object]]:
    """Give each app that somebody let in, with all that it may by any of its logins."""
    logins = ProgramLogin.objects.filter(user=user, app__isnull=False, status=ProgramLogin.Status.IN_USE)
    found: dict[int, dict[str, Any]] = {}
    for login in logins.select_related("app__owner").annotate(last=Max("access_tokens__last_used_at")).order_by("-pk"):
        row = found.setdefault(
            login.app_id or 0, {"app": login.app, "since": login.created_at, "scope": "", "last": None}
        )
        row["scope"] += f" {login.scope}"
        row["since"] = min(row["since"], login.created_at)
        row["last"] = max(filter(None, (row["last"], login.last)), default=None)
    return [row | {"scopes": row["scope"].split(), "role": role_of(row["scope"])} for row in found.values()]


@require_POST
@signed_in
def shut_out(request: HttpRequest, user: User, client_id: str) -> HttpResponse:
    """End all logins of an app as this person."""
    for login in ProgramLogin.objects.filter(user=user, app__client_id=client_id):
        program_logins.end(login)
    messages.success(request, gettext("The app is shut out from now on."))
    return HttpResponseRedirect(PAGE)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def app(request: HttpRequest, user: User, client_id: str) -> HttpResponse:
    found = user.oauth_apps.filter(client_id=client_id).first()
    if found is None:
        return not_found(request)
    form = AppForm(request.POST if request.method == "POST" else None, initial=_initial(found))
    if form.is_bound and form.is_valid():
        try:
            book.change(found, **form.wanted())
        except Refusal as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, gettext("Saved."))
            return HttpResponseRedirect(request.path)
    return _page_of(request, found, form)


def _page_of(request: HttpRequest, found: OAuthApp, form: AppForm, *, secret: str = "") -> HttpResponse:
    people = found.logins.filter(status=ProgramLogin.Status.IN_USE).values("user").distinct().count()
    context = {"app": found, "form": form, "secret": secret, "people": people}
    response = render(request, "pages/settings_app.html", context, status=_status(form))
    if secret:
        response.headers["Cache-Control"] = "no-store"
    return response


def _initial(found: OAuthApp) -> dict[str, str]:
    return {"name": found.name, "redirect_uris": found.redirect_uris}


def _status(form: forms.Form) -> int:
    return HTTPStatus.BAD_REQUEST if form.errors else HTTPStatus.OK


@require_POST
@signed_in
def new_secret(request: HttpRequest, user: User, client_id: str) -> HttpResponse:
    found = user.oauth_apps.filter(client_id=client_id).exclude(secret_digest="").first()
    if found is None:
        return not_found(request)
    return _page_of(request, found, AppForm(initial=_initial(found)), secret=book.renew_secret(found))


@require_POST
@signed_in
def delete(request: HttpRequest, user: User, client_id: str) -> HttpResponse:
    """Delete an app, and with it all that people gave it."""
    user.oauth_apps.filter(client_id=client_id).delete()
    messages.success(request, gettext("The app is deleted. Whoever had let it in is rid of it."))
    return HttpResponseRedirect(PAGE)
