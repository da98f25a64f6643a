"""Organizations: made, named, their members added, changed, removed."""

from http import HTTPStatus

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gatehouse.accounts.models import Membership, Organization, Role, User
from gatehouse.accounts.people import create_organization, find_organization, find_user, remove_member, set_member
from gatehouse.storage.errors import Refusal
from gatehouse.web.pages import page, person, sent_by_form

ROLES = [
    (Role.READ, _("Read"), _("sees private repositories and reads gated ones")),
    (Role.CONTRIBUTOR, _("Contributor"), _("makes repositories, and writes to those")),
    (Role.WRITE, _("Write"), _("writes to all repositories, decides about access requests")),
    (Role.ADMIN, _("Admin"), _("manages members, too")),
]


class OrganizationForm(forms.Form):
    """A new organization."""

    name = forms.CharField(
        label=_("Name"),
        max_length=42,
        help_text=_("It becomes a part of addresses: letters, digits, '-', '_' and '.'."),
    )
    fullname = forms.CharField(label=_("Full name"), max_length=120, required=False, help_text=_("As people know it."))


class MemberForm(forms.Form):
    """Somebody to be added."""

    user = forms.CharField(
        label=_("Username"),
        max_length=96,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "list": "people-found"}),
    )
    role = forms.ChoiceField(label=_("Role"), choices=[(role, name) for role, name, _does in ROLES])


class NameForm(forms.Form):
    """The organization's full name."""

    fullname = forms.CharField(label=_("Full name"), max_length=120, required=False)


@require_http_methods(["GET", "HEAD", "POST"])
@page
def new(request: HttpRequest) -> HttpResponse:
    user = person(request)
    form = OrganizationForm(request.POST or None)
    if form.is_bound and form.is_valid():
        try:
            made = create_organization(form.cleaned_data["name"], admin=user, fullname=form.cleaned_data["fullname"])
        except Refusal as refusal:
            form.add_error("name", refusal.message)
        else:
            return HttpResponseRedirect(f"/{made.namespace.name}")
    return render(request, "pages/organization_new.html", {"form": form}, status=400 if form.errors else 200)


@require_safe
@page
def members(request: HttpRequest, namespace: str) -> HttpResponse:
    return _show(request, _administered(request, namespace))


def _administered(request: HttpRequest, name: str) -> Organization:
    """Find an organization that the one who asks is an admin of."""
    user, organization = person(request), find_organization(name)
    if not Membership.objects.filter(organization=organization, user=user, role=Role.ADMIN).exists():
        raise Refusal("Only the organization's admins may do this.", status=HTTPStatus.FORBIDDEN)
    return organization


def _show(request: HttpRequest, organization: Organization, *, status: int = 200, **filled: forms.Form) -> HttpResponse:
    context = {
        "organization": organization,
        "members": organization.memberships.select_related("user"),
        "roles": ROLES,
        "member_form": filled.get("member") or MemberForm(initial={"role": Role.READ}),
        "name_form": filled.get("name") or NameForm(initial={"fullname": organization.fullname}),
    }
    return render(request, "pages/organization_members.html", context, status=status)


def _back(request: HttpRequest, organization: Organization, said: str) -> HttpResponse:
    messages.success(request, said)
    return HttpResponseRedirect(f"/{organization.namespace.name}/-/members")


@sent_by_form
@page
def add(request: HttpRequest, namespace: str) -> HttpResponse:
    """Add a member, or give one another role."""
    organization = _administered(request, namespace)
    form = MemberForm(request.POST)
    if form.is_valid():
        try:
            user = find_user(form.cleaned_data["user"])
            set_member(organization, user, form.cleaned_data["role"])
        except Refusal as refusal:
            form.add_error("user", refusal.message)
        else:
            return _back(
                request,
                organization,
                _("%(name)s is a member with the role %(role)s.")
                % {"name": user.username, "role": form.cleaned_data["role"]},
            )
    return _show(request, organization, status=400, member=form)


@require_POST
@page
def remove(request: HttpRequest, namespace: str, username: str) -> HttpResponse:
    organization = _administered(request, namespace)
    user: User = find_user(username)
    try:
        remove_member(organization, user)
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return HttpResponseRedirect(f"/{organization.namespace.name}/-/members")
    return _back(request, organization, _("%(name)s is not a member any more.") % {"name": user.username})


@sent_by_form
@page
def rename(request: HttpRequest, namespace: str) -> HttpResponse:
    """Change the organization's full name; the short one is a part of addresses and stays."""
    organization = _administered(request, namespace)
    form = NameForm(request.POST)
    if not form.is_valid():
        return _show(request, organization, status=400, name=form)
    Organization.objects.filter(pk=organization.pk).update(fullname=form.cleaned_data["fullname"])
    return _back(request, organization, gettext("Saved."))
