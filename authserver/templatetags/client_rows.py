"""A row of the list of clients (R50), drawn in one go.

Every other page is made of templates. This one shows up to 200 rows of a dozen cells, and templates took most of the
page's time for that (docs/decisions/0018). The classes and ranks are tables.css' words: what leaves as the page
narrows, and what a card on a phone shows.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache, lru_cache
from html import escape

from django import template
from django.template.context import Context
from django.utils.safestring import SafeString, mark_safe

from authserver.relative_time import exact
from authserver.templatetags.console import icon, tone_icon, when
from clients.models import Client
from clients.tables import Row, SecretCell

register = template.Library()

ROW = """<tr{dim}>{choice}
<td class="num muted off-phone" data-rank="2">{number}</td>
<td class="clip at-start"><span class="named"
  ><a class="lead" href="{url}" title="{name}"><bdi>{name}</bdi></a>{flags}</span></td>
<td><span class="copyable"><code title="{id}">{id}</code
  ><button class="copy" type="button" data-copy="{id}" aria-label="Copy {id}">{copy}</button></span></td>
<td class="off-phone" data-rank="2">{type}</td>
<td class="beside" data-rank="1"><span class="tags">{tags}</span></td>
<td class="off-phone" data-rank="3">{redirect}</td>
<td{secret_leaves}>{secret}</td>
<td class="off-phone" data-rank="3">{owner}</td>
<td class="num at-end">{used}</td>
<td{status_leaves}>{status}</td>
<td class="at-end corner"><button class="button plain square" type="button" popovertarget="row-{number}"
  aria-label="Actions for {name}">{more}</button>{menu}</td>
</tr>"""
CHOICE = """
<td class="off-phone"><input type="checkbox" form="bulk" name="pk" value="{number}" autocomplete="off"
  aria-label="Select {name}"></td>"""
VERSION = '<span class="muted">{version}</span>'
FLAG = '<span class="flag" data-tone="{tone}" title="{words}">{icon}<span class="vh">{words}</span></span>'
FINDINGS = """<a class="flag" data-tone="{level}" href="{url}#lint" title="Linter: {score} of 100, {words}"
  >{icon}<span class="vh">Findings of {name}: {score} of 100</span></a>"""
TAG = '<abbr class="tag"{tone} title="{title}">{word}</abbr>'
REDIRECT = '<span class="redirect"><span class="ellipsis" title="{all}">{first}</span>{more}</span>'
MORE = '<span class="muted">+{number}</span>'
IN_ORDER = """<span class="status" data-tone="ok"><span><span class="muted" aria-hidden="true">••••</span>
  <time datetime="{stamp}" title="Set {exact}">{day}</time><span class="vh">, in order</span></span></span>"""
ENDING = '<span class="status" data-tone="{tone}"><span class="tone">{words} {when}</span></span>'
PERSON, NAME = (
    '<a class="ellipsis" href="{url}" title="{title}">{name}</a>',
    '<span class="ellipsis" title="{title}">{name}</span>',
)

EMPTY, NOTHING = mark_safe(""), mark_safe('<span class="muted">—</span>')
DIM, OFF_PHONE = mark_safe(' data-dim="true"'), mark_safe(' class="off-phone"')
LEGACY = mark_safe(' data-tone="warn"')
KEYS, NONE = mark_safe('<span class="muted">keys</span>'), mark_safe('<span class="muted">none</span>')
SERVER = mark_safe('<span class="muted">server</span>')
ACTIVE = mark_safe('<span class="status" data-tone="ok">Active</span>')
INACTIVE = mark_safe('<span class="status" data-tone="quiet">Inactive</span>')
TYPES = dict(Client.CLIENT_TYPES)
SERIOUS = {"danger": "a serious finding", "warn": "a warning"}
MOST_REDIRECTS = 20  # in a title


def put(markup: str, **values: str | int) -> SafeString:
    """The markup, with every value escaped that is not markup itself.

    `format_html` without its care for lazily translated values, which is three quarters of what it costs.
    """
    safe = {name: value if isinstance(value, SafeString) else escape(str(value)) for name, value in values.items()}
    return mark_safe(markup.format_map(safe))  # noqa: S308 (escaped above)


@register.simple_tag(takes_context=True)
def client_row(context: Context, row: Row) -> SafeString:
    """Takes `bulk` (whether rows are chosen) and `shell.sees_people` from the page."""
    client = row.client
    return put(
        ROW,
        dim=EMPTY if client.is_active else DIM,
        choice=put(CHOICE, number=client.pk, name=client.name) if context["bulk"] else EMPTY,
        number=client.pk,
        url=row.url,
        name=client.name,
        flags=_flags(row),
        id=client.client_id,
        copy=icon("copy"),
        type=TYPES[client.client_type],
        tags=_tags(tuple(row.tags)),
        redirect=_redirect(row),
        secret=_secret(row.secret),
        secret_leaves=EMPTY if row.secret.needs_somebody else OFF_PHONE,
        owner=_owner(row, linked=context["shell"].sees_people),
        used=when(client.last_used_at, short=True, never="—"),
        status=ACTIVE if client.is_active else INACTIVE,
        status_leaves=OFF_PHONE if client.is_active else EMPTY,
        more=icon("more"),
        menu=row.menu,
    )


def _flags(row: Row) -> SafeString:
    client = row.client
    flags = [
        put(VERSION, version=client.version) if client.version else EMPTY,
        _flag("guard", "shield", "Protected") if client.is_protected else EMPTY,
        _flag("warn", "infinity", "Access tokens never expire") if client.access_tokens_never_expire else EMPTY,
        _findings(row) if client.linter_level in SERIOUS else EMPTY,
    ]
    return mark_safe("".join(flags))  # noqa: S308 (each is)


@cache
def _flag(tone: str, drawn: str, words: str) -> SafeString:
    return put(FLAG, tone=tone, icon=icon(drawn), words=words)


def _findings(row: Row) -> SafeString:
    client = row.client
    return put(
        FINDINGS,
        level=client.linter_level,
        url=row.url,
        score=client.linter_score or 0,
        words=SERIOUS[client.linter_level],
        icon=icon(tone_icon(client.linter_level)),
        name=client.name,
    )


@lru_cache(maxsize=256)
def _tags(tags: tuple[tuple[str, str, bool], ...]) -> SafeString:
    drawn = [
        put(TAG, tone=LEGACY if legacy else EMPTY, title=f"{name} (legacy)" if legacy else name, word=word)
        for word, name, legacy in tags
    ]
    return mark_safe("".join(drawn))  # noqa: S308 (each is)


def _redirect(row: Row) -> SafeString:
    if not row.redirect:
        return NOTHING
    more = put(MORE, number=row.more_redirects) if row.more_redirects else EMPTY
    return put(REDIRECT, all="\n".join(row.uris[:MOST_REDIRECTS]), first=row.redirect, more=more)


def _secret(secret: SecretCell) -> SafeString:
    if secret.by_keys:
        return KEYS
    if secret.state == "ok" and secret.set_on:
        return _in_order(secret.set_on)
    if secret.state == "expiring":
        return put(ENDING, tone="warn", words="expires", when=when(secret.ends))
    if secret.state == "expired":
        return put(ENDING, tone="danger", words="expired", when=when(secret.ends))
    return NONE


def _in_order(set_on: datetime) -> SafeString:
    moment = set_on.astimezone(UTC)
    stamp = moment.isoformat(timespec="seconds").replace("+00:00", "Z")
    return put(IN_ORDER, stamp=stamp, exact=exact(moment), day=f"{moment.day} {moment:%b %Y}")


def _owner(row: Row, *, linked: bool) -> SafeString:
    owner = row.client.owner
    if owner is None:
        return SERVER
    if not linked:
        return put(NAME, title=owner.username, name=owner.display_name)
    return put(PERSON, url=row.owner_url, title=owner.username, name=owner.display_name)
