"""Stored answers as people read them."""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django_countries import countries

from gatehouse.access.form import GateForm


def readable(form: GateForm, stored: Mapping[str, str]) -> list[tuple[str, str]]:
    """Give question and answer in the order in which they were asked.

    The form is today's; what an answer was to a former form's question is shown as it was stored.
    """
    types = {field.name: field for field in form.fields}
    shown = []
    for label, answer in stored.items():
        field = types.get(label)
        kind = field.type if field else ""
        text = answer
        if kind == "checkbox" or (not field and answer == "on"):
            text = _("Yes")
        elif kind in {"country", "ip_location"}:
            text = str(countries.name(answer)) or answer
        elif field and kind == "select":
            text = next((option.label for option in field.options if option.value == answer), answer)
        shown.append((label, text))
    return shown
