"""Error pages: every status in words, with nothing that would need the database."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, TooManyFieldsSent
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from accounts.models import User
from authserver import error_views
from tests.console.html import Page

OUR_URLS = pytest.mark.urls("tests.console.shell_urls")


@pytest.fixture
def request_() -> HttpRequest:
    request = RequestFactory().get("/x/")
    request.request_id = "req-12345678"  # type: ignore[attr-defined]
    return request


@OUR_URLS
@pytest.mark.parametrize("status", sorted(error_views.WORDS))
def test_every_status_has_its_words_and_needs_no_database(status: int, request_: HttpRequest) -> None:
    # Without the django_db mark, any statement would fail this test.
    response = error_views.render_error(request_, status, retry_after=5)
    page = Page(response.text)
    assert response.status_code == status
    assert page.one("h1").text == error_views.WORDS[status].title
    assert page.one("title").text.startswith(error_views.WORDS[status].title)
    assert not page.all("nav")
    assert response["Cache-Control"] == "no-store"
    assert response["Referrer-Policy"] == "no-referrer"


@OUR_URLS
@pytest.mark.parametrize(("status", "page"), [(418, 400), (422, 400), (502, 500)])
def test_a_status_without_a_page_of_its_own_borrows_one(status: int, page: int, request_: HttpRequest) -> None:
    response = error_views.render_error(request_, status)
    assert response.status_code == status
    assert Page(response.text).one("h1").text == error_views.WORDS[page].title


@OUR_URLS
def test_given_words_reference_and_headers_are_shown_as_text(request_: HttpRequest) -> None:
    response = error_views.render_error(
        request_, 400, "<i>No</i>", "<b>Why</b>", reference="R-7QK2", headers={"X-Extra": "1"}
    )
    page = Page(response.text)
    assert (page.one("h1").text, page.by_id("reference").text) == ("<i>No</i>", "R-7QK2")
    assert (response["X-Reference"], response["X-Extra"]) == ("R-7QK2", "1")


@OUR_URLS
def test_r60_a_missing_permission_is_named(request_: HttpRequest) -> None:
    response = error_views.permission_missing(request_, "clients.edit")
    assert response.status_code == 403
    assert Page(response.text).one("code").text == "clients.edit"


@OUR_URLS
@pytest.mark.parametrize(
    ("exception", "status"),
    [(RequestDataTooBig(), 413), (TooManyFieldsSent(), 400), (SuspiciousOperation("detail"), 400), (None, 400)],
)
def test_a_bad_request_keeps_its_details_to_itself(
    exception: Exception | None, status: int, request_: HttpRequest
) -> None:
    response = error_views.bad_request(request_, exception)
    assert response.status_code == status
    assert "detail" not in response.text


@OUR_URLS
@pytest.mark.parametrize(
    ("answer", "status", "header", "value"),
    [
        (lambda r: error_views.method_not_allowed(r, ["GET", "HEAD"]), 405, "Allow", "GET, HEAD"),
        (error_views.too_many_requests, 429, "Retry-After", "60"),
        (error_views.unavailable, 503, "Retry-After", "5"),
        (error_views.unavailable, 503, "X-Reference", "req-12345678"),
        (error_views.server_error, 500, "X-Reference", "req-12345678"),
        (error_views.csrf_failure, 403, "Cache-Control", "no-store"),
        (error_views.forbidden, 403, "Cache-Control", "no-store"),
        (error_views.not_found, 404, "Cache-Control", "no-store"),
    ],
)
def test_each_refusal_carries_its_header(
    answer: Callable[[HttpRequest], HttpResponse], status: int, header: str, value: str, request_: HttpRequest
) -> None:
    response = answer(request_)
    assert (response.status_code, response[header]) == (status, value)


@OUR_URLS
def test_a_fault_of_the_database_outside_a_view_is_an_outage(request_: HttpRequest) -> None:
    try:
        raise OperationalError("connection refused at db.internal")
    except OperationalError:
        response = error_views.server_error(request_)
    assert response.status_code == 503
    assert "db.internal" not in response.text


@OUR_URLS
@pytest.mark.django_db
@pytest.mark.parametrize(("path", "status"), [("/nothing/", 404), ("/broken/", 500), ("/post-only/", 405)])
def test_the_handlers_answer_over_http_without_details(path: str, status: int) -> None:
    client = Client(headers={"host": settings.AUTHSERVER.issuer_host}, raise_request_exception=False)
    client.force_login(User.objects.create_user("mara"), backend="accounts.backends.PasswordBackend")
    response = client.get(path)
    assert response.status_code == status
    assert "secret detail" not in response.text
    assert response["Referrer-Policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in response["Content-Security-Policy"]
    assert Page(response.text).one("h1").text == error_views.WORDS[status].title


@OUR_URLS
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("host", "length", "status"), [("evil.example", 0, 400), (settings.AUTHSERVER.issuer_host, 2**21, 413)]
)
def test_what_is_refused_at_the_edge_is_a_page_under_the_same_policy(host: str, length: int, status: int) -> None:
    response = Client(headers={"host": host}).post("/sign-in/", {}, CONTENT_LENGTH=str(length))
    assert response.status_code == status
    assert "evil.example" not in response.text
    assert "frame-ancestors 'none'" in response["Content-Security-Policy"]


@OUR_URLS
def test_style_sheets_are_served_while_the_database_is_away() -> None:
    # Without the django_db mark, any statement would fail this test.
    response = Client(headers={"host": settings.AUTHSERVER.issuer_host}).get("/static/css/tokens.css")
    assert response.status_code == 200
    assert b"@layer" in b"".join(response)
