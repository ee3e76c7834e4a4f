"""The table in `docs/consequences.md`, row by row, at the endpoints: what ends, waits, narrows and holds, and when."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

import audit
from accounts import leaving
from accounts.holdings import EVERYTHING
from accounts.models import User
from clients import registration
from clients.life import restoring
from clients.models import Client
from clients.secrets import rotation
from policies.resources import Reach
from tests.configuration.conftest import run
from tests.protocol.authorizing import PROOF
from tests.tokens.registry import Answer, forget_everything, post, post_as
from tokens import authorization_codes, consent
from tokens.authorization_codes import Binding
from tokens.device import codes as device_codes
from tokens.formats import stored_hash
from tokens.models import AuthorizationCode, Consent, TokenFamily
from tokens.signing_keys import rotation as key_rotation

DOCUMENT = Path(__file__).parents[2] / "docs" / "consequences.md"
COLUMNS = ("Codes", "Access tokens", "Refresh tokens", "Device codes", "Consents")
ROW = re.compile(r"^\| ((?:The|A) [^|]+) \|" + r" (\w+) \|" * len(COLUMNS) + "$", re.MULTILINE)
TABLE = {found[0]: dict(zip(COLUMNS, found[1:], strict=True)) for found in ROW.findall(DOCUMENT.read_text())}

BACK, SCOPES = "https://app.example/back", ("ping", "orders.read")
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
SECRET = "the-secret-of-the-app-0123456789"
READER = "the-secret-of-the-reader-0123456"
REGISTRY: dict[str, Any] = {
    "settings": {"legacyGrants": True},
    "users": [{"username": name, "password": f"{name}-and-a-long-password"} for name in ("mara", "ines", "jun")],
    "scopes": [{"name": "ping"}, {"name": "orders.read"}],
    "clients": [
        {"clientId": "app", "name": "app", "owner": "ines", "type": "confidential", "clientSecret": SECRET,
         "grants": ["authorization_code", DEVICE, "password"], "redirectUris": [BACK], "refreshLimit": "unlimited",
         "allowedScope": "ping orders.*"},
        {"clientId": "reader", "name": "reader", "owner": "ines", "type": "confidential", "clientSecret": READER,
         "grants": ["client_credentials"], "allowedScope": "authorization.introspect"},
    ],
}  # fmt: skip


def app() -> Client:
    client: Client = Client.objects.get(client_id="app")
    return client


def mara() -> User:
    return User.objects.get(username="mara")


def new_family(grant_type: str = "authorization_code") -> TokenFamily:
    now, client, user = timezone.now(), app(), mara()
    family: TokenFamily = TokenFamily.objects.create(
        application=client, user=user, scope=" ".join(SCOPES), grant_type=grant_type, auth_time=now, created=now,
        client_epoch=client.token_epoch, user_epoch=user.token_epoch, expires=now + timedelta(days=30),
    )  # fmt: skip
    return family


def new_code(family: TokenFamily) -> str:
    binding = Binding(redirect_uri=BACK, named=True, code_challenge=PROOF.challenge)
    return authorization_codes.issue(family, binding, lifetime=600, now=timezone.now())


def new_device_code() -> str:
    now, reach = timezone.now(), Reach(scopes=SCOPES, audiences=())
    issued = device_codes.issue(client=app(), reach=reach, now=now)
    waiting = device_codes.waiting(issued.user_code, now=now)
    assert waiting is not None
    assert device_codes.approve(waiting, mara(), reach, signed_in_at=now, refreshing=3600, now=now)
    return issued.device_code


@dataclass
class Issued:
    """Everything that one user has allowed to one client, each by an authorization of its own."""

    secret: str | None = SECRET
    code: str = field(default_factory=lambda: new_code(new_family()))
    device_code: str = field(default_factory=new_device_code)
    tokens: dict[str, Any] = field(default_factory=dict)
    first_code: str = field(default_factory=lambda: new_code(new_family()))

    def __post_init__(self) -> None:
        give_consent()
        self.tokens = self.redeem(self.first_code).body

    def ask(self, **form: str) -> Answer:
        if self.secret is None:
            return post_as("", "/token", {**form, "client_id": "app"})
        return post("/token", form, client_id="app", secret=self.secret)

    def redeem(self, code: str) -> Answer:
        return self.ask(grant_type="authorization_code", code=code, redirect_uri=BACK, code_verifier=PROOF.verifier)

    def state(self, column: str) -> str:
        """`holds`, `narrows`, or `ends` for what is refused now."""
        if column == "Access tokens":
            said = post("/introspect", {"token": self.tokens["access_token"]}, client_id="reader", secret=READER).body
            return "holds" if said["active"] else "ends"
        if column == "Consents":
            kept = consent.remembered(mara(), app()) if User.objects.filter(username="mara") else None
            return "holds" if kept or consent_row_stays() else "ends"
        answer = {
            "Codes": lambda: self.redeem(self.code),
            "Refresh tokens": lambda: self.ask(grant_type="refresh_token", refresh_token=self.tokens["refresh_token"]),
            "Device codes": lambda: self.ask(grant_type=DEVICE, device_code=self.device_code),
        }[column]()
        if answer.status != 200:
            return "ends"
        return "holds" if answer.body["scope"] == " ".join(SCOPES) else "narrows"


def give_consent() -> None:
    consent.give(mara(), app(), asked=SCOPES, granted=SCOPES, by=audit.SYSTEM, now=timezone.now())


def consent_row_stays() -> bool:
    """Of a user who is there no more, under whatever name."""
    return not User.objects.filter(username="mara").exists() and Consent.objects.filter(application=app()).exists()


# ── What happens, and how it is undone ──


def of_client(**changes: Any) -> Callable[[Issued], None]:
    return lambda _: _apply({"clients": [{"clientId": "app", **changes}]})


def of_user(**changes: Any) -> Callable[[Issued], None]:
    return lambda _: _apply({"users": [{"username": "mara", **changes}]})


def of_settings(**changes: Any) -> Callable[[Issued], None]:
    return lambda _: _apply({"settings": changes})


def _apply(document: dict[str, Any]) -> None:
    run(document)


def delete_user(_: Issued) -> None:
    leaving.delete(user=mara(), by=audit.SYSTEM, giver=EVERYTHING, now=timezone.now())


def withdraw(_: Issued) -> None:
    consent.withdraw(mara(), app(), by=audit.SYSTEM, now=timezone.now())


def delete_and_restore(issued: Issued) -> None:
    now = timezone.now()
    registration.delete(client=app(), by=audit.SYSTEM, now=now)
    gone = app()
    facts = restoring.with_place(gone, name=gone.name, version=gone.version, owner="ines")
    restoring.restore(client=gone, facts=facts, by=audit.SYSTEM, now=now)
    reset(issued)


def reset(issued: Issued) -> None:
    issued.secret = rotation.rotate(client=app(), by=audit.SYSTEM, now=timezone.now()).secret


def revoke_tokens(_: Issued) -> None:
    registration.revoke_tokens(client=app(), by=audit.SYSTEM, now=timezone.now())


def make_public(issued: Issued) -> None:
    _apply({"clients": [{"clientId": "app", "type": "public", "grants": ["authorization_code", DEVICE]}]})
    issued.secret = None


def rotate_keys(_: Issued) -> None:
    key_rotation.ensure(now=timezone.now())
    key_rotation.rotate(by=audit.SYSTEM, now=timezone.now())


def use_twice(issued: Issued) -> None:
    """The code that was redeemed for the tokens; another code of the same authorization stands for all others."""
    used = AuthorizationCode.objects.select_related("family").get(code_hash=stored_hash(issued.first_code))
    issued.code = new_code(used.family)
    assert issued.redeem(issued.first_code).status == 400


GRANTS = ["authorization_code", DEVICE, "password"]
CHANGES: dict[str, tuple[Callable[[Issued], None], Callable[[Issued], None] | None]] = {
    "The user is deactivated": (of_user(isActive=False), of_user(isActive=True)),
    "The user is deleted": (delete_user, None),
    "The user's password changes": (of_user(password="another-and-a-long-password"), None),
    "The user withdraws the consent": (withdraw, None),
    "The client is deactivated": (of_client(active=False), of_client(active=True)),
    "The client is deleted and restored": (delete_and_restore, None),
    "The client's secret is reset at once": (reset, None),
    "The client's tokens are revoked": (revoke_tokens, None),
    "A grant is taken from the client": (of_client(grants=["password"]), of_client(grants=GRANTS)),
    "A scope is taken from the client": (of_client(allowedScope="ping"), None),
    "A redirect URI is taken from the client": (
        of_client(redirectUris=["https://elsewhere.example/back"]),
        of_client(redirectUris=[BACK]),
    ),
    "The client becomes public": (make_public, None),
    "The client gets another owner": (of_client(owner="jun"), None),
    "The signing keys are rotated": (rotate_keys, None),
    "A lifetime in the settings changes": (
        of_settings(accessTokenLifetime=1, authorizationCodeLifetime=1, refreshTokenLifetime=1),
        None,
    ),
    "The legacy grants are turned off": (of_settings(legacyGrants=False), None),
    "A code or a refresh token is used twice": (use_twice, None),
}


def test_the_table_and_the_changes_are_the_same_rows() -> None:
    assert list(TABLE) == list(CHANGES)
    assert {word for row in TABLE.values() for word in row.values()} == {"holds", "ends", "waits", "narrows"}


@pytest.mark.django_db
@pytest.mark.parametrize("happens", CHANGES)
def test_r46_and_r47_and_r62_what_happens_has_the_consequences_that_the_table_says(happens: str) -> None:
    forget_everything()
    run(REGISTRY)
    issued = Issued()
    change, undo = CHANGES[happens]
    change(issued)
    now = {column: issued.state(column) for column in COLUMNS}
    assert now == {column: "ends" if word == "waits" else word for column, word in TABLE[happens].items()}
    if undo is None:
        return
    undo(issued)
    refused = [column for column, state in now.items() if state == "ends"]
    later = {column: issued.state(column) for column in refused}
    assert later == {column: "holds" if TABLE[happens][column] == "waits" else "ends" for column in refused}
