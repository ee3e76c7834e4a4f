"""People, service accounts, their groups, the server's settings, and the links that set a password."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone


class Group(models.Model):
    """A role: permissions and scopes that its members hold. Shipped roles (R60) are rows like any other."""

    name = models.CharField(max_length=150, unique=True)
    description = models.CharField(max_length=255, blank=True)
    permissions = models.JSONField(default=list)
    allowed_scope = models.TextField(blank=True)
    shipped = models.BooleanField(default=False)
    # What this server has ever given a shipped role: a newer version adds what is new, and nothing twice.
    shipped_permissions = models.JSONField(default=list, blank=True)
    # Raised by every change of this row: edits compare it.
    revision = models.BigIntegerField(default=1, db_default=1)

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, password: str | None = None, **fields: Any) -> User:
        """A person with a hashed password, or with none that could be used."""
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save()
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username=username)


class User(AbstractBaseUser):  # type: ignore[django-manager-missing] # the reverse of an untyped library's model
    """A person, or the service account of a confidential client (R17). Names share one space."""

    class Kind(models.TextChoices):
        PERSON = "person"
        SERVICE = "service"

    sub = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    username = models.CharField(max_length=255, unique=True)
    email = models.EmailField(max_length=254, blank=True)
    given_name = models.CharField(max_length=150, blank=True)
    family_name = models.CharField(max_length=150, blank=True)
    claims = models.JSONField(default=dict, blank=True)
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.PERSON)
    is_active = models.BooleanField(default=True)
    is_superuser = models.BooleanField(default=False)
    groups = models.ManyToManyField(Group, related_name="members", blank=True)
    permissions = models.JSONField(default=list, blank=True)
    allowed_scope = models.TextField(blank=True)
    created = models.DateTimeField(default=timezone.now)
    deleted_at = models.DateTimeField(null=True, blank=True)
    # Every token remembers its user's epoch: raising it ends them all in one write.
    token_epoch = models.BigIntegerField(default=0)
    # Raised by every change of this row and of its groups: edits compare it.
    revision = models.BigIntegerField(default=1, db_default=1)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        indexes = [
            models.Index(fields=["kind", "username"], name="accounts_user_kind"),
            models.Index(fields=["last_login", "id"], name="accounts_user_last_login"),
        ]

    def __str__(self) -> str:
        return self.username

    @property
    def display_name(self) -> str:
        """The person's name, or the user name where none is given."""
        return f"{self.given_name} {self.family_name}".strip() or self.username

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Sessions end with the password, and with whatever ends the tokens."""
        return f"{self.token_epoch}:{super()._get_session_auth_hash(secret=secret)}"  # type: ignore[misc]

    def has_perm(self, permission: str, subject: object = None) -> bool:
        """Whether this user may do `permission`, on `subject` where one is given (R59)."""
        from accounts.authorization import may

        return may(self, permission, subject)


class ServerSettings(models.Model):
    """The one row of what administrators decide (R62). `require_https` NULL: on outside development."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    access_token_lifetime = models.BigIntegerField(default=3600, db_default=3600)
    require_https = models.BooleanField(null=True)
    legacy_grants = models.BooleanField(default=False, db_default=False)
    self_registration = models.BooleanField(default=False, db_default=False)
    # RFC 7591: clients register themselves, by initial access token.
    dynamic_registration = models.BooleanField(default=False, db_default=False)
    # Of whoever may do more than manage own clients.
    require_second_factor = models.BooleanField(default=False, db_default=False)
    authorization_code_lifetime = models.IntegerField(default=60, db_default=60)  # seconds
    refresh_token_lifetime = models.BigIntegerField(default=2_592_000, db_default=2_592_000)  # seconds, of a family
    require_pkce = models.BooleanField(default=True, db_default=True)
    # R44: protection binds documents and the API too, not the console alone.
    protection_binds_api = models.BooleanField(default=False, db_default=False)
    # For how long what has ended is kept for people to look at, in days.
    retention = models.IntegerField(default=30, db_default=30)
    # R42: requests a minute from one address. Twice what a machine of two cores answers: an API's gateway, which asks
    # about every one of its requests from one address, must never meet it, and a flood does.
    address_budget = models.IntegerField(default=600_000, db_default=600_000)
    # While shared counters are away, clients with a budget are refused; or let through, with an alarm.
    allow_without_counters = models.BooleanField(default=False, db_default=False)
    # How pages show whose server this is; empty for the product's own. The logo is a `data:` URI.
    brand_name = models.CharField(max_length=60, default="", db_default="", blank=True)
    brand_colour = models.CharField(max_length=7, default="", db_default="", blank=True)
    logo = models.TextField(default="", db_default="", blank=True)
    logo_digest = models.CharField(max_length=16, default="", db_default="", blank=True)
    privacy_url = models.CharField(max_length=500, default="", db_default="", blank=True)
    support_url = models.CharField(max_length=500, default="", db_default="", blank=True)
    # The provider that people may sign in with (`accounts.upstream.facts`); empty: none. Its secret is sealed.
    upstream = models.JSONField(default=dict, db_default={}, blank=True)
    upstream_secret = models.TextField(default="", db_default="", blank=True)
    # Raised by every change that a cached decision depends on; hot paths compare it in their one statement.
    policy_version = models.BigIntegerField(default=1, db_default=1)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="accounts_one_settings_row")]

    def __str__(self) -> str:
        return "Server settings"


class SetUpLink(models.Model):
    """The first start's link that makes the first administrator: hashed, once, expiring."""

    token_hash = models.BinaryField(max_length=32, unique=True)
    created = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"Set-up link of {self.created:%Y-%m-%d %H:%M}"


class PasswordLink(models.Model):
    """A link by which a person sets a password, given by an administrator: hashed, once, expiring."""

    user = models.ForeignKey(User, models.CASCADE, related_name="password_links")
    token_hash = models.BinaryField(max_length=32, unique=True)
    created = models.DateTimeField(db_default=Now())
    created_by = models.CharField(max_length=255, blank=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"Password link of {self.created:%Y-%m-%d %H:%M}"


class KeptAnswer(models.Model):
    """What a creation under an `Idempotency-Key` was answered with, without its secret; for a day."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    key_digest = models.BinaryField(max_length=32)
    data_digest = models.BinaryField(max_length=32)
    status = models.SmallIntegerField()
    body = models.JSONField(null=True)
    location = models.CharField(max_length=255, blank=True)
    created = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "key_digest"], name="accounts_one_answer_a_key"),
        ]

    def __str__(self) -> str:
        return f"{self.status} of {self.created:%Y-%m-%d %H:%M}"


class BrowserSession(models.Model):
    """A sign-in in a browser, as its person sees it; beside Django's session of that key."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    session_key = models.CharField(max_length=40, unique=True)
    address = models.CharField(max_length=64, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)
    created = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.user} since {self.created:%Y-%m-%d %H:%M}"
