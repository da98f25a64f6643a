"""Languages of cards by their names, in the reader's own language where that is known."""

from django.utils.translation import get_language_info
from django.utils.translation import gettext as _


def language_name(code: str) -> str:
    if code.lower() == "zh":  # Django knows it only with its script
        return _("Chinese")
    try:
        return str(get_language_info(code.lower())["name_translated"])
    except KeyError:
        return code
