"""The settings of one's own account that are not django-allauth's: profile, notifications, one's access requests."""

from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from gatehouse.access import gate, lists
from gatehouse.accounts.actor import Actor
from gatehouse.accounts.models import User
from gatehouse.repos.models import Repo
from gatehouse.web.pages import signed_in

MOST_REQUESTS = 500


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    """What others see of a person."""

    class Meta:
        model = User
        fields = ("fullname",)
        labels = {"fullname": _("Full name")}
        help_texts = {"fullname": _("Shown on your page, and to the authors whom you ask for access.")}


class NotificationsForm(forms.ModelForm):  # type: ignore[type-arg]
    """Which letters a person wants."""

    class Meta:
        model = User
        fields = ("wants_request_letters",)
        labels = {"wants_request_letters": _("Tell me of new access requests to my repositories")}
        help_texts = {
            "wants_request_letters": (
                _("How often is a setting of each gated repository. Letters about your own requests always come.")
            )
        }


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def profile(request: HttpRequest, user: User) -> HttpResponse:
    return _edit(request, ProfileForm(request.POST or None, instance=user), "profile")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def notifications(request: HttpRequest, user: User) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    return _edit(request, NotificationsForm(data, instance=user), "notifications")


def _edit(request: HttpRequest, form: "forms.ModelForm[User]", name: str) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return HttpResponseRedirect(request.path)
    return render(request, f"pages/settings_{name}.html", {"form": form}, status=400 if form.errors else 200)


@require_safe
@signed_in
def account(request: HttpRequest, user: User) -> HttpResponse:
    protected = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()
    return render(request, "pages/settings_account.html", {"protected": protected})


@require_safe
@signed_in
def gated_repos(request: HttpRequest, user: User) -> HttpResponse:
    """List one's own requests. A repo that has become private since is not named any more."""
    visible = Repo.objects.filter(gate.visible_repos(Actor(user.pk, user.username)))
    own = lists.of_user(user).filter(repo__in=visible)[:MOST_REQUESTS]
    return render(request, "pages/settings_gated_repos.html", {"requests": own})
