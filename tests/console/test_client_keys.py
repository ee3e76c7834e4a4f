"""Public keys in the console (R25): given in the form, shown on the tab, told in the activity."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone
from joserfc.jwk import ECKey, RSAKey

from accounts.models import User
from clients.changes.change_words import in_words
from clients.changes.merging import both_entries
from clients.facts import facts_of
from clients.models import Client, ClientKey
from clients.secrets import last_used
from tests.clients.people import registered
from tests.console.forms import sent
from tests.console.html import Page

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Browser]
EC = {**ECKey.generate_key("P-256").as_dict(private=False), "kid": "2026-11"}
RSA = {**RSAKey.generate_key(2048).as_dict(private=False), "kid": "old-one"}
SERVICE: dict[str, Any] = {
    "name": "Billing sync",
    "type": "confidential",
    "grants": ["client_credentials"],
    "allowed_scope": "orders.read",
    "token_endpoint_auth_method": "private_key_jwt",
}


@pytest.fixture
def browser(sign_in: SignIn, administrator: User) -> Browser:
    return sign_in(administrator)


def register(browser: Browser, **fields: Any) -> Client:
    response = browser.post("/clients/new/", {**SERVICE, "client_jwks": json.dumps({"keys": [EC, RSA]}), **fields})
    assert response.status_code == 302, Page(response.content.decode()).all("li")
    page = browser.get(response["Location"]).content.decode()
    assert "It authenticates by its keys" in page
    assert "client-secret" not in page
    assert "client_assertion=$ASSERTION" in page
    client: Client = Client.objects.latest("pk")
    return client


def edit(browser: Browser, client: Client, **fields: Any) -> Any:
    form = sent(browser.get(f"/clients/{client.pk}/edit/").content.decode())
    return browser.post(f"/clients/{client.pk}/edit/", {**form, **fields})


def test_r25_a_client_with_keys_is_registered_without_a_secret_and_its_keys_are_shown(browser: Browser) -> None:
    client = register(browser)
    assert client.secrets.count() == 0
    assert client.service_account is not None
    known = {key.thumbprint for key in ClientKey.objects.filter(client=client)}
    now = timezone.now()
    last_used.note(client_pk=client.pk, secret_pk=None, key=min(known), address="192.0.2.7", now=now)
    last_used.flush()
    page = browser.get(f"/clients/{client.pk}/secrets/").content.decode()
    assert all(words in page for words in (*known, "2026-11", "old-one", "ES256", "RS256", "192.0.2.7"))
    assert "private_key_jwt" in page
    assert "Rotate…" not in page
    assert browser.get(f"/clients/{client.pk}/reset-secret/").status_code == 302
    for path in ("", "activity/", "edit/"):
        assert browser.get(f"/clients/{client.pk}/{path}").status_code == 200


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"client_jwks": ""}, "needs a public key"),
        ({"client_jwks": "nonsense"}, "not a JWK Set"),
        ({"client_jwks": json.dumps(ECKey.generate_key("P-256").as_dict(private=True))}, "This is a private key"),
        ({"client_jwks_uri": "https://app.example/keys"}, "not both"),
        ({"client_jwks": "", "client_jwks_uri": "http://app.example/keys"}, "over https only"),
        ({"client_secret": "a-secret-of-our-own-7391"}, "has no secret"),
        ({"type": "public", "grants": ["authorization_code"], "redirect_uris": "https://a.example/",
          "token_endpoint_auth_method": ""}, "public client has no keys"),
    ],
)  # fmt: skip
def test_r25_what_is_wrong_with_keys_stands_at_their_field(
    browser: Browser, fields: dict[str, Any], words: str
) -> None:
    before = Client.objects.count()
    sent_fields = {**SERVICE, "client_jwks": json.dumps(EC), **fields}
    response = browser.post("/clients/new/", sent_fields)
    assert response.status_code == 200
    assert words in response.content.decode().replace("&quot;", '"')
    assert Client.objects.count() == before


def test_r25_taking_keys_up_ends_the_secrets_and_giving_them_up_shows_a_new_one(browser: Browser) -> None:
    client = registered(name="billing").client
    assert edit(browser, client, token_endpoint_auth_method="private_key_jwt",
                client_jwks=json.dumps(EC)).status_code == 302  # fmt: skip
    client.refresh_from_db()
    assert (client.by_keys, client.secrets.filter(revoked_at=None).count()) == (True, 0)
    assert "2026-11" in browser.get(f"/clients/{client.pk}/activity/").content.decode()
    unchanged = edit(browser, client)
    assert unchanged.status_code == 302
    assert ClientKey.objects.filter(client=client).count() == 1
    back = edit(browser, client, token_endpoint_auth_method="", client_jwks="")
    assert back["Location"] == f"/clients/{client.pk}/credentials/"
    assert "has a secret now" in browser.get(back["Location"]).content.decode()
    assert client.secrets.filter(revoked_at=None).count() == 1
    assert not ClientKey.objects.filter(client=client).exists()


def test_a_change_of_keys_is_told_key_by_key_and_merged_so() -> None:
    old, new, other = (json.dumps(one) for one in (EC, RSA, {**RSA, "kid": "third"}))
    (change,) = in_words({"clientJwks": [[old], [old, new]]})
    assert (change.field, change.come, change.gone) == ("Public keys", ("RS256 · old-one",), ())
    assert both_entries("clientJwks", was=[old], theirs=[old, new], yours=[other]) == [new, other]


def test_of_published_keys_the_first_use_is_how_one_is_known(browser: Browser) -> None:
    client = register(browser, client_jwks="", client_jwks_uri="https://app.example/keys")
    assert facts_of(client).client_jwks_uri == "https://app.example/keys"
    assert "It has not authenticated yet" in browser.get(f"/clients/{client.pk}/secrets/").content.decode()
    for _ in range(2):
        last_used.note(client_pk=client.pk, secret_pk=None, key="t" * 43, address="192.0.2.7", now=timezone.now())
        last_used.flush()
    page = browser.get(f"/clients/{client.pk}/secrets/").content.decode()
    assert "t" * 43 in page
    assert "https://app.example/keys" in page
