"""The administrator's pages. They show names, sizes and states, and nothing of what a gate or a private repo keeps."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.db import connection
from django.db.models import Count, Q, Sum
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

import gatehouse
from gatehouse.accounts import administration
from gatehouse.accounts.models import User
from gatehouse.outbox import attention
from gatehouse.outbox.models import Letter
from gatehouse.outbox.webhook_models import Webhook
from gatehouse.repos import clean_up
from gatehouse.repos.models import Repo
from gatehouse.storage import marks
from gatehouse.storage.errors import Refusal
from gatehouse.web.pages import View, not_found, safe_next, signed_in

WORKER_SILENT = timedelta(minutes=2)
wants_password: Callable[[View], View] = reauthentication_required
wants_password_to_change: Callable[[View], View] = reauthentication_required(allow_get=True)
DEEDS: dict[str, tuple[Callable[..., None], Any]] = {
    "deactivate": (administration.deactivate, _("%(name)s is shut out.")),
    "activate": (administration.activate, _("%(name)s can sign in again.")),
    "make-admin": (administration.make_admin, _("%(name)s is an administrator.")),
    "unmake-admin": (administration.unmake_admin, _("%(name)s is no administrator any more.")),
    "reset-second-factor": (administration.reset_second_factor, _("%(name)s can sign in without a second factor.")),
}


def administrators_only(view: View) -> View:
    """Make a page for administrators; to everybody else it does not exist."""

    @signed_in
    @wraps(view)
    def answered(request: HttpRequest, user: User, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not user.is_superuser:
            return not_found(request)
        return view(request, *args, **kwargs)

    return answered


@require_safe
@administrators_only
def overview(request: HttpRequest) -> HttpResponse:
    """Say how the hub does: version, health, space, and what waits for somebody."""
    disk = shutil.disk_usage(settings.DATA)
    letters = Letter.objects.aggregate(
        waiting=Count("pk", Q(state__in=[Letter.State.WAITING, Letter.State.SENDING])),
        failed=Count("pk", Q(state=Letter.State.FAILED)),
    )
    worker = marks.left_at(marks.WORKER_SEEN)
    context = {
        "version": gatehouse.__version__,
        "database": connection.vendor,
        "data": settings.DATA,
        "disk": disk,
        "disk_percent": round(100 - disk.free / disk.total * 100),
        "letters": letters,
        "mail_host": settings.EMAIL_HOST,
        "people": User.objects.filter(is_active=True).count(),
        "kinds": Repo.objects.values("kind").annotate(n=Count("pk"), size=Sum("used_storage")).order_by("kind"),
        "worker": worker,
        "worker_away": worker is None or worker < timezone.now() - WORKER_SILENT,
        "failing_webhooks": Webhook.objects.filter(failures__gt=0, disabled=False).count(),
        "next_clean_up": clean_up.next_at(),
        "backup": marks.left_at(marks.BACKUP_DONE),
    }
    return render(request, "pages/admin_overview.html", context)


@require_POST
@administrators_only
@wants_password
def do_to_user(request: HttpRequest, username: str, deed: str) -> HttpResponse:
    """Do one of DEEDS to an account."""
    user = User.objects.filter(namespace__key=username.lower()).first()
    if user is None or deed not in DEEDS:
        return not_found(request)
    do, said = DEEDS[deed]
    do(user, by=request.user)
    messages.success(request, said % {"name": user.username})
    return HttpResponseRedirect(safe_next(request, "/-/admin/users"))


@require_POST
@administrators_only
def do_to_letters(request: HttpRequest, deed: str) -> HttpResponse:
    """Try failed letters again, or drop them: one that the form names, or all."""
    if deed not in {"retry", "drop"}:
        return not_found(request)
    which = request.POST.get("letter", "")
    if not which.isdecimal() and which != "all":
        raise Refusal("letter must be the number of a letter, or all.")
    chosen = Letter.objects.all() if which == "all" else Letter.objects.filter(pk=int(which[:18]))
    count = {"retry": attention.retry, "drop": attention.drop}[deed](chosen, by=str(request.user))
    if deed == "retry":
        messages.success(request, _("Letters that will be tried again: %(count)s.") % {"count": count})
    else:
        messages.success(request, _("Letters dropped: %(count)s.") % {"count": count})
    return HttpResponseRedirect(safe_next(request, "/-/admin/letters"))
