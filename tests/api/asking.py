"""Asking the API in tests: JSON in, JSON out, as a session's user or with a token."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.test import Client as Browser

from accounts.models import User
from tests.clients.people import registered
from tests.console import issued
from tests.ground.people import HOST

V1 = "/api/v1/"
NOTHING_SENT: Any = object()


@dataclass(frozen=True, kw_only=True)
class Told:
    status: int
    json: Any
    headers: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Asker:
    """`asker("GET", "clients")`."""

    browser: Browser
    token: str = ""

    def __call__(self, method: str, path: str, data: Any = NOTHING_SENT, **headers: str) -> Told:
        """Headers by their names with `_`; `raw=` sends that text instead of JSON."""
        sent: dict[str, Any] = {
            f"HTTP_{name.upper()}": value for name, value in headers.items() if name not in ("raw", "kind")
        }
        if self.token:
            sent["HTTP_AUTHORIZATION"] = f"Bearer {self.token}"
        body = headers.get("raw", "" if data is NOTHING_SENT else json.dumps(data))
        kind = headers.get("kind", "application/json")
        address = path if path.startswith("/") else V1 + path
        answer = self.browser.generic(method, address, body, content_type=kind, **sent)
        text = answer.content.decode()
        return Told(status=answer.status_code, json=json.loads(text) if text else None, headers=dict(answer.items()))

    def change(self, method: str, path: str, data: Any = NOTHING_SENT) -> Told:
        """With the version that is there now."""
        return self(method, path, data, if_match=self("GET", path).headers["ETag"])


def as_user(user: User) -> Asker:
    """In a session of the console."""
    browser = Browser(HTTP_HOST=HOST)
    browser.force_login(user, backend="accounts.backends.PasswordBackend")
    return Asker(browser=browser)


def by_service(*permissions: str, scope: str = "authserver.*", **changes: Any) -> Asker:
    """With a token of client credentials, whose service account holds these."""
    client = registered(**{"name": "Pipeline", "client_id": "pipeline", "allowed_scope": scope, **changes}).client
    account = client.service_account
    assert account is not None
    User.objects.filter(pk=account.pk).update(permissions=list(permissions), allowed_scope="*")
    return with_token(client, scope=scope_names(scope))


def with_token(client: Any, **fields: Any) -> Asker:
    _, value = issued.valued(client, resource="urn:authserver:api", **fields)
    return Asker(browser=Browser(HTTP_HOST=HOST), token=value)


def scope_names(pattern: str) -> str:
    from policies.models import Scope
    from policies.scopes import pattern_matches

    names = Scope.objects.order_by("name").values_list("name", flat=True)
    return " ".join(name for name in names if any(pattern_matches(element, name) for element in pattern.split()))
