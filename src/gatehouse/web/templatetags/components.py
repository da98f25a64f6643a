"""The components of pages that have words inside: each is drawn here and nowhere else. `/-/styleguide` shows them."""

from typing import Any
from urllib.parse import quote

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from gatehouse.web.templatetags.gatehouse import icon

register = template.Library()

SENT_LOOKS = {"sent": "accepted", "failed": "rejected", "waiting": "pending"}  # of letters and deliveries
NOTICE_ICONS = {"": "info", "good": "check", "warn": "warn", "bad": "warn"}


@register.simple_block_tag
def notice(content: str, kind: str = "", picture: str = "", focus: str = "") -> SafeString:
    """Draw what people should know: "" tells, "good" is done, "warn" wants a look, "bad" did not work.

    `focus` is an id: the reader is brought there at once, which "bad" says aloud.
    """
    look, drawn = f" notice-{kind}" if kind else "", icon(picture or NOTICE_ICONS[kind])
    role = mark_safe(' role="alert"') if kind == "bad" else ""
    first = format_html('{} id="{}" tabindex="-1" data-focus', role, focus) if focus else ""
    return format_html('<div class="notice{}"{}>{}<div>{}</div></div>', look, first, drawn, content)


@register.simple_block_tag
def empty(content: str, picture: str = "", title: str = "", level: int = 2) -> SafeString:
    """Draw what stands where there is nothing: why, and what to do about it."""
    heading = format_html("<h{0}>{1}</h{0}>", level, title) if title else ""
    return format_html('<div class="empty">{}{}{}</div>', icon(picture) if picture else "", heading, content)


@register.simple_block_tag
def badge(content: str, kind: str = "", picture: str = "", title: str = "") -> SafeString:
    """Draw a state in a word. It is told by the word and the line around it, never by the colour alone."""
    look = f" badge-{SENT_LOOKS.get(kind, kind)}" if kind else ""
    named = format_html(' title="{}"', title) if title else ""
    return format_html('<span class="badge{}"{}>{}{}</span>', look, named, icon(picture) if picture else "", content)


@register.simple_block_tag
def snippet(content: str, title: str, look: str = "", label: str = "") -> SafeString:
    """Draw lines to be copied, with what they are (`label`: told at more length); a script adds the button."""
    return format_html(
        '<div class="snippet"><span class="snippet-title">{0}</span>'
        '<pre class="{1}" tabindex="0" role="region" aria-label="{2}"><code>{3}</code></pre></div>',
        title,
        look,
        label or title,
        mark_safe(content.strip()),  # noqa: S308 - a template's content, escaped by it
    )


@register.simple_block_tag
def table(content: str, *columns: str, deeds: str = "") -> SafeString:
    """Draw a list with columns; `deeds` names a last one, of buttons. In a narrow window each row is a card."""
    heads = format_html_join("", '<th scope="col">{}</th>', ((each,) for each in columns))
    last = format_html('<th scope="col"><span class="visually-hidden">{}</span></th>', deeds) if deeds else ""
    return format_html(
        '<table class="table table-cards"><thead><tr>{}{}</tr></thead><tbody>{}</tbody></table>', heads, last, content
    )


@register.simple_block_tag
def tabs(content: str, label: str, name: str = "", follows: str = "") -> SafeString:
    """Draw the pages of one thing, each a `tab`; `follows` is an address that draws them anew every 20 seconds."""
    named = format_html(' id="{}"', name) if name else ""
    renewed = format_html(' hx-get="{}" hx-trigger="every 20s" hx-swap="outerHTML"', follows) if follows else ""
    return format_html('<nav class="tabs"{} aria-label="{}"{}>{}</nav>', named, label, renewed, content)


@register.simple_block_tag
def tab(content: str, href: str, here: object, picture: str = "") -> SafeString:
    return _way(href, content, picture, here)


@register.simple_tag(takes_context=True)
def nav_link(
    context: dict[str, Any], href: str, text: str, picture: str = "", at: str = "", here: object = None
) -> SafeString:
    """Draw a way to another page, marked if the reader is there: at its address, below one of `at`, or by `here`."""
    path = context["request"].path
    current = path == href or path.startswith(tuple(at.split())) if here is None else here
    return _way(href, text, picture, current)


def _way(href: str, text: str, picture: str, here: object) -> SafeString:
    marked = mark_safe(' aria-current="page"') if here else ""
    return format_html('<a href="{}"{}>{}{}</a>', href, marked, icon(picture) if picture else "", text)


@register.simple_tag
def count(number: int, due: object = False) -> SafeString:
    """Draw how many there are; `due` if they wait for the reader."""
    return format_html('<span class="count{}">{}</span>', " count-due" if due else "", intcomma(number))


@register.simple_tag
def crumbs(first: str, href: str, steps: list[tuple[str, str]]) -> SafeString:
    """Draw the way to a file: from `first` at `href` by the names and paths of `steps`, of which the last is here."""
    ways = ((f"{href}/{quote(path)}", name) for name, path in steps[:-1])
    drawn = [format_html('<a href="{}">{}</a>', *way) for way in ((href, first), *ways)]
    if steps:
        drawn.append(format_html("<strong>{}</strong>", steps[-1][0]))
    joined = format_html_join(mark_safe('<span class="slash">/</span>'), "{}", ((each,) for each in drawn))
    return format_html('<nav class="crumbs" aria-label="{}">{}</nav>', _("Folders"), joined)


@register.simple_tag
def pager(back: str, back_text: str, on: str, on_text: str, label: str = "", between: str = "") -> SafeString:
    """Draw the ways to the pages of a list before and after this one; nothing where this is all."""
    link = '<a class="button" href="{}">{}</a>'
    before, after = (format_html(link, *way) if way[0] else "" for way in ((back, back_text), (on, on_text)))
    if not before and not after:
        return SafeString("")
    middle = format_html('<span class="quiet">{}</span>', between) if between else ""
    return format_html('<nav class="pager" aria-label="{}">{}{}{}</nav>', label or _("Pages"), before, middle, after)


@register.simple_block_tag
def dialog(
    content: str,
    name: str,
    title: str,
    trigger: str = "",
    picture: str = "",
    look: str = "",
    label: str = "",
    unfolded: object = False,
) -> SafeString:
    """Draw a button that asks before it acts; `name` is an id of its own, `unfolded` shows the question at once.

    Without scripts the question unfolds below the button.
    """
    return format_html(
        '<details class="asks"{unfolded}><summary class="button {look}"{label}>{icon}{trigger}</summary>'
        '<dialog class="dialog" open aria-labelledby="{name}-asks">'
        '<h2 id="{name}-asks" tabindex="-1">{title}</h2>{content}</dialog></details>',
        unfolded=mark_safe(" open") if unfolded else "",
        look=look,
        label=format_html(' aria-label="{}"', label) if label else "",
        icon=icon(picture) if picture else "",
        trigger=trigger,
        name=name,
        title=title,
        content=content,
    )


@register.simple_tag
def never_mind() -> SafeString:
    """Draw the button that closes a dialog; where it is unfolded in the page there is nothing to close."""
    return format_html(
        '<button type="button" class="button button-quiet with-script" data-close>{}</button>', _("Cancel")
    )
