"""The components of pages that have words inside: each is drawn here and nowhere else. `/-/styleguide` shows them."""

from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from gatehouse.web.templatetags.gatehouse import icon

register = template.Library()

NOTICE_ICONS = {"": "info", "good": "check", "warn": "warn", "bad": "warn"}


@register.simple_block_tag
def notice(content: str, kind: str = "", picture: str = "") -> SafeString:
    """Draw what people should know: "" tells, "good" is done, "warn" wants a look, "bad" did not work."""
    look, drawn = f" notice-{kind}" if kind else "", icon(picture or NOTICE_ICONS[kind])
    return format_html('<div class="notice{}">{}<div>{}</div></div>', look, drawn, content)


@register.simple_block_tag
def empty(content: str, picture: str, title: str = "", level: int = 2) -> SafeString:
    """Draw what stands where there is nothing: why, and what to do about it."""
    heading = format_html("<h{0}>{1}</h{0}>", level, title) if title else ""
    return format_html('<div class="empty">{}{}{}</div>', icon(picture), heading, content)


@register.simple_block_tag
def badge(content: str, kind: str = "", picture: str = "", title: str = "") -> SafeString:
    """Draw a state in a word. It is told by the word and the line around it, never by the colour alone."""
    look = f" badge-{kind}" if kind else ""
    named = format_html(' title="{}"', title) if title else ""
    return format_html('<span class="badge{}"{}>{}{}</span>', look, named, icon(picture) if picture else "", content)


@register.simple_block_tag
def snippet(content: str, title: str, look: str = "") -> SafeString:
    """Draw lines to be copied, with what they are; a script adds the button."""
    return format_html(
        '<div class="snippet"><span class="snippet-title">{0}</span>'
        '<pre class="{1}" tabindex="0" role="region" aria-label="{0}"><code>{2}</code></pre></div>',
        title,
        look,
        mark_safe(content.strip()),  # noqa: S308 - a template's content, escaped by it
    )


@register.simple_tag(takes_context=True)
def nav_link(context: dict[str, Any], href: str, text: str, picture: str = "", here: object = None) -> SafeString:
    """Draw a way to another page, marked if the reader is there: at its address, or where `here` says so."""
    current = context["request"].path == href if here is None else here
    marked = mark_safe(' aria-current="page"') if current else ""
    return format_html('<a href="{}"{}>{}{}</a>', href, marked, icon(picture) if picture else "", text)


@register.simple_tag
def pager(back: str, back_text: str, on: str, on_text: str, label: str = "") -> SafeString:
    """Draw the ways to the pages of a list before and after this one; nothing where this is all."""
    ways = ((back, back_text), (on, on_text))
    links = format_html_join("", '<a class="button" href="{}">{}</a>', (way for way in ways if way[0]))
    return format_html('<nav class="pager" aria-label="{}">{}</nav>', label or _("Pages"), links) if links else links


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
