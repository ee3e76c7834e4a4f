"""The console's parts as tags: `{% icon %}`, `{% when %}`, `{% callout %}` … drawn by `templates/elements/`.

A wrong name (of an icon, of a tone) raises, so that no page shows a hole.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from django import template
from django.contrib.staticfiles import finders
from django.template.context import Context
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import User
from authserver.relative_time import distance, exact

register = template.Library()

SPRITE = "icons.svg"
TONE_ICONS = {
    "ok": "check",
    "info": "info",
    "warn": "warning",
    "danger": "danger",
    "guard": "shield",
    "quiet": "info",
}
MESSAGE_TONES = {"debug": "quiet", "info": "info", "success": "ok", "warning": "warn", "error": "danger"}


@cache
def icon_names() -> frozenset[str]:
    """The names in the sprite, the one place where icons are drawn."""
    path = finders.find(SPRITE)
    if not isinstance(path, str):
        raise template.TemplateSyntaxError(f"There is no static file {SPRITE!r}.")
    return frozenset(re.findall(r'<symbol id="([a-z-]+)"', Path(path).read_text()))


@register.simple_tag
@cache
def icon(name: str) -> SafeString:
    """An icon of the sprite. Decoration only: words stand beside it, or in the button's `aria-label`."""
    if name not in icon_names():
        raise template.TemplateSyntaxError(f"There is no icon {name!r}.")
    return format_html(
        '<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><use href="{}#{}"/></svg>',
        static(SPRITE),
        name,
    )


@register.filter
def tone_icon(tone: str) -> str:
    """The icon that repeats a tone's meaning in shape."""
    return TONE_ICONS[tone]


@register.filter
def message_tone(level_tag: str) -> str:
    """The tone of one of Django's messages."""
    return MESSAGE_TONES[level_tag]


@register.filter
def initials(name: str) -> str:
    """Two letters for a round: of the first and the last word, or the first two of a single one."""
    words: list[str] = re.findall(r"\w+", name)
    if not words:
        return "?"
    letters = words[0][:2] if len(words) == 1 else words[0][0] + words[-1][0]
    return letters.upper()


@register.filter
def number(value: int) -> str:
    """A count with its thousands apart."""
    return f"{value:,}"


@register.simple_tag
def when(moment: datetime | None, short: bool = False, never: str = "Never") -> SafeString:
    """A moment relative to now, the exact one in its title; `never` where there is none.

    `short` is for table columns ("4 min"); its "ago" shows only where a row has become a card.
    """
    if moment is None:
        return format_html('<span class="muted">{}</span>', never)
    gap = distance(moment, now=timezone.now(), short=short)
    words: str | SafeString = str(gap)
    if short and gap.amount and not gap.ahead:
        words = format_html('{}<span class="ago"> ago</span>', gap.amount)
    stamp = moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return format_html('<time datetime="{}" title="{}">{}</time>', stamp, exact(moment), words)


@register.filter(name="exact")
def exact_filter(moment: datetime) -> str:
    """The moment to the second, in UTC."""
    return exact(moment)


@register.simple_tag(takes_context=True)
def person(context: Context, user: User, name: str = "") -> SafeString:
    """Somebody's name (or `name`), leading to their page where the viewer may see people."""
    shown = name or user.display_name
    if not context["shell"].sees_people:
        return format_html("{}", shown)
    return format_html('<a href="{}">{}</a>', reverse("people_person", args=[user.pk]), shown)


@register.inclusion_tag("elements/copyable.html")
def copyable(value: object) -> dict[str, Any]:
    """An id or other short value in mono, with its copy button."""
    return {"value": value}


@register.inclusion_tag("elements/secret_box.html")
def secret_box(value: object, target: str, label: str, primary: bool = False) -> dict[str, Any]:
    """A value to be taken away, unbroken in the one element `target`, with a copy button that has words."""
    return {"value": value, "target": target, "label": label, "primary": primary}


@register.inclusion_tag("elements/code.html")
def code(text: str, target: str, title: str) -> dict[str, Any]:
    """A block of code in the element `target`, under its title, with a copy button."""
    return {"text": text, "target": target, "title": title}


@register.inclusion_tag("elements/status.html")
def status(words: object, tone: str = "ok") -> dict[str, Any]:
    """The state of a row: shape and tone, and always words."""
    tone_icon(tone)
    return {"words": words, "tone": tone}


@register.inclusion_tag("elements/badge.html")
def badge(words: object, tone: str = "quiet", icon: str = "") -> dict[str, Any]:
    """A verdict or a count in a head."""
    tone_icon(tone)
    return {"words": words, "tone": tone, "icon": icon}


@register.simple_block_tag(takes_context=True)
def callout(context: Context, content: str, title: str, tone: str = "info", level: str = "h2") -> SafeString:
    """What the reader must know before acting."""
    values = {"title": title, "tone": tone, "icon": tone_icon(tone), "level": level}
    return _element(context, "elements/callout.html", content, values)


@register.simple_block_tag(takes_context=True)
def nothing(context: Context, content: str, icon: str, level: str = "h2", compact: bool = False) -> SafeString:
    """An empty state: `No Data Available`, then (the content) why, and the way out."""
    return _element(context, "elements/empty.html", content, {"icon": icon, "level": level, "compact": compact})


@register.simple_block_tag(takes_context=True)
def dialog(
    context: Context,
    content: str,
    target: str,
    title: str,
    action: str,
    confirm: str,
    keep: str = "Cancel",
    danger: bool = False,
) -> SafeString:
    """A question before a change, as a form that posts to `action`. `keep` says what stays when it is closed.

    Open it by `<button type="button" command="show-modal" commandfor="TARGET">`.
    """
    values = {
        "target": target,
        "title": title,
        "action": action,
        "confirm": confirm,
        "keep": keep,
        "danger": danger,
    }
    return _element(context, "elements/dialog.html", content, values)


def _element(context: Context, name: str, content: str, values: dict[str, Any]) -> SafeString:
    """Render an element of its own values alone, plus the CSRF token that a form in it needs."""
    if context.template is None:
        raise template.TemplateSyntaxError(f"{name} is drawn by a tag, inside a template.")
    inner = context.new({**values, "content": content, "csrf_token": context.get("csrf_token")})
    return context.template.engine.get_template(name).render(inner)
