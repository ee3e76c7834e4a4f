"""R59, R60: every page × every shipped role, from one table; and no page links to what its viewer is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.http import HttpResponse
from django.test import Client as Browser
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import Group, User
from accounts.permissions import SHIPPED_ROLES, Permission
from clients.models import Client
from tests.clients.people import client_named, person
from tests.console import issued
from tests.console.page_table import ELSEWHERE, PAGES, Page

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Browser]
HELD = {role.name: frozenset(role.permissions) for role in SHIPPED_ROLES} | {"": frozenset()}
WORDS = {
    "slug:rule": "x", "slug:key_id": "x", "slug:token": "x", "str:token": "x", "slug:form": "csv",
    "slug:colour": "aabbcc", "slug:digest": "ab", "int:event": "1", "int:pk": "1",
}  # fmt: skip
MOST = 400  # pages of a walk


def routes() -> dict[str, str]:
    """`{name: pattern}` of everything that is no machine address and no operation of the API."""

    def walk(patterns: Iterable[Any], before: str = "") -> Iterator[tuple[str, str]]:
        for one in patterns:
            pattern = f"{before}{one.pattern}"
            if isinstance(one, URLResolver):
                yield from walk(one.url_patterns, pattern)
            elif isinstance(one, URLPattern) and one.name and not pattern.startswith("api/v1/"):
                yield one.name, f"/{pattern}"

    return dict(walk(get_resolver().url_patterns))


ROUTES = routes()


@pytest.fixture
def rows() -> dict[str, str]:
    """Somebody else's client, token, group and account."""
    client = client_named("Of somebody else", owner="owner")
    return {
        "client": str(client.pk),
        "token": f"at_{issued.access(client).pk}",
        "people": str(User.objects.get(username="owner").pk),
        "group": str(Group.objects.create(name="Plain").pk),
    }


def address(name: str, rows: dict[str, str]) -> str:
    family = name.partition("_")[0]
    found = ROUTES[name].replace("<slug:public_id>", rows["token"])
    found = found.replace("<int:number>", rows[family] if family in ("people", "group") else rows["client"])
    for word, value in WORDS.items():
        found = found.replace(f"<{word}>", value)
    return found


def ask(browser: Browser, path: str) -> HttpResponse:
    """By GET, or by an empty POST where only that is answered."""
    answer: Any = browser.get(path)
    if answer.status_code == 405:
        answer = browser.post(path, {})
    if answer.streaming:
        list(answer.streaming_content)
    return answer  # type: ignore[no-any-return]


def missing(page: Page, role: str) -> Permission | None:
    held = HELD[role]
    if page.own and Permission.CLIENTS_OWN in held:
        return None
    return next((permission for permission in page.needs if permission not in held), None)


def test_the_table_knows_every_page_and_no_other() -> None:
    assert sorted(page.name for page in PAGES) == sorted(set(ROUTES) - ELSEWHERE)


@pytest.mark.parametrize("role", HELD, ids=lambda role: role or "nobody")
def test_r59_and_r60_each_page_answers_each_role_as_the_table_says(
    role: str, sign_in: SignIn, rows: dict[str, str]
) -> None:
    browser = sign_in(person("viewer", role) if role else person("viewer"))
    faults = []
    for page in PAGES:
        if page.name == "account_logout":
            continue  # it would end this walk
        answer, lacked = ask(browser, address(page.name, rows)), missing(page, role)
        named = lacked is None or f">{lacked}<" in answer.content.decode()
        refused = lacked is not None or page.of_everything
        if answer.status_code >= 500 or (answer.status_code == 403) is not refused or not named:
            faults.append(f"{page.name}: {answer.status_code}, {lacked or 'allowed'}")
    assert faults == []


def test_whoever_is_not_signed_in_sees_public_pages_alone(anonymous: Browser, rows: dict[str, str]) -> None:
    for page in PAGES:
        answer = anonymous.get(address(page.name, rows))
        asked = answer.status_code == 302 and answer["Location"].startswith("/sign-in/?next=")
        assert asked is not page.public, (page.name, answer.status_code)


class _Links(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found += [value for name, value in attrs if name == "href" and value]


@pytest.mark.parametrize("role", HELD, ids=lambda role: role or "nobody")
def test_r59_no_page_links_to_what_its_viewer_is_refused(role: str, sign_in: SignIn, rows: dict[str, str]) -> None:
    """A walk along every link from the dashboard on, with a client of one's own and one of somebody else."""
    viewer = person("viewer", role) if role else person("viewer")
    own = client_named("My own", owner="viewer")
    issued.access(own)
    browser = sign_in(viewer)
    to_see = ["/", f"/clients/{rows['client']}/"][: 2 if Permission.CLIENTS_VIEW in HELD[role] else 1]
    seen: set[str] = set()
    faults: list[str] = []
    while to_see and len(seen) < MOST:
        path = to_see.pop(0)
        plain = path.partition("?")[0]
        if path in seen or sum(one.partition("?")[0] == plain for one in seen) > 3:
            continue  # a few views of one page are enough
        seen.add(path)
        answer = ask(browser, path)
        if answer.status_code in (403, 404) or answer.status_code >= 500:
            faults.append(f"{path}: {answer.status_code}")
        if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
            leads = (urljoin(path, href) for href in _Links(answer.content.decode()).found)
            parts = [(link, urlsplit(link)) for link in leads]
            to_see += [link.partition("#")[0] for link, part in parts if not part.netloc and not part.scheme]
    assert faults == []
    assert len(seen) >= (4 if role == "" else 15)
    assert Client.objects.filter(pk=own.pk).exists()
