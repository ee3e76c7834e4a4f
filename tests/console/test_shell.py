"""The console's furniture: who sees which entry, what every page has, and that no page needs what the CSP forbids."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import django_tables2 as tables
import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template import Context, Engine, TemplateSyntaxError, engines
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.models import Group, User
from authserver import shell
from authserver.relative_time import distance, exact
from authserver.templatetags import console
from tests.console.html import Page

TEMPLATES = sorted((Path(settings.BASE_DIR) / "templates").rglob("*.html"))
REFERENCE = "API reference"
OUR_URLS = pytest.mark.urls("tests.console.shell_urls")
NOW = datetime(2026, 11, 22, 3, 48, tzinfo=UTC)


def browser(user: User | None = None) -> Client:
    client = Client(headers={"host": settings.AUTHSERVER.issuer_host})
    if user is not None:
        client.force_login(user, backend="accounts.backends.PasswordBackend")
    return client


def person(role: str = "", **fields: Any) -> User:
    user = User.objects.create_user("mara", given_name="Mara", family_name="Lindqvist", **fields)
    if role:
        user.groups.add(Group.objects.get(name=role))
    return user


def render(source: str, **values: object) -> str:
    return str(engines["django"].from_string(source).render(values))


# ── Navigation ──


def test_every_entry_of_the_navigation_leads_to_a_page_that_exists() -> None:
    for section in shell.NAVIGATION:
        for entry in section.entries:
            assert reverse(entry.page)
            assert entry.icon in console.icon_names()


SIMULATOR, CATALOGUE = "Policies", "Scopes and APIs"


@OUR_URLS
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "labels"),
    [
        ("", ["Dashboard"]),
        ("Developer", ["Dashboard", "Clients", CATALOGUE, SIMULATOR, "Tokens", REFERENCE]),
        ("Client manager", ["Dashboard", "Clients", CATALOGUE, "Namespaces", SIMULATOR, "People", "Tokens", REFERENCE]),
        (
            "Auditor",
            [
                "Dashboard",
                "Clients",
                CATALOGUE,
                "Namespaces",
                SIMULATOR,
                "People",
                "Tokens",
                "Audit",
                "Settings",
                "Signing keys",
                REFERENCE,
            ],
        ),
        (
            "Administrator",
            [
                "Dashboard",
                "Clients",
                CATALOGUE,
                "Namespaces",
                SIMULATOR,
                "People",
                "Tokens",
                "Audit",
                "Settings",
                "Signing keys",
                REFERENCE,
            ],
        ),
    ],
)
def test_r59_an_entry_is_shown_only_to_those_who_may_use_it(role: str, labels: list[str]) -> None:
    page = Page(browser(person(role)).get("/").text)
    links = [link for link in page.all("a") if link.inside.count("nav") == 1 and "li" in link.inside]
    assert [link.text for link in links] == labels


@OUR_URLS
@pytest.mark.django_db
def test_r59_search_is_offered_only_to_those_who_may_see_clients() -> None:
    assert not Page(browser(person()).get("/").text).all("form", class_="search")
    developer = User.objects.create_user("jun", permissions=["clients.own"])
    assert Page(browser(developer).get("/").text).one("form", class_="search")["action"] == "/clients/"


@OUR_URLS
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "current"),
    [("/", {"/": "page"}), ("/clients/", {"/clients/": "page"}), ("/clients/7/", {"/clients/": "true"})],
)
def test_the_entry_of_the_page_is_marked_as_current(path: str, current: dict[str, str]) -> None:
    page = Page(browser(person("Administrator")).get(path).text)
    assert {a["href"]: a["aria-current"] for a in page.all("a") if a.get("aria-current")} == current


@OUR_URLS
@pytest.mark.django_db
@pytest.mark.parametrize(("superuser", "queries"), [(True, 0), (False, 1)])
def test_the_furniture_costs_no_more_than_the_viewers_permissions(
    superuser: bool, queries: int, django_assert_num_queries: Any
) -> None:
    user = person("Client manager", is_superuser=superuser)
    request = RequestFactory().get("/")
    request.user = user
    with django_assert_num_queries(queries):
        assert shell.build(request).viewer.role == ("Super-administrator" if superuser else "Client manager")


@pytest.mark.django_db
@pytest.mark.django_db
def test_a_public_page_asks_for_the_brand_and_nothing_about_the_viewer(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        assert str(shell.console(RequestFactory().get("/"))["server"].name) == "authserver"


# ── The page ──


@OUR_URLS
@pytest.mark.django_db
def test_a_page_has_one_heading_landmarks_and_a_skip_link_that_leads_somewhere() -> None:
    page = Page(browser(person("Administrator")).get("/clients/?q=a&page=1").text)
    assert page.one("h1").text == "Clients"
    assert [nav["aria-label"] for nav in page.all("nav")] == ["Console", "Breadcrumb"]
    assert page.by_id(page.one("a", class_="skip")["href"].removeprefix("#")).tag == "main"
    assert page.one("title").text == "Clients · authserver"
    assert page.one("button", class_="avatar")["aria-label"] == "Your account, Mara Lindqvist"
    assert page.one("a", href="?q=a&page=2")
    for button in page.all("button"):
        assert button.text or button.get("aria-label"), "a button without words"


@OUR_URLS
@pytest.mark.django_db
def test_ids_are_unique_and_every_reference_to_one_is_met() -> None:
    page = Page(browser(person("Administrator")).get("/").text)
    ids = [e["id"] for e in page.elements if e.get("id")]
    assert len(ids) == len(set(ids))
    for name in ("popovertarget", "commandfor", "aria-labelledby", "aria-describedby", "for"):
        for element in page.elements:
            assert set((element.get(name) or "").split()) <= set(ids), (name, element)


@OUR_URLS
@pytest.mark.django_db
def test_signing_out_is_a_form_that_posts_with_a_token() -> None:
    page = Page(browser(person()).get("/").text)
    form = page.one("form", action="/sign-out/")
    assert form["method"] == "post"
    assert page.all("input", name="csrfmiddlewaretoken")


@OUR_URLS
@pytest.mark.django_db
def test_the_sign_in_page_offers_what_password_managers_look_for() -> None:
    page = Page(browser().get("/sign-in/?next=/clients/").text)
    login, password = page.one("input", name="login"), page.one("input", name="password")
    assert (login["autocomplete"], password["autocomplete"]) == ("username", "current-password")
    assert "autofocus" in login.attributes
    assert login.get("placeholder") is None
    assert page.one("input", name="next")["value"] == "/clients/"
    assert not page.all("nav")


@OUR_URLS
@pytest.mark.django_db
def test_a_refused_sign_in_says_so_without_saying_which_half_was_wrong() -> None:
    response = browser().post("/sign-in/", {"login": "nobody", "password": "wrong"})
    page = Page(response.text)
    assert page.one("div", role="alert").text == "That username and password do not match."
    assert "autofocus" in page.one("input", name="password").attributes


# ── What the CSP forbids ──


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(settings.BASE_DIR)))
def test_no_template_holds_inline_script_or_style(path: Path) -> None:
    source = path.read_text()
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:|data:", source)
    assert not re.search(r"<script(?![^>]*\ssrc=)", source)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(settings.BASE_DIR)))
def test_every_template_compiles_and_names_icons_and_files_that_exist(path: Path) -> None:
    source = path.read_text()
    engines["django"].from_string(source)
    assert set(re.findall(r'{% icon "([^"]+)" %}', source)) <= console.icon_names()
    for name in re.findall(r"{% static '([^']+)' %}", source):
        assert finders.find(name), name


def test_style_sheets_name_no_colour_outside_the_tokens_and_fetch_nothing() -> None:
    for path in sorted((Path(settings.BASE_DIR) / "static" / "css").rglob("*.css")):
        source = path.read_text()
        assert "url(" not in source, path.name
        if path.name != "tokens.css":
            assert not re.search(r"#[0-9a-f]{3,8}\b|oklch\(|rgba?\(|hsl", source), path.name


# ── Elements ──


def test_an_unknown_icon_or_tone_is_an_error_and_no_hole_in_the_page() -> None:
    with pytest.raises(TemplateSyntaxError, match="no icon 'unicorn'"):
        render('{% icon "unicorn" %}')
    with pytest.raises(KeyError):
        render('{% status "Active" tone="pink" %}')


def test_a_copyable_value_is_text_and_names_itself_on_its_button() -> None:
    page = Page(render("{% copyable value %}", value='a"<b>'))
    assert page.one("code").text == 'a"<b>'
    assert page.one("button")["data-copy"] == 'a"<b>'
    assert page.one("button")["aria-label"] == 'Copy a"<b>'


def test_r14_a_secret_stands_unbroken_in_one_element() -> None:
    page = Page(render('{% secret_box value "secret" label="the secret" %}', value="as_m4t8_Qk2vYx0"))
    assert page.by_id("secret").text == "as_m4t8_Qk2vYx0"
    assert page.one("button")["data-copy-from"] == "secret"


def test_block_elements_show_their_content_and_escape_their_words() -> None:
    html = render(
        '{% callout title=title tone="warn" %}<p>{{ body }}</p>{% endcallout %}'
        '{% nothing icon="clients" %}<p>No client matches.</p>{% endnothing %}'
        '{% dialog "drop" title=title action="/x/" confirm="Delete" keep="Keep" %}<p>Why</p>{% enddialog %}',
        title="<i>",
        body="<u>",
    )
    assert "<i>" not in html
    assert "<u>" not in html
    page = Page(html)
    assert [h2.text for h2 in page.all("h2")] == ["<i>", "No Data Available", "<i>"]
    assert [p.text for p in page.all("p")] == ["<u>", "No client matches.", "Why"]
    assert page.one("dialog")["aria-labelledby"] == "drop-title"
    assert page.one("button", command="close")["commandfor"] == "drop"


@pytest.mark.parametrize(
    ("gap", "words", "short"),
    [
        (timedelta(seconds=59), "now", "now"),
        (timedelta(minutes=1), "1 minute ago", "1 min ago"),
        (timedelta(minutes=59, seconds=59), "59 minutes ago", "59 min ago"),
        (timedelta(hours=5), "5 hours ago", "5 h ago"),
        (timedelta(days=59), "59 days ago", "59 d ago"),
        (timedelta(days=90), "3 months ago", "3 mo ago"),
        (timedelta(days=800), "2 years ago", "2 y ago"),
        (-timedelta(days=9) + timedelta(seconds=0.2), "in 9 days", "in 9 d"),
    ],
)
def test_moments_are_told_by_their_distance(gap: timedelta, words: str, short: str) -> None:
    assert str(distance(NOW - gap, now=NOW)) == words
    assert str(distance(NOW - gap, now=NOW, short=True)) == short


def test_a_moment_carries_its_exact_time() -> None:
    page = Page(render("{% when moment %}", moment=NOW))
    assert page.one("time")["datetime"] == "2026-11-22T03:48:00Z"
    assert page.one("time")["title"] == exact(NOW) == "2026-11-22 03:48:00 UTC"
    assert Page(render("{% when moment %}", moment=None)).one("span").text == "Never"


@pytest.mark.parametrize(
    ("name", "letters"), [("Mara Lindqvist", "ML"), ("admin", "AD"), ("Ada B. Öst", "AÖ"), ("x", "X"), ("—", "?")]
)
def test_initials_are_two_letters(name: str, letters: str) -> None:
    assert console.initials(name) == letters


def test_a_table_of_the_console_marks_its_order_and_keeps_the_query() -> None:
    class Names(tables.Table):
        name = tables.Column()
        age = tables.Column(orderable=False, attrs={"td": {"data-rank": "2"}})

    table = Names([{"name": "<b>", "age": 1}], order_by="-name")
    request = RequestFactory().get("/?q=a&page=3")
    template = Engine.get_default().get_template("elements/table.html")
    page = Page(template.render(Context({"table": table, "request": request})))
    heads = page.all("th")
    assert (heads[0]["aria-sort"], heads[1].get("aria-sort")) == ("descending", None)
    assert page.one("a")["href"] == "?q=a&sort=name"
    assert [td.text for td in page.all("td")] == ["<b>", "1"]
