"""The lives of signing keys, with a turned clock: made once, published before use, rotated, sealed, withdrawn."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

import audit
from accounts import key_derivation, server_settings
from accounts.models import ServerSettings
from audit.models import Event
from tests.tokens.registry import make_client, post
from tokens import checks
from tokens.models import SigningKey
from tokens.signing_keys import rotation, tending
from tokens.signing_keys.pairs import ALGORITHMS
from tokens.signing_keys.ring import Ring, ring
from tokens.signing_keys.sealed import Unreadable, seal, unseal

NOW = timezone.now()
BY = audit.Actor(name="mara")
pytestmark = pytest.mark.django_db


def at(days: float) -> datetime:
    return NOW + timedelta(days=days)


def held() -> Ring:
    return ring(server_settings.current().policy_version)


def kids(state: str) -> set[str]:
    return set(SigningKey.objects.filter(state=state).values_list("kid", flat=True))


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The list behind AUTHSERVER_SECRET_KEY, to be changed as an operator does."""
    chosen = ["first-secret-of-this-server-0123456789"]

    def use() -> None:
        monkeypatch.setattr(settings, "AUTHSERVER", replace(settings.AUTHSERVER, secret_keys=tuple(chosen)))
        key_derivation.derived_keys.cache_clear()

    class Chosen(list[str]):
        def become(self, *keys: str) -> None:
            chosen[:] = keys
            use()

    use()
    yield Chosen(chosen)
    monkeypatch.undo()
    key_derivation.derived_keys.cache_clear()


# ── Made once ──


def test_first_use_makes_a_current_and_a_next_key_of_each_algorithm() -> None:
    assert SigningKey.objects.count() == 0
    keys = held().keys
    assert sorted((key.algorithm, key.state) for key in keys) == [
        ("ES256", "current"), ("ES256", "next"), ("RS256", "current"), ("RS256", "next"),
    ]  # fmt: skip
    rotation.ensure(now=NOW)
    assert SigningKey.objects.count() == 4


def test_what_is_missing_is_made_and_every_worker_told() -> None:
    held()
    version = server_settings.current().policy_version
    SigningKey.objects.filter(state="next", algorithm="ES256").delete()
    rotation.ensure(now=NOW)
    assert server_settings.current().policy_version == version + 1
    assert len(held().keys) == 4


def test_the_database_keeps_one_current_and_one_next_key_whoever_comes_second() -> None:
    """Two workers that found none have both made theirs: the second one's are ignored."""
    rotation.ensure(now=NOW)
    first = kids("current") | kids("next")
    SigningKey.objects.bulk_create(
        [
            SigningKey(
                kid=f"{algorithm}-{state}", algorithm=algorithm, state=state, public_jwk={}, private_sealed=b"",
                created=NOW,
            )
            for algorithm in ALGORITHMS
            for state in rotation.SIGNING
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    assert kids("current") | kids("next") == first


# ── Rotated ──


def test_a_rotation_makes_the_next_keys_current_at_once_and_keeps_the_old_published() -> None:
    before = held()
    rotation.rotate(by=BY, now=NOW)
    after = held()
    for algorithm in ALGORITHMS:
        heir = next(key for key in before.keys if key.algorithm == algorithm and key.state == "next")
        assert after.current(algorithm).kid == heir.kid
    assert {key["kid"] for key in before.key_set()["keys"]} < {key["kid"] for key in after.key_set()["keys"]}
    assert len(after.keys) == 6
    event = Event.objects.get(kind="signing_keys.rotated")
    assert event.changes == {a: [before.current(a).kid, after.current(a).kid] for a in ALGORITHMS}


def test_who_decided_about_other_keys_changes_nothing() -> None:
    held()
    seen = kids("current")
    rotation.rotate(by=BY, now=NOW, seen=seen)
    again = kids("current")
    with pytest.raises(rotation.ChangedMeanwhile):
        rotation.rotate(by=BY, now=NOW, seen=seen)
    assert kids("current") == again


def test_the_command_rotates_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    held()
    coming = kids("next")
    call_command("rotate_keys")
    assert kids("current") == coming
    said = capsys.readouterr().out
    assert all(kid in said for kid in coming)
    assert Event.objects.get(kind="signing_keys.rotated").actor_name == "rotate_keys"


def test_the_schedule_rotates_after_ninety_days_and_not_before() -> None:
    tending.tend(NOW)
    first = kids("current")
    tending.tend(at(89.9))
    assert kids("current") == first
    coming = kids("next")
    tending.tend(at(90))
    assert kids("current") == coming
    assert tending.rotates_at(list(SigningKey.objects.all())) == at(180)
    assert Event.objects.get(kind="signing_keys.rotated").actor_name == "system"


def test_the_schedule_lets_no_key_sign_that_verifiers_hardly_know() -> None:
    tending.tend(NOW)
    SigningKey.objects.filter(state="next").update(created=at(89.5))
    tending.tend(at(90))
    assert not kids("retired")
    tending.tend(at(90.5))
    assert len(kids("retired")) == 2


def test_a_retired_key_stays_until_the_last_token_that_it_signed_has_ended() -> None:
    """By the longest life that a client's JWTs have, also where that is shortened before the rotation."""
    client, _ = make_client(token_format="jwt", access_token_lifetime=10 * 86_400)
    tending.tend(NOW)
    client.access_token_lifetime = 60
    client.save()
    rotation.rotate(by=BY, now=at(0.5))
    tending.tend(at(9.9))
    assert len(kids("retired")) == 2
    tending.tend(at(10.5))
    assert not kids("retired")
    assert [event.detail["kid"] for event in Event.objects.filter(kind="signing_keys.withdrawn")]


def test_lives_beyond_the_calendar_keep_a_key_for_good() -> None:
    make_client(token_format="jwt", access_token_lifetime=2_147_483_647)
    rotation.rotate(by=BY, now=NOW)
    tending.tend(at(365 * 60))
    assert len(kids("retired")) >= 2


def test_only_a_retired_key_can_be_withdrawn_and_only_once() -> None:
    rotation.rotate(by=BY, now=NOW)
    current, retired = sorted(kids("current"))[0], sorted(kids("retired"))[0]
    with pytest.raises(rotation.ChangedMeanwhile):
        rotation.withdraw(current, by=BY, now=NOW)
    rotation.withdraw(retired, by=BY, now=NOW)
    assert held().find(retired) is None
    with pytest.raises(rotation.ChangedMeanwhile):
        rotation.withdraw(retired, by=BY, now=NOW)


# ── Held by workers ──


def test_a_worker_asks_for_the_keys_once_a_policy_version() -> None:
    held()
    version = server_settings.current().policy_version
    with CaptureQueriesContext(connection) as queries:
        ring(version), ring(version - 1), ring(version)
    assert len(queries) == 0
    server_settings.bump_policy_version()
    with CaptureQueriesContext(connection) as queries:
        ring(version + 1), ring(version + 1)
    assert len(queries) == 1


def test_a_rotation_binds_a_worker_that_remembers_at_its_next_token() -> None:
    _, secret = make_client(token_format="jwt")

    def signed_by() -> str:
        value = post("/token", {"grant_type": "client_credentials"}, client_id="service", secret=secret)
        head = value.body["access_token"].split(".")[0]
        return str(json.loads(key_bytes(head))["kid"])

    first = signed_by()
    assert first == signed_by() == held().current("ES256").kid
    rotation.rotate(by=BY, now=NOW)
    assert signed_by() == SigningKey.objects.get(state="current", algorithm="ES256").kid != first


def key_bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


# ── Sealed ──


def test_the_database_holds_no_private_part_in_clear() -> None:
    for key in held().keys:
        private = key.private.as_dict(private=True)
        row = SigningKey.objects.values().get(kid=key.kid)
        dumped = repr({**row, "private_sealed": bytes(row["private_sealed"])})
        for name in {"d", "p", "q", "dp", "dq", "qi"} & set(private):
            number = str(private[name])
            assert number not in dumped
            assert key_bytes(number) not in bytes(row["private_sealed"])
            assert name not in row["public_jwk"]
        assert "d" in private


def test_a_sealed_part_is_bound_to_its_key_and_to_the_secret(secrets: list[str]) -> None:
    sealed = seal(b"private", kid="one")
    assert unseal(sealed, kid="one") == b"private"
    assert seal(b"private", kid="one") != sealed
    broken = (sealed[:-1] + bytes([sealed[-1] ^ 1]), b"", b"\x01", b"\x02" + sealed[1:], sealed[:13])
    for value, kid in ((sealed, "other"), *((one, "one") for one in broken)):
        with pytest.raises(Unreadable):
            unseal(value, kid=kid)


def test_a_secret_is_replaced_without_a_break(secrets: list[str]) -> None:
    """docs/operations.md: known to all first, then first in line, then the old one goes."""
    old, new = secrets[0], "second-secret-of-this-server-0123456789"
    held()
    secrets.become(new, old)  # type: ignore[attr-defined]
    assert rotation.unreadable() == []
    tending.tend(NOW)
    secrets.become(new)  # type: ignore[attr-defined]
    assert rotation.unreadable() == []
    assert len(held().keys) == 4


def test_with_another_secret_starting_and_checking_say_so_and_rotating_mends_it(secrets: list[str]) -> None:
    first = held()
    secrets.become("quite-another-secret-0123456789-0123456789")  # type: ignore[attr-defined]
    assert len(rotation.unreadable()) == 4
    (said,) = checks.signing_keys_open(databases=["default"])
    assert "AUTHSERVER_SECRET_KEY" in str(said.msg)
    assert checks.signing_keys_open(databases=None) == []
    with pytest.raises(Exception, match="AUTHSERVER_SECRET_KEY"):
        call_command("check", databases=["default"])
    rotation.rotate(by=BY, now=NOW)
    assert rotation.unreadable() == []
    assert {key.kid for key in held().keys if key.state == "retired"} == {
        key.kid for key in first.keys if key.state == "current"
    }
    assert held().current("RS256").private


def test_a_key_that_cannot_be_opened_is_a_503_and_no_fault_of_ours(secrets: list[str]) -> None:
    _, secret = make_client(token_format="jwt")
    rotation.ensure(now=NOW)
    key = SigningKey.objects.get(algorithm="ES256", state="current")
    SigningKey.objects.filter(pk=key.pk).update(private_sealed=b"\x01" + b"x" * 80)
    answer = post("/token", {"grant_type": "client_credentials"}, client_id="service", secret=secret)
    assert (answer.status, answer.body["error"]) == (503, "temporarily_unavailable")
    assert "AUTHSERVER_SECRET_KEY" in str(Event.objects.filter(kind="token.refused").last().detail)  # type: ignore[union-attr]


def test_a_store_that_is_not_migrated_passes_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import OperationalError

    def missing() -> list[str]:
        raise OperationalError("no such table")

    monkeypatch.setattr(checks, "unreadable", missing)
    assert checks.signing_keys_open(databases=["default"]) == []
    monkeypatch.setattr(rotation, "rotate", lambda **_: missing())
    with pytest.raises(CommandError, match="migrate"):
        call_command("rotate_keys")


def test_the_policy_version_is_raised_by_every_change_of_the_keys() -> None:
    held()
    before = ServerSettings.objects.get().policy_version
    rotation.rotate(by=BY, now=NOW)
    assert ServerSettings.objects.get().policy_version == before + 1
    rotation.withdraw(sorted(kids("retired"))[0], by=BY, now=NOW)
    assert ServerSettings.objects.get().policy_version == before + 2
