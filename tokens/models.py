"""What is issued. Values are never stored, only their SHA-256; no foreign key points at a token row.

Rows refer to their client and user without a database constraint: people and clients are deleted softly, and a
row whose client or user is gone is dead at once, because every look-up joins them and compares epochs.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.db.models.functions import Now
from oauth2_provider.models import (
    AbstractAccessToken,
    AbstractDeviceGrant,
    AbstractGrant,
    AbstractIDToken,
    AbstractRefreshToken,
)

from accounts.models import User
from clients.models import Client


def _loosely(model: type[models.Model], **options: Any) -> models.ForeignKey[Any, Any]:
    return models.ForeignKey(model, models.DO_NOTHING, related_name="+", db_constraint=False, **options)


class TokenFamily(models.Model):
    """One authorization: what a user allowed a client, and everything issued from it (R31).

    `grant_type`: the grant that it came by. `expires`: the end of refreshing (R29). `auth_time`, `claims`: when the
    user had signed in, and the request's `claims` (OpenID Connect Core §2, §5.5).
    """

    application = _loosely(Client)
    user = _loosely(User, null=True)
    grant_type = models.CharField(max_length=64, db_default="authorization_code")
    scope = models.TextField(blank=True)
    resource = models.TextField(blank=True)
    auth_time = models.DateTimeField(null=True)
    claims = models.TextField(blank=True)
    client_epoch = models.BigIntegerField()
    user_epoch = models.BigIntegerField(default=0)
    created = models.DateTimeField(db_default=Now())
    expires = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["user", "application"], name="tokens_family_user"),
            models.Index(fields=["expires"], name="tokens_family_expires"),
        ]

    def __str__(self) -> str:
        return f"Token family {self.pk}"


class DailyCount(models.Model):
    """What came of one client's requests for tokens on one day (UTC): `tokens.daily_counts` adds to it."""

    client = models.ForeignKey(Client, models.CASCADE, related_name="+")
    day = models.DateField(db_index=True)
    issued = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "day"], name="tokens_one_count_a_client_and_day")]

    def __str__(self) -> str:
        return f"{self.day}: {self.issued} issued, {self.refused} refused"


class Consent(models.Model):
    """What a user has allowed a client, to be asked no more and to be withdrawn (R64). `scope` by single spaces."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    application = models.ForeignKey(Client, models.CASCADE, related_name="+")
    scope = models.TextField(blank=True)
    # A client that was deleted and restored begins anew.
    client_epoch = models.BigIntegerField()
    created = models.DateTimeField()
    given_at = models.DateTimeField()
    used_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "application"], name="tokens_one_consent_a_client"),
        ]

    def __str__(self) -> str:
        return f"Consent {self.pk}"


class AccessToken(AbstractAccessToken):
    """An access token. `expires` NULL: never (R28). `resource`: audiences separated by spaces."""

    token = None
    token_checksum = None
    source_refresh_token = None
    id_token = None
    updated = None

    token_hash = models.BinaryField(max_length=32, unique=True)
    application = _loosely(Client, db_index=False)
    user = _loosely(User, null=True, db_index=False)
    family = models.ForeignKey(TokenFamily, models.DO_NOTHING, null=True, db_constraint=False, related_name="+")
    resource = models.TextField(blank=True, db_default="")
    client_epoch = models.BigIntegerField()
    user_epoch = models.BigIntegerField(db_default=0)
    created = models.DateTimeField(db_default=Now())
    expires = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta(AbstractAccessToken.Meta):
        indexes = [
            models.Index(fields=["application", "-id"], name="tokens_access_application"),
            models.Index(fields=["expires"], name="tokens_access_expires"),
            # What must be found among millions, and costs an insert nothing where a token expires.
            models.Index(fields=["-id"], condition=models.Q(expires=None), name="tokens_access_never"),
        ]


class PersonalToken(models.Model):
    """What a person calls a token of their own (R52): beside its family, and its access token by that one's number."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    application = _loosely(Client)
    family = _loosely(TokenFamily)
    access_number = models.BigIntegerField(unique=True)
    name = models.CharField(max_length=100)
    created = models.DateTimeField()
    expires = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class DailyTotal(models.Model):
    """What came of all requests for tokens on one day (UTC): the sum over the clients' counts, kept with them."""

    day = models.DateField(unique=True)
    issued = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.day}"


class InitialAccessToken(models.Model):
    """What lets a stranger register clients, within its limits (RFC 7591 §3)."""

    token_hash = models.BinaryField(max_length=32, unique=True)
    name = models.CharField(max_length=100)
    owner = models.ForeignKey(User, models.CASCADE, related_name="+")
    grant_types = models.CharField(max_length=255)
    allowed_scope = models.TextField(blank=True)
    redirect_hosts = models.TextField(blank=True)
    clients_left = models.IntegerField()
    created = models.DateTimeField()
    created_by = models.CharField(max_length=255, blank=True)
    expires = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class Registration(models.Model):
    """That a client registered itself, and the token by which it manages that (RFC 7592)."""

    client = models.OneToOneField(Client, models.DO_NOTHING, related_name="+", db_constraint=False)
    initial_token = models.ForeignKey(InitialAccessToken, models.PROTECT, related_name="registrations")
    token_hash = models.BinaryField(max_length=32, unique=True)
    created = models.DateTimeField()

    def __str__(self) -> str:
        return f"Registration of {self.client_id}"


class RefreshToken(AbstractRefreshToken):
    """A refresh token. `generation`: how often its family had been refreshed when it was issued (R29)."""

    token = None
    token_checksum = None
    access_token = None
    token_family = None
    updated = None
    revoked = None
    resource = None

    token_hash = models.BinaryField(max_length=32, unique=True)
    application = _loosely(Client, db_index=False)
    user = _loosely(User, db_index=False)
    # Found by the constraint's index, which begins with it.
    family = models.ForeignKey(TokenFamily, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    generation = models.BigIntegerField(default=0)
    created = models.DateTimeField(db_default=Now())
    expires = models.DateTimeField(null=True)
    consumed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["expires"], name="tokens_refresh_expires"),
            models.Index(fields=["application", "-id"], name="tokens_refresh_application"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["family", "generation"], name="tokens_one_refresh_a_generation"),
        ]


class AuthorizationCode(AbstractGrant):
    """An authorization code, hashed, used once (RFC 6749 §4.1.2)."""

    code = None
    updated = None

    code_hash = models.BinaryField(max_length=32, unique=True)
    application = _loosely(Client, db_index=False)
    user = _loosely(User)
    family = models.ForeignKey(TokenFamily, models.DO_NOTHING, db_constraint=False, related_name="+")
    resource = None
    claims = None
    scope = None
    created = models.DateTimeField(db_default=Now())
    consumed_at = models.DateTimeField(null=True)
    # Whether the request named its redirect URI: the token request must then name it too (RFC 6749 §4.1.3).
    redirect_named = models.BooleanField(default=True)

    class Meta(AbstractGrant.Meta):
        indexes = [models.Index(fields=["application", "-id"], name="tokens_code_application")]


class IDToken(AbstractIDToken):
    """That an ID token was issued; its value is not kept."""

    updated = None

    jti = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    application = _loosely(Client)
    user = _loosely(User)
    created = models.DateTimeField(db_default=Now())


class DeviceCode(AbstractDeviceGrant):
    """A device authorization (RFC 8628): both codes hashed, decided once, redeemed once. Approved, it has a family."""

    device_code = None
    user_code = None
    client_id = None
    last_checked = None

    device_code_hash = models.BinaryField(max_length=32, unique=True)
    user_code_hash = models.BinaryField(max_length=32, unique=True)
    application = _loosely(Client)
    user = _loosely(User, null=True)
    family = models.ForeignKey(TokenFamily, models.DO_NOTHING, null=True, db_constraint=False, related_name="+")
    client_epoch = models.BigIntegerField(default=0)
    resource = models.TextField(blank=True, default="")
    polled_at = models.DateTimeField(null=True)
    consumed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: list[models.BaseConstraint] = []
        indexes = [models.Index(fields=["expires"], name="tokens_device_expires")]


class UsedAssertion(models.Model):
    """A client's assertion that was used (RFC 7523 §3, `jti`): a hash, kept until its age alone refuses it."""

    digest = models.BinaryField(primary_key=True, max_length=32)
    ends = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"Used assertion, until {self.ends}"


class RevocationRun(models.Model):
    """Revoking all that a filter matches, from the preview on (`tokens.console.runs`).

    `query`: the list's address. `place`: below which row of each table it goes on. `families`, `alone`: what it has
    ended so far. `confirmed_at` NULL: nobody has said yes to it yet.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    query = models.CharField(max_length=2000, blank=True)
    place = models.JSONField()
    batches = models.BigIntegerField(default=0)
    families = models.BigIntegerField(default=0)
    alone = models.BigIntegerField(default=0)
    created = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["created"], name="tokens_run_created")]

    def __str__(self) -> str:
        return f"Revocation {self.pk}"


class Trace(models.Model):
    """How a refusal came about (`tokens.traces`), under the reference of its event. Purged long before that.

    No foreign key: a trace tells what was, whatever becomes of its client.
    """

    reference = models.CharField(max_length=16, unique=True)
    at = models.DateTimeField(db_index=True)
    endpoint = models.CharField(max_length=32)
    client_id = models.CharField(max_length=255, blank=True)
    client_number = models.BigIntegerField(null=True)
    address = models.CharField(max_length=64, blank=True)
    status = models.SmallIntegerField()
    error = models.CharField(max_length=64, blank=True)
    sentence = models.TextField(blank=True)
    about = models.TextField(blank=True)
    asked = models.JSONField(default=dict)
    steps = models.JSONField(default=list)

    def __str__(self) -> str:
        return self.reference


class SigningKey(models.Model):
    """A key that signs JWTs (`tokens.signing_keys`): its public JWK, and its private part sealed.

    At most one is current and one is next for each algorithm, which decides races between workers. `needed_until`:
    when the last token that it may have signed has ended.
    """

    class State(models.TextChoices):
        NEXT = "next"
        CURRENT = "current"
        RETIRED = "retired"

    kid = models.CharField(max_length=64, unique=True)
    algorithm = models.CharField(max_length=8)
    state = models.CharField(max_length=8, choices=State.choices)
    public_jwk = models.JSONField()
    private_sealed = models.BinaryField()
    created = models.DateTimeField()
    activated_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)
    needed_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["algorithm"], condition=models.Q(state="current"), name="tokens_one_current_key"
            ),
            models.UniqueConstraint(fields=["algorithm"], condition=models.Q(state="next"), name="tokens_one_next_key"),
        ]

    def __str__(self) -> str:
        return self.kid
