"""A new repo, made in the browser."""

import yaml
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from gatehouse.accounts.models import User
from gatehouse.accounts.people import find_namespace
from gatehouse.repos import following, repositories
from gatehouse.repos.models import Repo
from gatehouse.storage.errors import Refusal
from gatehouse.web.pages import signed_in
from gatehouse.web.repo_forms import NewRepoForm, owners_of


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def new_repo(request: HttpRequest, user: User) -> HttpResponse:
    wanted = {
        "owner": request.GET.get("owner", user.username),
        "kind": request.GET.get("kind", "model"),
        "visibility": "public",
    }
    form = NewRepoForm(request.POST or None, owners=owners_of(user), initial=wanted)
    if form.is_bound and form.is_valid():
        try:
            repo = _create(form, user)
        except Refusal as refusal:
            form.add_error("name", refusal.message)
        else:
            return HttpResponseRedirect(repo.path)
    return render(request, "pages/new_repo.html", {"form": form}, status=400 if form.errors else 200)


def _create(form: NewRepoForm, user: User) -> Repo:
    wanted = form.cleaned_data
    files = {}
    if wanted["license"]:
        front = yaml.safe_dump({"license": wanted["license"]})
        files["README.md"] = f"---\n{front}---\n\n# {wanted['name']}\n".encode()
    repo = repositories.create_repo(
        find_namespace(wanted["owner"]),
        wanted["name"],
        wanted["kind"],
        creator=user,
        private=wanted["visibility"] == "private",
        files=files,
    )
    if files:
        following.follow_first(repo)
    return repo
