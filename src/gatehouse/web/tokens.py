"""One's access tokens: made, shown once, listed, revoked."""

from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from gatehouse.access.gate import visible_repos
from gatehouse.access.refusals import find_case
from gatehouse.accounts import program_logins
from gatehouse.accounts.actor import Actor, Right, TokenScope, token_scope
from gatehouse.accounts.models import AccessToken, Namespace, User
from gatehouse.accounts.names import split_repo_id
from gatehouse.accounts.tokens import create_token
from gatehouse.repos.models import Kind, Repo
from gatehouse.repos.repositories import RepoNotFound
from gatehouse.storage.errors import Refusal
from gatehouse.web.pages import signed_in

MOST_RIGHTS = 50
KIND_PREFIXES = {"datasets/": Kind.DATASET, "spaces/": Kind.SPACE, "models/": Kind.MODEL}
FINE_GRAINED = AccessToken.Scope.FINE_GRAINED


class TokenForm(forms.Form):
    """What a new token may do, and for how long."""

    name = forms.CharField(
        label=_("Name"), max_length=100, help_text=_("For your own list: what the token is used for.")
    )
    scope = forms.ChoiceField(
        label=_("Role"),
        choices=[
            (AccessToken.Scope.READ, _("Read: everything you may read, gated repositories included")),
            (AccessToken.Scope.WRITE, _("Write: everything you may do, too")),
            (FINE_GRAINED, _("Fine-grained: only what is listed below")),
        ],
        widget=forms.RadioSelect,
    )
    read = forms.CharField(
        label=_("May read"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text="One a line: a user or an organization for all that is theirs (my-org), or one repository "
        "(my-org/my-model, datasets/my-org/my-data).",
    )
    write = forms.CharField(
        label=_("May read and write"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=_("One a line, as above."),
    )
    reads_gated = forms.BooleanField(
        label=_("May read gated repositories of others to which I have access"), required=False
    )
    days = forms.TypedChoiceField(
        label=_("Expires"),
        coerce=int,
        choices=[
            (0, _("Never")),
            (7, _("In 7 days")),
            (30, _("In 30 days")),
            (90, _("In 90 days")),
            (365, _("In a year")),
        ],
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actor = Actor(user.pk, user.username)

    def clean_read(self) -> list[Right]:
        return self._rights("read", write=False)

    def clean_write(self) -> list[Right]:
        return self._rights("write", write=True)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        listed = [*cleaned.get("read", []), *cleaned.get("write", [])]
        if cleaned.get("scope") == FINE_GRAINED and not self.errors:
            if not listed and not cleaned.get("reads_gated"):
                self.add_error("read", "A fine-grained token with nothing listed could do nothing.")
            if len(listed) > MOST_RIGHTS:
                self.add_error("read", _("List at most %d lines.") % MOST_RIGHTS)
        return cleaned

    def _rights(self, name: str, *, write: bool) -> list[Right]:
        if self.data.get("scope") != FINE_GRAINED:
            return []
        return [_right(self.actor, line, write=write) for line in str(self.cleaned_data[name]).split()]


def _right(actor: Actor, line: str, *, write: bool) -> Right:
    """Read one line: a namespace that exists, or a repo by its id; whether one exists that is hidden is not told.

    Of a repo that the person sees it is that one which counts, of others the name: the token may make one so called.
    """
    kind, repo_id = Kind.MODEL, line
    for prefix, named in KIND_PREFIXES.items():
        if line.startswith(prefix):
            kind, repo_id = named, line.removeprefix(prefix)
    if "/" not in repo_id:
        if not Namespace.objects.filter(key=repo_id.lower()).exists():
            raise forms.ValidationError(_("There is no user or organization called %s.") % repr(repo_id[:100]))
        return Right(repo_id.lower(), None, write)
    try:
        split_repo_id(repo_id)
    except Refusal as refusal:
        raise forms.ValidationError(refusal.message) from refusal
    try:
        case = find_case(actor, kind, repo_id)
    except RepoNotFound:
        return Right(repo_id.lower(), kind.value, write)
    return Right(case.key, kind.value, write, case.repo_pk)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def tokens(request: HttpRequest, user: User) -> HttpResponse:
    """List the tokens and make new ones. A new token is in the answer to its form, and nowhere else ever after."""
    form = TokenForm(user, request.POST if request.method == "POST" else None, initial={"scope": "read", "days": 0})
    made, status = "", HTTPStatus.OK
    if form.is_bound:
        if form.is_valid():
            made = _create(user, form.cleaned_data)
            form = TokenForm(user, initial={"scope": "read", "days": 0})
        else:
            status = HTTPStatus.BAD_REQUEST
    context = {"tokens": _shown(user), "form": form, "made": made, "now": timezone.now()}
    response = render(request, "pages/settings_tokens.html", context, status=status)
    if made:
        response.headers["Cache-Control"] = "no-store"
    return response


def _shown(user: User) -> list[tuple[AccessToken, TokenScope]]:
    """Give the tokens with what they may do, repos by their present names."""
    rows = [(token, token_scope(token.scope, token.rights)) for token in _tokens_of(user)]
    meant = [right.repo for _, scope in rows for right in scope.rights if right.repo]
    repos = Repo.objects.filter(visible_repos(Actor(user.pk, user.username)), pk__in=meant)
    names = {repo.pk: repo.repo_id for repo in repos.select_related("namespace")}

    def named(scope: TokenScope) -> TokenScope:
        rights = (replace(right, key=names.get(right.repo or 0, right.key)) for right in scope.rights)
        return replace(scope, rights=tuple(rights))

    return [(token, named(scope)) for token, scope in rows]


def _tokens_of(user: User) -> list[AccessToken]:
    """Give the tokens; of those that a program got by its login, one after the other, only the newest.

    Those of apps and of CI jobs have pages of their own: oauth_apps.py, publishers.py.
    """
    tokens = (
        AccessToken.objects.filter(user=user, login__app=None, publisher=None).select_related("login").order_by("id")
    )
    newest = {token.login_id or token.public_id: token for token in tokens}
    return sorted(newest.values(), key=lambda token: -token.pk)


def _create(user: User, wanted: dict[str, Any]) -> str:
    return create_token(
        user,
        scope=wanted["scope"],
        name=wanted["name"],
        rights=(*wanted["read"], *wanted["write"]),
        reads_gated=wanted["reads_gated"],
        expires_at=timezone.now() + timedelta(days=wanted["days"]) if wanted["days"] else None,
    )


@require_POST
@signed_in
def revoke(request: HttpRequest, user: User, public_id: str) -> HttpResponse:
    """Delete a token: the next request with it is refused. With it goes the login that it came by."""
    token = AccessToken.objects.filter(user=user, public_id=public_id).select_related("login").first()
    if token and token.login:
        program_logins.end(token.login)
    elif token:
        token.delete()
    messages.success(request, _("The token is revoked. Whatever used it is shut out from now on."))
    return HttpResponseRedirect("/settings/tokens")
