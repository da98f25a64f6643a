"""Branches and tags: the list, and for those who may write, making and deleting them."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from gatehouse.repos import card
from gatehouse.repos.following import following
from gatehouse.repos.repositories import author_of
from gatehouse.storage import git_refs
from gatehouse.storage.errors import Refusal
from gatehouse.storage.git_paths import branch_ref, tag_ref
from gatehouse.storage.git_repos import resolve_revision
from gatehouse.web.pages import sent_by_form
from gatehouse.web.visits import Visit, authors_page, repo_page

LONGEST_NAME = 200
MOST_SHOWN = 500
KINDS = {"branch": _("Branch"), "tag": _("Tag")}


class RefForm(forms.Form):
    """A new branch or tag, and the revision it begins at."""

    kind = forms.ChoiceField(label=_("Kind"), choices=KINDS.items(), widget=forms.RadioSelect, initial="branch")
    name = forms.CharField(label=_("Name"), max_length=LONGEST_NAME, strip=True)
    start = forms.CharField(
        label=_("From"),
        max_length=LONGEST_NAME,
        strip=True,
        help_text=_("A branch, a tag or the name of a commit."),
    )
    message = forms.CharField(label=_("Message of the tag"), required=False, max_length=2000)


@require_safe
@repo_page
def refs(visit: Visit) -> HttpResponse:
    """List branches and tags; their names are as open as the names of files."""
    return _show(visit, RefForm(initial={"start": visit.request.GET.get("from", card.DEFAULT_BRANCH)[:LONGEST_NAME]}))


def _show(visit: Visit, form: RefForm) -> HttpResponse:
    branches, tags = git_refs.list_refs(visit.git)
    context = {
        "branches": branches[:MOST_SHOWN],
        "tags": tags[:MOST_SHOWN],
        "default": card.DEFAULT_BRANCH,
        "form": form,
    }
    return visit.render("pages/refs.html", "files", context, status=400 if form.errors else 200)


@sent_by_form
@authors_page
def create(visit: Visit) -> HttpResponse:
    form = RefForm(visit.request.POST)
    if form.is_valid():
        try:
            _create(visit, form.cleaned_data)
        except Refusal as refusal:
            form.add_error("start" if refusal.code == "RevisionNotFound" else "name", refusal.message)
        else:
            messages.success(visit.request, gettext("%(name)s was made.") % form.cleaned_data)
            return HttpResponseRedirect(visit.url("refs"))
    return _show(visit, form)


def _create(visit: Visit, wanted: dict[str, str]) -> None:
    sha = resolve_revision(visit.git, wanted["start"])
    name = wanted["name"]
    if wanted["kind"] == "tag":
        author = author_of(visit.person)
        with following(visit.repo, tag_ref(name)):
            git_refs.create_tag(visit.git, name, sha, message=wanted["message"] or None, author=author)
        return
    with following(visit.repo, branch_ref(name)):
        git_refs.create_branch(visit.git, name, sha)


@sent_by_form
@authors_page
def delete(visit: Visit) -> HttpResponse:
    name, kind = visit.request.POST.get("name", ""), visit.request.POST.get("kind")
    try:
        with following(visit.repo, tag_ref(name) if kind == "tag" else branch_ref(name)):
            if kind == "tag":
                git_refs.delete_tag(visit.git, name)
            else:
                git_refs.delete_branch(visit.git, name)
    except Refusal as refusal:
        messages.error(visit.request, refusal.message)
    else:
        messages.success(visit.request, gettext("%(name)s was deleted.") % {"name": name})
    return HttpResponseRedirect(visit.url("refs"))
