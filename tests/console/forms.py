"""What a browser would send of a page's form, unchanged."""

from __future__ import annotations

from html.parser import HTMLParser


class _Forms(HTMLParser):
    """The controls of the forms that post, each form's apart; text areas keep their line ends."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[list[tuple[str, str]]] = []
        self._inside = False
        self._select = ""
        self._area: tuple[str, str] | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = given.get("method", "").lower() == "post"
            if self._inside:
                self.forms.append([])
        if not self._inside or "disabled" in given:
            return
        name = given.get("name", "")
        if tag == "input" and name and (given.get("type") not in ("checkbox", "radio") or "checked" in given):
            self.forms[-1].append((name, given.get("value", "on" if given.get("type") == "checkbox" else "")))
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in given:
            self.forms[-1].append((self._select, given.get("value", "")))
        elif tag == "textarea":
            self._area = (name, "")

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area = (self._area[0], self._area[1] + data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "select":
            self._select = ""
        elif tag == "textarea" and self._area is not None:
            name, text = self._area
            self.forms[-1].append((name, text.removeprefix("\n").replace("\n", "\r\n")))
            self._area = None


def sent(html: str, *, having: str = "revision") -> dict[str, list[str]]:
    """The values by name of the first form on the page that has a control called `having`."""
    form = next(form for form in _Forms(html).forms if any(name == having for name, _ in form))
    values: dict[str, list[str]] = {}
    for name, value in form:
        values.setdefault(name, []).append(value)
    return values
