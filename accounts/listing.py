"""What the console's lists have in common: facets, columns that a template draws, and pages by number.

`data-rank` and the classes of cells are `static/css/tables.css`' words.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

import django_filters
import django_tables2 as tables
from django.core.paginator import EmptyPage, InvalidPage
from django.utils.html import format_html
from django.utils.safestring import SafeString

PER_PAGE = 50


@dataclass(frozen=True, kw_only=True)
class FacetChoice:
    """One value of a facet; `on`: it narrows the list now."""

    value: str
    label: str
    on: bool


@dataclass(frozen=True, kw_only=True)
class Facet:
    """A filter of several choices."""

    name: str
    label: str
    choices: tuple[FacetChoice, ...]

    @property
    def on(self) -> list[str]:
        """The labels of the choices that are on."""
        return [choice.label for choice in self.choices if choice.on]


def marked(choices: Iterable[tuple[str, str]], chosen: Collection[str]) -> tuple[FacetChoice, ...]:
    """Choices as (value, label), those among `chosen` on."""
    return tuple(FacetChoice(value=value, label=label, on=value in chosen) for value, label in choices)


def column(template: str, css: str | Callable[..., str] = "", *, rank: int = 0, **options: Any) -> Any:
    """A column whose cells `template` draws; no template: the plain value."""
    cell: dict[str, Any] = {"class": css or None}
    head: dict[str, Any] = {"class": options.pop("head", None)}
    if rank:
        cell["data-rank"] = head["data-rank"] = str(rank)
    attrs = {"td": cell, "th": head}
    if not template:
        return tables.Column(attrs=attrs, **options)
    return tables.TemplateColumn(template_name=template, attrs=attrs, **options)


def heading(text: str, title: str) -> SafeString:
    """A short head with its explanation."""
    return format_html('<abbr title="{}">{}</abbr>', title, text)


class PagedTable(tables.Table):
    """A table that shows one page of its rows."""

    def show(self, *, sort: list[str], page: str) -> None:
        """Sort and cut to one page; what is no page shows the nearest one."""
        if sort:
            self.order_by = sort
        number = int(page) if page.isascii() and page.isdigit() and len(page) < 10 else 1
        try:
            self.paginate(page=number, per_page=PER_PAGE)
        except EmptyPage:
            self.paginate(page=max(self.paginator.num_pages, 1), per_page=PER_PAGE)
        except InvalidPage:
            self.paginate(page=1, per_page=PER_PAGE)


class FacetedFilterSet(django_filters.FilterSet):
    """Filters of a list that stand in its address: a search, and facets to choose several of."""

    @property
    def facets(self) -> list[Facet]:
        """What the page draws, in order."""
        return [
            Facet(name=name, label=filter_.label, choices=marked(filter_.extra["choices"], self.data.getlist(name)))
            for name, filter_ in self.filters.items()
            if isinstance(filter_, django_filters.MultipleChoiceFilter)
        ]

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What a search keeps beside its own fields: the order."""
        return [("sort", self.data["sort"])] if self.data.get("sort") else []

    @property
    def narrowed(self) -> bool:
        """Whether any filter is on."""
        return any(value for name in self.filters for value in self.data.getlist(name))
