"""Addresses for the shell's own tests: the names that the furniture needs, and one page of each kind."""

from allauth.account import views as allauth_views
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path
from django.views.decorators.http import require_POST

PAGE = """{% extends "console.html" %}{% block title %}Clients{% endblock %}{% block crumb %}Clients{% endblock %}
{% block head %}<div><h1>Clients</h1></div>{% endblock %}
{% block content %}<a href="{% querystring page=2 %}">2</a>{% endblock %}"""


def page(request: HttpRequest, **_: object) -> HttpResponse:
    return HttpResponse(engines["django"].from_string(PAGE).render({}, request))


def broken(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError("the secret detail")


@require_POST
def post_only(request: HttpRequest) -> HttpResponse:
    return HttpResponse("posted")


urlpatterns = [
    path("", page, name="dashboard"),
    path("clients/", page, name="client_list"),
    path("clients/<int:number>/", page, name="client_overview"),
    path("scopes/", page, name="scope_list"),
    path("namespaces/", page, name="namespace_list"),
    path("policies/", page, name="policy_simulator"),
    path("people/", page, name="people_list"),
    path("tokens/", page, name="token_list"),
    path("audit/", page, name="audit"),
    path("settings/", page, name="settings"),
    path("settings/keys/", page, name="key_list"),
    path("sign-in/", allauth_views.login, name="account_login"),
    path("sign-in/passkey/", page, name="mfa_login_webauthn"),
    path("sign-out/", page, name="account_logout"),
    path("account/", page, name="account"),
    path("api/docs/", page, name="api_docs"),
    path("broken/", broken),
    path("post-only/", post_only),
]

handler400 = "authserver.error_views.bad_request"
handler403 = "authserver.error_views.forbidden"
handler404 = "authserver.error_views.not_found"
handler429 = "authserver.error_views.too_many_requests"
handler500 = "authserver.error_views.server_error"
