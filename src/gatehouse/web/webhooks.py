"""One's webhooks: made, changed, switched off and on, deleted; and what became of each delivery."""

import json
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from gatehouse.access import webhooks as book
from gatehouse.access.webhooks import Item
from gatehouse.accounts.models import Namespace, User
from gatehouse.outbox import webhooks as outbox
from gatehouse.outbox.webhook_models import Watched, Webhook, WebhookDelivery
from gatehouse.repos.models import Kind
from gatehouse.storage.errors import Refusal
from gatehouse.web.pages import signed_in

PAGE = "/settings/webhooks"
KIND_PREFIXES = {"datasets/": Kind.DATASET, "spaces/": Kind.SPACE, "models/": Kind.MODEL}


class WebhookForm(forms.Form):
    """What a webhook watches, and whom it tells."""

    url = forms.CharField(label=_("Address"), max_length=2000, help_text=_("Events are sent there by POST."))
    watched = forms.CharField(
        label=_("Watched"),
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=_(
            "One a line: a user or an organization for all that is theirs (my-org), or one repository "
            "(my-org/my-model, datasets/my-org/my-data)."
        ),
    )
    repo = forms.BooleanField(label=_("Tell of repositories, their content and settings"), required=False)
    access_request = forms.BooleanField(
        label=_("Tell of access requests"), required=False, help_text=_("Where you may decide about them.")
    )
    secret = forms.CharField(
        label=_("Secret"),
        required=False,
        max_length=book.LONGEST_SECRET,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("Sent with each event, so that the receiver knows who calls. It is not shown again."),
    )

    def wanted(self) -> dict[str, Any]:
        """Give what the form says, as the book of webhooks takes it; raises Refusal."""
        data = self.cleaned_data
        domains = [name for name in (Webhook.Domain.REPO, Webhook.Domain.ACCESS_REQUEST) if data[name]]
        items = [_item(line) for line in data["watched"].split()]
        return {"url": data["url"], "items": items, "domains": domains}


class ChangeForm(WebhookForm):
    """The same of a webhook there is; its secret stays unless another one is typed."""

    no_secret = forms.BooleanField(label=_("Send no secret any more"), required=False)

    def wanted(self) -> dict[str, Any]:
        secret = "" if self.cleaned_data["no_secret"] else self.cleaned_data["secret"] or None
        return super().wanted() | {"secret": secret}


def _item(line: str) -> Item:
    """Read one line; whether it names something is asked by the book."""
    if "/" not in line:
        namespace = Namespace.objects.filter(key=line.lower()).first()
        of_organization = namespace is not None and namespace.organization_id is not None
        return Item(Watched.Type.ORG if of_organization else Watched.Type.USER, line)
    for prefix, kind in KIND_PREFIXES.items():
        if line.startswith(prefix):
            return Item(kind.value, line.removeprefix(prefix))
    return Item(Kind.MODEL.value, line)


def _line(item: Watched) -> str:
    return f"{item.type}s/{item.name}" if item.type in {Kind.DATASET, Kind.SPACE} else item.name


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def webhooks(request: HttpRequest, user: User) -> HttpResponse:
    form = WebhookForm(request.POST if request.method == "POST" else None, initial={"repo": True})
    if form.is_bound and form.is_valid():
        try:
            made = book.create(user, secret=form.cleaned_data["secret"], **form.wanted())
        except Refusal as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, gettext("The webhook is made."))
            return HttpResponseRedirect(f"{PAGE}/{made.public_id}")
    rows = Webhook.objects.filter(user=user).prefetch_related("watched")
    context = {"webhooks": [(each, [_line(item) for item in each.watched.all()]) for each in rows], "form": form}
    return render(request, "pages/settings_webhooks.html", context, status=_status(form))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def webhook(request: HttpRequest, user: User, public_id: str) -> HttpResponse:
    found = book.find(user, public_id)
    form = ChangeForm(request.POST if request.method == "POST" else None, initial=_initial(found))
    if form.is_bound and form.is_valid():
        try:
            book.change(found, **_with_discussions(form.wanted(), found))
        except Refusal as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, gettext("Saved."))
            return HttpResponseRedirect(request.path)
    found.refresh_from_db()
    log = [(each, _payload(each)) for each in book.log_of(found)]
    context = {"webhook": found, "form": form, "log": log}
    return render(request, "pages/settings_webhook.html", context, status=_status(form))


def _with_discussions(wanted: dict[str, Any], found: Webhook) -> dict[str, Any]:
    """Keep a domain that clients choose and this hub has nothing for: the form does not show it."""
    kept = [name for name in found.domains if name == Webhook.Domain.DISCUSSION]
    return wanted | {"domains": wanted["domains"] + kept}


def _status(form: forms.Form) -> int:
    return HTTPStatus.BAD_REQUEST if form.errors else HTTPStatus.OK


def _initial(found: Webhook) -> dict[str, object]:
    watched = "\n".join(_line(item) for item in found.watched.all())
    return {"url": found.url, "watched": watched, **dict.fromkeys(found.domains, True)}


def _payload(delivery: WebhookDelivery) -> str:
    return json.dumps(outbox.payload(delivery), ensure_ascii=False, indent=2)


@require_POST
@signed_in
def switch(request: HttpRequest, user: User, public_id: str) -> HttpResponse:
    found = book.find(user, public_id)
    book.set_disabled(found, disabled=not found.disabled)
    said = gettext("The webhook is disabled.") if found.disabled else gettext("The webhook is enabled.")
    messages.success(request, said)
    return HttpResponseRedirect(f"{PAGE}/{found.public_id}")


@require_POST
@signed_in
def delete(request: HttpRequest, user: User, public_id: str) -> HttpResponse:
    book.find(user, public_id).delete()
    messages.success(request, gettext("The webhook is deleted."))
    return HttpResponseRedirect(PAGE)


@require_POST
@signed_in
def again(request: HttpRequest, user: User, public_id: str, delivery_id: str) -> HttpResponse:
    """Send one event once more; whether its owner may still hear of it, the gate is asked then."""
    found = book.find(user, public_id)
    if book.replay(found, delivery_id):
        messages.success(request, gettext("It is sent again in a moment."))
    return HttpResponseRedirect(f"{PAGE}/{found.public_id}")
