"""Imports go one way, and few places know the protocol libraries or HTTP."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.source import ORDER, Module, above, imports_any, modules

pytestmark = pytest.mark.once

# The upgrade plan of django-oauth-toolkit and oauthlib: whoever changes their version reads these.
KNOW_THE_PROTOCOL_LIBRARIES = {"clients.models", "tokens.models", "tokens.server", "tokens.validator"}
PROTOCOL_LIBRARIES = ("oauth2_provider", "oauthlib")

# Everything else is a rule room: plain values in, a value or an exception of our own out.
HTTP = ("django.http", "django.shortcuts", "django.views", "rest_framework", "allauth", "django_htmx", "csp")
KNOW_HTTP = {
    "accounts.adapter",
    "accounts.authentication_time",
    "accounts.backends",
    "accounts.sign_in_events",
    "accounts.sign_in_forms",
    "accounts.group_forms",
    "accounts.password_checks",
    "accounts.password_forms",
    "accounts.person_forms",
    "accounts.rest.filtering",
    "accounts.rest.reading",
    "accounts.rest.refusing",
    "accounts.rest.resources",
    "accounts.branding.views",
    "accounts.second_factors.adapter",
    "accounts.second_factors.demanding",
    "accounts.second_factors.events",
    "accounts.second_factors.forms",
    "accounts.second_factors.keeping",
    "accounts.second_factors.views",
    "accounts.sessions.keeping",
    "accounts.upstream.arriving",
    "accounts.upstream.pages",
    "accounts.upstream.protocol",
    "accounts.upstream.views",
    "accounts.sessions.views",
    "accounts.views.fetching",
    "accounts.views.groups",
    "accounts.settings_form",
    "accounts.views.passwords",
    "accounts.views.people",
    "accounts.views.settings",
    "accounts.views.signing_in",
    "accounts.views.signing_up",
    "audit.views",
    "authserver.configuration.pages",
    "authserver.api",
    "authserver.dashboard",
    "authserver.delivery.views",
    "authserver.edge",
    "authserver.edge_rules",
    "authserver.error_views",
    "authserver.health",
    "authserver.machine_addresses",
    "authserver.middleware",
    "authserver.settings",
    "authserver.shell",
    "authserver.static_files",
    "authserver.step_up",
    "authserver.urls",
    "clients.forms.client_form",
    "clients.forms.form_values",
    "clients.forms.life_forms",
    "clients.forms.secret_forms",
    "clients.forms.hand_over_forms",
    "clients.views.bulk",
    "clients.views.changing",
    "clients.views.copying",
    "clients.views.deleted",
    "clients.views.editing",
    "clients.views.exporting",
    "clients.views.fetching",
    "clients.views.importing",
    "clients.views.form_pages",
    "clients.views.framing",
    "clients.views.naming",
    "clients.views.mending",
    "clients.views.merging",
    "clients.views.leaving",
    "clients.views.listing",
    "clients.views.protecting",
    "clients.views.reverting",
    "clients.views.secrets",
    "clients.views.showing",
    "tokens.api.authentication",
    "tokens.registering.endpoint",
    "tokens.registering.views",
    "tokens.account_pages",
    "tokens.console.run_views",
    "tokens.console.views",
    "tokens.authorize.answers",
    "tokens.authorize.views",
    "tokens.device.guesses",
    "tokens.device.views",
    "tokens.end_session.views",
    "tokens.endpoints",
    "policies.catalogue.api_pages",
    "policies.catalogue.client_pages",
    "policies.catalogue.scope_pages",
    "policies.network_pages",
    "policies.rate_pages",
    "tokens.key_pages",
    "tokens.resource_server.for_django",
    "tokens.resource_server.for_drf",
    "tokens.personal.forms",
    "tokens.personal.views",
    "tokens.simulator.views",
    "tokens.traces.views",
}


@pytest.mark.parametrize("package", ORDER)
def test_no_package_imports_one_above_it(package: str) -> None:
    upward = [
        f"{module.path}:{line} imports {name}"
        for module in modules()
        if module.package == package
        for line, name in module.imports()
        if name.partition(".")[0] in above(package)
    ]
    assert upward == []


def test_few_listed_places_know_the_protocol_libraries() -> None:
    assert {m.name for m in modules() if imports_any(m, PROTOCOL_LIBRARIES)} == KNOW_THE_PROTOCOL_LIBRARIES


def test_few_listed_places_know_http() -> None:
    assert {m.name for m in modules() if imports_any(m, HTTP)} == KNOW_HTTP


def test_no_string_reaches_upward_for_a_model_or_a_module() -> None:
    """`get_model("tokens.AccessToken")` in a lower room is an import in disguise."""
    from django.apps import apps

    models = {model._meta.label_lower for model in apps.get_models()}
    names = {module.name for module in modules()}
    knocks = [
        f"{module.path}:{line} says {text!r}"
        for module in modules()
        for line, text in module.strings()
        if text.partition(".")[0] in above(module.package)
        if text.lower() in models or (text in names and "." in text)
    ]
    assert knocks == []


LOOK_UPS = {"get_model", "get_app_config", "import_module", "import_string", "__import__"}


def test_no_look_up_by_name_reaches_upward() -> None:
    knocks = [
        f"{module.path}:{call.lineno}"
        for module in modules()
        for call in look_ups(module)
        if isinstance(call.args[0], ast.Constant) and str(call.args[0].value).partition(".")[0] in above(module.package)
    ]
    assert knocks == []


def look_ups(module: Module) -> Iterator[ast.Call]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and node.args:
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in LOOK_UPS:
                yield node


def test_no_lower_room_follows_a_relation_that_an_upper_one_declares() -> None:
    """`user.owned_clients` in `accounts` would know clients without importing them."""
    from django.apps import apps

    accessors = {
        (relation.get_accessor_name(), model._meta.app_label, relation.related_model._meta.app_label)
        for model in apps.get_models()
        for relation in model._meta.related_objects
        if model._meta.app_label in ORDER and relation.related_model._meta.app_label in above(model._meta.app_label)
    }
    knocks = [
        f"{module.path}:{node.lineno} follows {node.attr}"
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute)
        for name, _, declared_in in accessors
        if node.attr == name and declared_in in above(module.package)
    ]
    assert knocks == []


def test_the_lower_rooms_import_no_project_settings_module() -> None:
    """Settings are read through `django.conf`, so that no room can bypass the environment."""
    importers = [m.name for m in modules() if m.package != "authserver" and imports_any(m, ("authserver.settings",))]
    assert importers == []
