"""The forms of a repo's settings and of a new repo."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gatehouse.access import notice_addresses
from gatehouse.accounts.models import Namespace, Role, User
from gatehouse.accounts.names import check_repo_name
from gatehouse.repos.licenses import LICENSES
from gatehouse.repos.models import Gated, Kind, NotificationsMode, Repo
from gatehouse.storage.errors import Refusal

# Those most often chosen, first; all others follow in the order of their names.
USUAL_LICENSES = ("apache-2.0", "mit", "cc-by-4.0", "cc-by-nc-4.0", "cc-by-sa-4.0", "openrail", "other")


class RepoNameField(forms.CharField):
    """A name that a repo may have; the sentence about a wrong one comes from the rule itself."""

    def clean(self, value: Any) -> str:
        name = str(super().clean(value))
        try:
            return check_repo_name(name)
        except Refusal as refusal:
            raise forms.ValidationError(refusal.message) from refusal


def owners_of(user: User) -> list[Namespace]:
    """Give the namespaces in which `user` may make repos, their own first."""
    writing = user.memberships.exclude(role=Role.READ)
    organizations = Namespace.objects.filter(organization__memberships__in=writing)
    return [user.namespace, *organizations.order_by("key")]


class NewRepoForm(forms.Form):
    """Asks for what a new repo needs."""

    owner = forms.ChoiceField(label=_("Owner"))
    name = RepoNameField(
        label=_("Name"),
        max_length=96,
        help_text=_("Letters, digits, '-', '_' and '.'. It becomes a part of the address."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    kind = forms.ChoiceField(
        label=_("What is it?"),
        choices=[(Kind.MODEL, _("A model")), (Kind.DATASET, _("A dataset"))],
        widget=forms.RadioSelect,
    )
    license = forms.ChoiceField(
        label=_("Licence"), required=False, help_text=_("Written into the card; you can change it there at any time.")
    )
    visibility = forms.ChoiceField(
        label=_("Who may see it?"),
        choices=[
            ("public", _("Everybody. The files can still be gated in the settings")),
            ("private", _("Only you, or the members of the organization")),
        ],
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, owners: list[Namespace], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].choices = [(owner.name, owner.name) for owner in owners]  # type: ignore[attr-defined]
        others = sorted(LICENSES - set(USUAL_LICENSES))
        names = [("", _("None yet")), *((name, name) for name in (*USUAL_LICENSES, *others))]
        self.fields["license"].choices = names  # type: ignore[attr-defined]


class GateForm(forms.Form):
    """The gate's settings: mode, and with manual approval who is told how often."""

    gated = forms.ChoiceField(
        label=_("How are requests approved?"),
        choices=[
            (Gated.AUTO, _("Automatically: whoever agrees gets access at once")),
            (Gated.MANUAL, _("Manually: the authors decide about each request")),
        ],
        widget=forms.RadioSelect,
    )
    notifications_mode = forms.ChoiceField(
        label=_("Notification frequency"),
        choices=[(NotificationsMode.BULK, _("Once a day")), (NotificationsMode.REAL_TIME, _("Real-time"))],
        help_text=_("How often a letter tells of new requests."),
    )
    notifications_email = forms.EmailField(label=_("Notifications email"), required=False)
    org_members_gated = forms.BooleanField(label=_("Members of the organization must ask, too"), required=False)

    def __init__(self, *args: Any, repo: Repo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["notifications_email"].help_text = _where_letters_go(repo)
        if repo.namespace.organization_id is None:
            del self.fields["org_members_gated"]
        else:
            self.fields["org_members_gated"].help_text = _(
                "Admins, and whoever made the repository, always have access."
            )


def _where_letters_go(repo: Repo) -> str:
    of_organization = repo.namespace.organization_id is not None
    if repo.notifications_email and not notice_addresses.agreed(repo):
        waiting = (
            _("Somebody there has stopped these letters; only the link in one of them lets them come again.")
            if notice_addresses.stopped(repo)
            else _("Nobody there has agreed yet: saving sends a letter with a link there, at most one a day.")
        )
        until = (
            _("Until then letters go to the organization's first five admins.")
            if of_organization
            else _("Until then letters go to the owner's address.")
        )
        return f"{waiting} {until}"
    return str(
        _("Without one, letters go to the organization's first five admins.")
        if of_organization
        else _("Without one, letters go to your own address.")
    )


class VisibilityForm(forms.Form):
    """Public or private."""

    visibility = forms.ChoiceField(
        label=_("Who may see this repository?"),
        choices=[("public", _("Everybody")), ("private", _("Only its owner, or the members of the organization"))],
        widget=forms.RadioSelect,
    )


class MoveForm(forms.Form):
    """A new owner and name."""

    owner = forms.ChoiceField(label=_("Owner"))
    name = RepoNameField(
        label=_("Name"), max_length=96, widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
    )

    def __init__(self, *args: Any, repo: Repo, owners: list[Namespace], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = dict.fromkeys([repo.namespace.name, *(owner.name for owner in owners)])
        self.fields["owner"].choices = [(name, name) for name in names]  # type: ignore[attr-defined]


class GrantForm(forms.Form):
    """Somebody to be let in."""

    user = forms.CharField(
        label=_("Add access"),
        max_length=96,
        help_text=_("A username. They get access without having asked, and a letter that says so."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "list": "people-found"}),
    )


class DeleteForm(forms.Form):
    """The name, typed once more."""

    confirmation = forms.CharField(widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}))

    def __init__(self, *args: Any, repo: Repo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.repo = repo
        self.fields["confirmation"].label = _("Type %s to confirm") % repo.repo_id

    def clean_confirmation(self) -> str:
        typed = str(self.cleaned_data["confirmation"])
        if typed != self.repo.repo_id:
            raise forms.ValidationError(_("This is not the repository's name, so nothing was deleted."))
        return typed
