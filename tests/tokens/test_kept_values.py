"""What the database holds of secrets and tokens: hashes, and nothing that could be used."""

from __future__ import annotations

import pytest
from django.apps import apps

from accounts.models import User
from clients.models import ClientSecret
from tests.configuration.conftest import run as apply
from tests.tokens.registry import make_catalogue, make_client, post

PASSWORD, CUSTOM = "a fine long sentence", "its-own-secret-0123456789"


@pytest.mark.django_db
def test_r16_no_token_and_no_secret_stands_in_the_database() -> None:
    """RFC 6749 §10.3: access token credentials MUST be kept confidential in storage."""
    make_catalogue()
    client, secret = make_client()
    apply({"users": [{"username": "eve", "password": PASSWORD}], "clients": [custom_client()]})
    form = {"grant_type": "client_credentials"}
    token = post("/token", form, client_id=client.client_id, secret=secret).body["access_token"]
    assert post("/introspect", {"token": token}, client_id=client.client_id, secret=secret).body["active"]
    assert post("/revoke", {"token": token}, client_id=client.client_id, secret=secret).status == 200
    assert post("/token", form, client_id="custom", secret=CUSTOM + "x").status == 401
    dump = everything_stored()
    assert "token.revoked" in dump
    for value in (token, secret, secret[12:-6], token[4:], PASSWORD, CUSTOM):
        assert value not in dump


@pytest.mark.django_db
def test_rfc9106_secrets_and_passwords_are_argon2id_each_with_a_salt_of_its_own() -> None:
    """The same password twice and the same secret twice give four hashes; 19 MiB, two passes, one lane."""
    users = [{"username": name, "password": PASSWORD} for name in ("eve", "amy")]
    clients = [{**custom_client(), "clientId": name, "name": name} for name in ("custom", "other")]
    apply({"users": users, "clients": clients})
    passwords = User.objects.filter(username__in=("eve", "amy")).values_list("password", flat=True)
    secrets = ClientSecret.objects.filter(client__client_id__in=("custom", "other")).values_list("hash", flat=True)
    kept = {*passwords, *secrets}
    assert len(kept) == 4
    assert all("$argon2id$v=19$m=19456,t=2,p=1$" in one for one in kept)


def custom_client() -> dict[str, object]:
    grants = ["client_credentials"]
    return {"clientId": "custom", "name": "Custom", "owner": "eve", "grants": grants, "clientSecret": CUSTOM}


def everything_stored() -> str:
    """Every column of every row, as text; what is kept as bytes too."""
    rows = (row for model in apps.get_models() for row in model._default_manager.values_list())
    return "\n".join(
        bytes(v).decode("latin-1") if isinstance(v, bytes | memoryview) else str(v) for row in rows for v in row
    )
