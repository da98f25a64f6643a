"""A repo's settings: its gate, who sees it, its name, its end."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gatehouse.access import access_requests, gating
from gatehouse.access.gating import GateSettings
from gatehouse.accounts.people import find_namespace, find_user
from gatehouse.repos import repositories
from gatehouse.repos.models import Gated
from gatehouse.storage.errors import Refusal
from gatehouse.web.pages import sent_by_form
from gatehouse.web.repo_forms import DeleteForm, GateForm, GrantForm, MoveForm, VisibilityForm, owners_of
from gatehouse.web.visits import Visit, authors_page


@require_safe
@authors_page
def settings_page(visit: Visit) -> HttpResponse:
    return _show(visit)


def _show(visit: Visit, *, status: int = HTTPStatus.OK, **filled: forms.Form) -> HttpResponse:
    """Render the settings; a form that could not be taken comes back as it was filled in."""
    repo = visit.repo
    mode = repo.gated or Gated.AUTO
    gate = {name: getattr(repo, name) for name in ("notifications_mode", "notifications_email", "org_members_gated")}
    fresh: dict[str, Callable[[], forms.Form]] = {
        "gate": lambda: GateForm(repo=repo, initial=gate | {"gated": mode}),
        "visibility": lambda: VisibilityForm(initial={"visibility": "private" if repo.private else "public"}),
        "move": lambda: MoveForm(
            repo=repo, owners=owners_of(visit.person), initial={"owner": repo.namespace.name, "name": repo.name}
        ),
        "grant": GrantForm,
        "delete": lambda: DeleteForm(repo=repo),
    }
    shown: Mapping[str, Any] = {f"{name}_form": filled.get(name) or make() for name, make in fresh.items()}
    return visit.render("pages/repo_settings.html", "settings", {**shown}, status=status)


def _back(visit: Visit, said: str, anchor: str = "") -> HttpResponse:
    messages.success(visit.request, said)
    return HttpResponseRedirect(f"{visit.repo.path}/settings{anchor}")


def _again(visit: Visit, name: str, form: forms.Form, refusal: Refusal | None = None) -> HttpResponse:
    """Show the form once more, with what is wrong in it."""
    if refusal:
        form.add_error(None, refusal.message)
    return _show(visit, status=refusal.status if refusal else HTTPStatus.BAD_REQUEST, **{name: form})


@sent_by_form
@authors_page
def enable(visit: Visit) -> HttpResponse:
    """Switch access requests on, with automatic approval as on the Hub."""
    gating.configure(visit.repo, gated=Gated.AUTO)
    return _back(visit, _("Access requests are enabled. Whoever agrees gets access at once."), "#gate")


@sent_by_form
@authors_page
def disable(visit: Visit) -> HttpResponse:
    gating.configure(visit.repo, gated=Gated.OFF)
    return _back(
        visit, _("Access requests are disabled. Everybody who sees this repository can read its files."), "#gate"
    )


@sent_by_form
@authors_page
def gate(visit: Visit) -> HttpResponse:
    form = GateForm(visit.request.POST, repo=visit.repo)
    if not form.is_valid():
        return _again(visit, "gate", form)
    changes = GateSettings(**form.cleaned_data)  # type: ignore[typeddict-item]
    try:
        gating.configure(visit.repo, **changes)
    except Refusal as refusal:
        return _again(visit, "gate", form, refusal)
    return _back(visit, _("The gate's settings are saved."), "#gate")


@sent_by_form
@authors_page
def grant(visit: Visit) -> HttpResponse:
    form = GrantForm(visit.request.POST)
    if not form.is_valid():
        return _again(visit, "grant", form)
    try:
        user = find_user(form.cleaned_data["user"])
        access_requests.grant(visit.repo, user, by=visit.person)
    except Refusal as refusal:
        form.add_error("user", refusal.message)
        return _again(visit, "grant", form)
    return _back(visit, _("%s has access now, and gets a letter about it.") % user.username, "#gate")


@sent_by_form
@authors_page
def visibility(visit: Visit) -> HttpResponse:
    form = VisibilityForm(visit.request.POST)
    if not form.is_valid():
        return _again(visit, "visibility", form)
    private = form.cleaned_data["visibility"] == "private"
    repositories.set_private(visit.repo, private=private)
    return _back(visit, _("This repository is private now.") if private else _("This repository is public now."))


@sent_by_form
@authors_page
def move(visit: Visit) -> HttpResponse:
    """Give the repo a new name or owner; the form offers only owners for whom this person may make repos."""
    form = MoveForm(visit.request.POST, repo=visit.repo, owners=owners_of(visit.person))
    if not form.is_valid():
        return _again(visit, "move", form)
    owner, name = find_namespace(form.cleaned_data["owner"]), form.cleaned_data["name"]
    try:
        repositories.move_repo(visit.repo, owner, name)
    except Refusal as refusal:
        return _again(visit, "move", form, refusal)
    return _back(visit, _("The repository is called %s now. Its former address leads here.") % visit.repo.repo_id)


@sent_by_form
@authors_page
def delete(visit: Visit) -> HttpResponse:
    form = DeleteForm(visit.request.POST, repo=visit.repo)
    if not form.is_valid():
        return _again(visit, "delete", form)
    owner, repo_id = visit.repo.namespace.name, visit.repo.repo_id
    repositories.delete_repo(visit.repo)
    messages.success(visit.request, _("%s is deleted.") % repo_id)
    return HttpResponseRedirect(f"/{owner}")
