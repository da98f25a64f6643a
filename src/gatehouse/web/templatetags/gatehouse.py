"""The few tags and filters of the templates."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from zlib import crc32

from django import template
from django.forms import BoundField
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from gatehouse.access.form_fields import Option
from gatehouse.web import static_files

register = template.Library()

HUES = 12
MINUTE, HOUR, DAY = 60, 3600, 86400
BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "macOS"),
           ("Linux", "Linux"))  # fmt: skip
# From how many seconds on, seconds a unit, and the words.
STEPS = (
    (2 * DAY * 365, DAY * 365, ngettext_lazy("%d year ago", "%d years ago")),
    (DAY * 60, DAY * 30, ngettext_lazy("%d month ago", "%d months ago")),
    (DAY * 2, DAY, ngettext_lazy("%d day ago", "%d days ago")),
    (HOUR, HOUR, ngettext_lazy("%d hour ago", "%d hours ago")),
    (MINUTE, MINUTE, ngettext_lazy("%d minute ago", "%d minutes ago")),
)


@register.simple_tag
def asset(name: str) -> str:
    """Give the address of a static file."""
    return static_files.asset(name)


@register.simple_tag
@lru_cache
def icon(name: str) -> SafeString:
    """Draw an icon of icons.svg in the colour and size of the text around it; it says nothing to screen readers."""
    return format_html(
        '<svg class="icon" aria-hidden="true" viewBox="0 0 16 16"><use href="{}#{}"/></svg>',
        static_files.asset("icons.svg"),
        name,
    )


@register.simple_tag
def options(choices: Sequence[Option], chosen: str) -> SafeString:
    """Draw the options of a select: there are 249 countries, and a template's loop takes 40 ms for them."""
    drawn = _options(tuple(choices))
    mark = format_html('<option value="{}"', chosen)
    return SafeString(drawn.replace(f"{mark}>", f"{mark} selected>"))  # no text in it has a quotation mark


@lru_cache(maxsize=64)
def _options(choices: tuple[Option, ...]) -> SafeString:
    return format_html_join("", '<option value="{}">{}</option>', ((each.value, each.label) for each in choices))


@register.simple_tag
def control(field: BoundField) -> SafeString:
    """Draw a form's control. Without placeholders: a label says what to fill in, and stays when something is."""
    return field.as_widget(attrs={"placeholder": False})


@register.simple_tag
def avatar(name: str, more: str = "") -> SafeString:
    """Draw the initials of a user, or (`more` has avatar-square) an organization, on a colour of their own."""
    hue = crc32(name.lower().encode()) % HUES
    return format_html('<span class="avatar hue-{} {}" aria-hidden="true">{}</span>', hue, more, _initials(name))


def _initials(name: str) -> str:
    words = [word for word in name.replace("-", " ").replace("_", " ").replace(".", " ").split() if word]
    return "".join(word[0] for word in words[:2]) if len(words) > 1 else name[:2]


@register.filter
def ago(moment: datetime) -> SafeString:
    """Say how long ago a moment was, with the exact time in UTC for who needs it."""
    return format_html(
        '<time datetime="{}" title="{} UTC">{}</time>',
        moment.isoformat(timespec="seconds"),
        date_format(moment, "DATETIME_FORMAT"),
        _passed(moment),
    )


def _passed(moment: datetime) -> str:
    seconds = (timezone.now() - moment).total_seconds()
    if seconds < 0:
        return date_format(moment, "DATE_FORMAT")
    for least, unit, words in STEPS:
        if seconds >= least:
            number = int(seconds // unit)
            return words % number
    return _("just now")


@register.filter
def compact(number: int) -> str:
    """Write 1234 as 1.2k: for lists, where size matters and not the last digit."""
    for unit, word in ((1_000_000_000, "B"), (1_000_000, "M"), (1_000, "k")):
        if number >= unit:
            return number_format(f"{number / unit:.1f}".removesuffix(".0")) + word
    return str(number)


@register.filter
def browser(user_agent: str) -> str:
    """Name the browser and the system that a User-Agent header speaks of; the header itself if they are unknown."""
    program = next((name for mark, name in BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    if program and system:
        return _("%(program)s on %(system)s") % {"program": program, "system": system}
    return user_agent[:60] or _("Unknown")
