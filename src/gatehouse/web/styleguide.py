"""The living page of the design: every component, from the very parts that the pages use, in every state."""

from dataclasses import dataclass
from datetime import timedelta

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from gatehouse.accounts.models import Namespace
from gatehouse.repos.models import Kind, Repo
from gatehouse.web.pages import page

BUTTONS = ("", "button-primary", "button-soft", "button-danger", "button-quiet", "button-small", "button-link")
STATES = ("pending", "accepted", "rejected", "reset")
COLOURS = ("paper", "surface", "sunken", "ink", "ink-2", "ink-3", "accent", "brass", "good", "bad", "note")
TWO = [("a", _("One")), ("b", _("Two"))]


class Specimen(forms.Form):
    """One field of each kind."""

    text = forms.CharField(label=_("Text"), help_text=_("What it is for, in one sentence."), max_length=40)
    address = forms.EmailField(label=_("E-mail address"))
    choice = forms.ChoiceField(
        label=_("Select"), choices=[("", _("Select an option")), ("a", _("One")), ("b", _("Two"))]
    )
    way = forms.ChoiceField(label=_("Radio buttons"), choices=TWO, widget=forms.RadioSelect)
    long = forms.CharField(label=_("Long text"), widget=forms.Textarea(attrs={"rows": 3}))
    agree = forms.BooleanField(label=_("A box to tick"))


@dataclass(frozen=True)
class Line:
    """A line of a difference, as `parts/diff_table.html` shows it."""

    sign: str
    text: str
    old: int | None = None
    new: int | None = None
    changed: str = ""
    after: str = ""


DIFF = (
    Line("@", "@@ -1,3 +1,3 @@"),
    Line(" ", "license: mit", 1, 1),
    Line("-", "gated: ", 2, None, "false"),
    Line("+", "gated: ", None, 2, "manual"),
    Line(" ", "language: en", 3, 3),
)


def _repos() -> list[Repo]:
    owner = Namespace(name="lumen", key="lumen", organization_id=1)
    then = timezone.now() - timedelta(days=3)
    common = {"namespace": owner, "last_modified": then, "pipeline_tag": "text-classification", "downloads": 12_345}
    return [
        Repo(pk=1, kind=Kind.MODEL, name="open-model", key="lumen/open-model", **common),
        Repo(pk=2, kind=Kind.MODEL, name="gated-model", key="lumen/gated-model", gated="manual", **common),
        Repo(pk=3, kind=Kind.DATASET, name="private-data", key="lumen/private-data", private=True, **common),
    ]


@require_safe
@page
def styleguide(request: HttpRequest) -> HttpResponse:
    wrong = Specimen({"wrong-text": "x" * 41, "wrong-address": "nobody"}, prefix="wrong")
    off = Specimen(initial={"text": _("Not to be changed"), "choice": "a", "way": "a"}, prefix="off")
    for field in off.fields.values():
        field.disabled = True
    context = {
        "buttons": BUTTONS,
        "states": STATES,
        "colours": COLOURS,
        "forms": [(_("Empty"), Specimen(prefix="new")), (_("Wrong"), wrong), (_("Disabled"), off)],
        "diff": DIFF,
        "repos": _repos(),
        "rows": Paginator(range(90), 30).page(2),
        "steps": [("folder", "folder"), ("file.json", "folder/file.json")],
        "q": "",
    }
    return render(request, "pages/styleguide.html", context)
