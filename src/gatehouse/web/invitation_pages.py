"""Administrators invite people while sign-up is by invitation."""

from http import HTTPStatus

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from gatehouse.accounts import invitations
from gatehouse.accounts.models import User
from gatehouse.storage.errors import Refusal
from gatehouse.web.account_forms import NOT_AN_ADDRESS
from gatehouse.web.pages import not_found, signed_in

SHOWN = 200


class InvitationForm(forms.Form):
    """Whom to invite."""

    email = forms.EmailField(
        label=_("E-mail address"),
        help_text=_("A letter with a link goes there. It works once."),
        error_messages={"invalid": NOT_AN_ADDRESS},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def invitation_list(request: HttpRequest, user: User) -> HttpResponse:
    _require_administrator(user)
    if settings.SIGNUP != "invitation":
        return not_found(request)
    form = InvitationForm(request.POST or None)
    if form.is_bound and form.is_valid():
        invitations.invite(form.cleaned_data["email"], by=user)
        messages.success(request, _("A letter goes to %(address)s.") % {"address": form.cleaned_data["email"]})
        return HttpResponseRedirect("/invitations")
    context = {"form": form, "invitations": invitations.newest(SHOWN), "days": invitations.VALID.days}
    return render(request, "pages/invitations.html", context, status=400 if form.errors else 200)


@require_POST
@signed_in
def revoke(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    _require_administrator(user)
    invitations.revoke(pk)
    messages.success(request, _("The invitation does not work any more."))
    return HttpResponseRedirect("/invitations")


def _require_administrator(user: User) -> None:
    if not user.is_superuser:
        raise Refusal("Only administrators of this hub may invite people.", status=HTTPStatus.FORBIDDEN)
