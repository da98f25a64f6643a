"""The administrator's lists: found by a word, narrowed, sorted, page by page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from django.core.paginator import Paginator
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from gatehouse.accounts.models import Membership, Organization, User
from gatehouse.outbox import attention
from gatehouse.outbox.models import Letter
from gatehouse.outbox.webhook_models import Webhook
from gatehouse.repos.models import Gated, Kind, Repo
from gatehouse.web.administration import administrators_only

PAGE = 50
LONGEST_QUERY = 200
Text = str | Promise
_NEWEST = (_("Newest first"), ("-pk",))


@dataclass(frozen=True)
class Listing:
    """One list: what a word finds, and by its key in the address each order (the first is usual) and each part."""

    found: Callable[[str], QuerySet[Any]]
    sorts: Mapping[str, tuple[Text, tuple[Any, ...]]]
    parts: Mapping[str, tuple[Text, Q]]


def _users(q: str) -> QuerySet[User]:
    named = Q(username__icontains=q) | Q(fullname__icontains=q) | Q(email__icontains=q)
    return User.objects.filter(named).annotate(factors=Exists(Authenticator.objects.filter(user=OuterRef("pk"))))


def _organizations(q: str) -> QuerySet[Organization]:
    named = Organization.objects.filter(Q(namespace__key__contains=q.lower()) | Q(fullname__icontains=q))
    # Two joins would multiply members by repos.
    return named.select_related("namespace").annotate(
        members=_number(Membership.objects.filter(organization=OuterRef("pk")), "organization"),
        repos=_number(Repo.objects.filter(namespace__organization=OuterRef("pk")), "namespace"),
    )


def _number(rows: QuerySet[Any], by: str) -> Coalesce:
    return Coalesce(Subquery(rows.order_by().values(by).annotate(n=Count("pk")).values("n")), 0)


def _repos(q: str) -> QuerySet[Repo]:
    columns = ("kind", "name", "private", "gated", "used_storage", "downloads", "last_modified", "namespace__name")
    return Repo.objects.filter(key__contains=q.lower()).select_related("namespace").only(*columns)


def _webhooks(q: str) -> QuerySet[Webhook]:
    return Webhook.objects.filter(Q(user__username__icontains=q) | Q(url__icontains=q)).select_related("user")


def _letters(q: str) -> QuerySet[Letter]:
    return attention.unsent().filter(to__icontains=q).defer("text", "html")


LISTINGS = {
    "users": Listing(
        _users,
        {
            "name": (_("By name"), ("username",)),
            "newest": _NEWEST,
            "seen": (_("Last sign-in first"), (F("last_login").desc(nulls_last=True), "pk")),
        },
        {
            "administrators": (_("Administrators"), Q(is_superuser=True)),
            "shut-out": (_("Shut out"), Q(is_active=False)),
            "one-factor": (_("Without a second factor"), Q(factors=False)),
        },
    ),
    "organizations": Listing(
        _organizations,
        {
            "name": (_("By name"), ("namespace__key",)),
            "newest": _NEWEST,
            "members": (_("Most members first"), ("-members", "pk")),
            "repos": (_("Most repositories first"), ("-repos", "pk")),
        },
        {},
    ),
    "repos": Listing(
        _repos,
        {
            "size": (_("Largest first"), ("-used_storage", "pk")),
            "name": (_("By name"), ("key",)),
            "changed": (_("Last changed first"), ("-last_modified", "-pk")),
            "downloads": (_("Most downloaded first"), ("-downloads", "-pk")),
        },
        {
            "models": (_("Models"), Q(kind=Kind.MODEL)),
            "datasets": (_("Datasets"), Q(kind=Kind.DATASET)),
            "gated": (_("Gated"), ~Q(gated=Gated.OFF)),
            "private": (_("Private"), Q(private=True)),
        },
    ),
    "webhooks": Listing(
        _webhooks,
        {"failing": (_("Failing first"), ("-failures", "-pk")), "newest": _NEWEST},
        {
            "failing": (_("Failing"), Q(failures__gt=0, disabled=False)),
            "disabled": (_("Disabled"), Q(disabled=True)),
        },
    ),
    "letters": Listing(
        _letters,
        {"newest": _NEWEST, "oldest": (_("Oldest first"), ("pk",))},
        {
            "failed": (_("Failed"), Q(state=Letter.State.FAILED)),
            "waiting": (_("Waiting"), ~Q(state=Letter.State.FAILED)),
        },
    ),
}


@require_safe
@administrators_only
def listing(request: HttpRequest, tab: str) -> HttpResponse:
    """Show one of LISTINGS; what the address names and the list does not know counts as not named."""
    known = LISTINGS[tab]
    q = request.GET.get("q", "").strip()[:LONGEST_QUERY]
    sort, part = request.GET.get("sort", ""), request.GET.get("part", "")
    rows = known.found(q).order_by(*known.sorts.get(sort, next(iter(known.sorts.values())))[1])
    if part in known.parts:
        rows = rows.filter(known.parts[part][1])
    context = {
        "rows": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "q": q,
        "sorts": {key: text for key, (text, _order) in known.sorts.items()},
        "sort": sort,
        "parts": {key: text for key, (text, _rows) in known.parts.items()},
        "part": part,
    }
    return render(request, f"pages/admin_{tab}.html", context)
