"""Trusted publishers: the CI jobs that may publish to a repo, or read gated repos as a person, without a secret."""

from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from gatehouse.access import publishers
from gatehouse.accounts.job_tokens import LONGEST_ISSUER
from gatehouse.accounts.models import User
from gatehouse.repos.models import Repo
from gatehouse.storage.errors import Refusal
from gatehouse.web.pages import signed_in
from gatehouse.web.visits import Visit, authors_page

OWN_PAGE = "/settings/publishers"
GITHUB = "https://token.actions.githubusercontent.com"
MOST_JOBS = 50
TYPED = {"autocomplete": "off", "spellcheck": "false"}


def _text(label: Any, help_text: Any, *, required: bool = False) -> forms.CharField:
    widget = forms.TextInput(attrs=TYPED)
    return forms.CharField(
        label=label, help_text=help_text, required=required, max_length=publishers.LONGEST_CLAIM, widget=widget
    )


class GitHubForm(forms.Form):
    """Jobs of GitHub Actions, in the words of GitHub."""

    repository = _text(_("Repository on GitHub"), _("As GitHub writes it: acme/training."), required=True)
    branch = _text(_("Branch"), _("Without one, jobs of every branch and tag are trusted."))
    workflow = _text(_("Workflow file"), _("Such as publish.yml. It needs a branch, too."))
    environment = _text(_("Environment"), _("If the job runs in one."))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("workflow") and not cleaned.get("branch"):
            self.add_error("branch", _("Name the branch from which this workflow may run."))
        return cleaned

    def wanted(self) -> tuple[str, dict[str, str]]:
        """Give issuer and claims, as GitHub names them."""
        data = self.cleaned_data
        ref = f"refs/heads/{data['branch']}"
        workflow = f"{data['repository']}/.github/workflows/{data['workflow']}@{ref}"
        claims = {
            "repository": data["repository"],
            "ref": ref if data["branch"] else "",
            "workflow_ref": workflow if data["workflow"] else "",
            "environment": data["environment"],
        }
        return GITHUB, {name: value for name, value in claims.items() if value}


class IssuerForm(forms.Form):
    """Jobs of any other provider."""

    issuer = forms.CharField(
        label=_("Issuer"),
        max_length=LONGEST_ISSUER,
        widget=forms.TextInput(attrs=TYPED),
        help_text=_("The address by which the provider signs: https://gitlab.com, or that of your own GitLab."),
    )
    claims = forms.CharField(
        label=_("Claims"),
        max_length=publishers.MOST_CLAIMS * 2 * publishers.LONGEST_CLAIM,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=_("What a job's token must say, one a line: project_path = acme/training"),
    )

    def clean_claims(self) -> dict[str, str]:
        claims: dict[str, str] = {}
        for line in filter(str.strip, self.cleaned_data["claims"].splitlines()):
            name, equals, value = (part.strip() for part in line.partition("="))
            if not (name and equals and value) or name in claims:
                raise forms.ValidationError(_("Write each claim once, as name = value."))
            claims[name] = value
        return claims

    def wanted(self) -> tuple[str, dict[str, str]]:
        return self.cleaned_data["issuer"], self.cleaned_data["claims"]


FORMS: dict[str, type[GitHubForm] | type[IssuerForm]] = {"github": GitHubForm, "issuer": IssuerForm}


def _page(request: HttpRequest, user: User, repo: Repo | None) -> HttpResponse | dict[str, Any]:
    """Take the form that was sent, and lead back; or give what the page shows."""
    chosen = request.POST.get("form")
    filled = {name: form(request.POST if name == chosen else None) for name, form in FORMS.items()}
    status = HTTPStatus.OK
    if request.method == "POST":
        sent = filled.get(chosen or "")
        if sent and sent.is_valid() and _added(sent, user, repo):
            messages.success(request, gettext("The publisher is trusted from now on."))
            return HttpResponseRedirect(request.path)
        status = HTTPStatus.BAD_REQUEST
    trusted = list(publishers.of(user, repo))
    return {
        "here": request.path,
        "publishers": [(each, each.user_id == user.pk or publishers.may_still(each)) for each in trusted],
        "jobs": publishers.jobs_of(trusted, MOST_JOBS),
        "now": timezone.now(),
        "form_status": status,
        **{f"{name}_form": form for name, form in filled.items()},
    }


def _added(form: GitHubForm | IssuerForm, user: User, repo: Repo | None) -> bool:
    try:
        publishers.add(user, repo, *form.wanted())
    except Refusal as refusal:
        form.add_error(None, refusal.message)
        return False
    return True


@require_http_methods(["GET", "HEAD", "POST"])
@authors_page
def of_repo(visit: Visit) -> HttpResponse:
    shown = _page(visit.request, visit.person, visit.repo)
    if isinstance(shown, HttpResponse):
        return shown
    return visit.render("pages/repo_publishers.html", "settings", shown, status=shown["form_status"])


@require_POST
@authors_page
def remove_from_repo(visit: Visit, public_id: str) -> HttpResponse:
    publishers.remove(visit.person, visit.repo, public_id)
    messages.success(visit.request, gettext("The publisher is removed. Its tokens have ended."))
    return HttpResponseRedirect(f"{visit.repo.path}/settings/publishers")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def of_user(request: HttpRequest, user: User) -> HttpResponse:
    shown = _page(request, user, None)
    if isinstance(shown, HttpResponse):
        return shown
    return render(request, "pages/settings_publishers.html", shown, status=shown["form_status"])


@require_POST
@signed_in
def remove_from_user(request: HttpRequest, user: User, public_id: str) -> HttpResponse:
    publishers.remove(user, None, public_id)
    messages.success(request, gettext("The publisher is removed. Its tokens have ended."))
    return HttpResponseRedirect(OWN_PAGE)
