"""Languages of cards by their names, in the reader's own language where that is known."""

from django.utils.translation import get_language_info


def language_name(code: str) -> str:
    try:
        return str(get_language_info(code.lower())["name_translated"])
    except KeyError:
        return code
