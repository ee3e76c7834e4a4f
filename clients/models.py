"""The registry's rows. Rules about them live in the rooms beside this file, never here."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Coalesce
from django.utils import timezone
from oauth2_provider.models import AbstractApplication

from accounts.models import User
from clients.list_models import BulkItem, BulkRun, SavedView

__all__ = ["BulkItem", "BulkRun", "Client", "ClientSecret", "FindingDismissal", "SavedView"]


def _listed(*fields: str, name: str, **conditions: bool) -> models.Index:
    """An index of the clients that are listed: those that are not deleted."""
    return models.Index(fields=fields, condition=models.Q(deleted_at=None, **conditions), name=f"clients_by_{name}")


class Namespace(models.Model):
    """A part of an organisation's world that clients may reach (R8), known by its name."""

    name = models.CharField(max_length=100, unique=True)
    description = models.TextField(blank=True)
    # Who may give it to clients (R36).
    administrators = models.ManyToManyField(User, related_name="administered_namespaces", blank=True)

    def __str__(self) -> str:
        return self.name


class Client(AbstractApplication):
    """A registered client (RFC 6749 §2). `pk` is its sequence number, never reused (R6)."""

    class TokenFormat(models.TextChoices):
        OPAQUE = "opaque"
        JWT = "jwt"

    # Columns of django-oauth-toolkit that this server decides elsewhere or does not have.
    user = None
    authorization_grant_type = None
    client_secret = None
    hash_client_secret = None
    skip_authorization = None
    algorithm = None
    allowed_origins = None
    registration_source = None
    cimd_expires_at = None

    client_id = models.CharField(max_length=255, unique=True)
    version = models.CharField(max_length=255, blank=True)
    # (name, version), NFKC-casefolded (R3); NULL while soft-deleted, which frees the name.
    name_key = models.CharField(max_length=1200, unique=True, null=True)
    display_name = models.CharField(max_length=255, blank=True)
    description = models.TextField(blank=True)
    grant_types = models.CharField(max_length=400, blank=True)  # separated by spaces, like a scope
    allowed_scope = models.TextField(blank=True)
    # A narrower one that refuses nothing yet: what it would have refused is counted (`policies.use`).
    watched_scope = models.TextField(blank=True, default="", db_default="")
    owner = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="owned_clients")
    service_account = models.OneToOneField(User, models.PROTECT, null=True, blank=True, related_name="service_client")
    is_system = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    access_token_lifetime = models.BigIntegerField(null=True, blank=True)  # seconds; NULL: the global setting
    access_tokens_never_expire = models.BooleanField(default=False)
    refresh_limit = models.BigIntegerField(null=True, blank=True, default=0)  # NULL: unlimited
    refresh_grace = models.IntegerField(default=0, db_default=0)  # seconds (R31)
    token_format = models.CharField(max_length=6, choices=TokenFormat.choices, default=TokenFormat.OPAQUE)
    # RFC 7518 §3.1; of ID tokens as OpenID Connect Registration §2 names it, of access tokens (RFC 9068) likewise.
    id_token_signed_response_alg = models.CharField(max_length=8, default="RS256", db_default="RS256")
    access_token_signed_response_alg = models.CharField(max_length=8, default="ES256", db_default="ES256")
    pkce_required = models.BooleanField(default=True)
    namespaces = models.ManyToManyField(Namespace, related_name="clients", blank=True)
    primary_namespace = models.ForeignKey(Namespace, models.PROTECT, null=True, blank=True, related_name="+")
    # Empty: HTTP Basic or body. Otherwise exactly the named one (RFC 7591 §2).
    token_endpoint_auth_method = models.CharField(max_length=32, blank=True)
    # R37, a rule a line (`clients.rules.network_rules`), and whether they guard the user's browser at
    # /authorize too (R38).
    network_rules = models.TextField(blank=True, default="", db_default="")
    network_rules_at_authorize = models.BooleanField(default=True, db_default=True)
    # R40, a rule a line (`clients.rules.rate_rules`).
    rate_rules = models.TextField(blank=True, default="", db_default="")
    # Public keys, a JWK a line; or where the client publishes them (RFC 7591 §2, `jwks` and `jwks_uri`).
    client_jwks = models.TextField(blank=True, default="", db_default="")
    client_jwks_uri = models.CharField(max_length=2000, blank=True, default="", db_default="")

    is_protected = models.BooleanField(default=False)
    protected_reason = models.TextField(blank=True)
    protected_by = models.CharField(max_length=255, blank=True)
    protected_at = models.DateTimeField(null=True, blank=True)

    deleted_at = models.DateTimeField(null=True, blank=True)
    deleted_by = models.CharField(max_length=255, blank=True, default="", db_default="")
    last_used_at = models.DateTimeField(null=True, blank=True)
    # Raised by every change of this row: edits and hot-path caches compare it.
    revision = models.BigIntegerField(default=1)
    # Every token remembers its client's epoch: raising it ends them all in one write.
    token_epoch = models.BigIntegerField(default=0)

    # What the list stands on, kept by `clients.listing.keeping` beside every change; neither raises `revision`.
    search_text = models.TextField(blank=True, db_default="", default="")
    linter_score = models.SmallIntegerField(null=True, blank=True)  # per cent of the rules; NULL: not judged yet
    linter_level = models.CharField(max_length=6, blank=True, db_default="", default="")  # the worst finding's

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(owner__isnull=False) | models.Q(is_system=True), name="clients_owner_required"
            ),
        ]
        # The list's orders and facets (R51). `(fact, id)` answers "newest first" of one value, and sorting by the fact.
        indexes = [
            _listed("id", name="all"),
            _listed("name_key", "id", name="name"),
            _listed("client_id", "id", name="client_id"),
            _listed("client_type", "id", name="type"),
            _listed("grant_types", "id", name="grants"),
            _listed("is_active", "id", name="active"),
            _listed("owner", "id", name="owner"),
            _listed("last_used_at", "id", name="last_used"),
            models.Index(
                Coalesce("last_used_at", "created"), condition=models.Q(deleted_at=None), name="clients_by_idleness"
            ),
            _listed("linter_level", "id", name="level"),
            _listed("id", name="protected", is_protected=True),
            _listed("id", name="never", access_tokens_never_expire=True),
            models.Index(
                fields=["deleted_at"], condition=models.Q(deleted_at__isnull=False), name="clients_client_deleted"
            ),
        ]

    def __str__(self) -> str:
        return self.client_id

    @property
    def grants(self) -> tuple[str, ...]:
        """The grant types that this client may use, in the documents' words."""
        return tuple(self.grant_types.split())

    @property
    def confidential(self) -> bool:
        return bool(self.client_type == self.CLIENT_CONFIDENTIAL)

    @property
    def by_keys(self) -> bool:
        """Whether it authenticates by signed assertions (RFC 7523), so that it has no secret."""
        return self.confidential and self.token_endpoint_auth_method == "private_key_jwt"

    @property
    def title(self) -> str:
        """What people call it: display name, else client id (R1)."""
        return self.display_name or self.client_id


class ClientSecret(models.Model):
    """One secret of a client: only its Argon2id hash. `key_id` is public and stands inside the secret.

    A custom secret (R13) has no key id of its own inside; at most one lives per client.
    """

    client = models.ForeignKey(Client, models.CASCADE, related_name="secrets")
    key_id = models.CharField(max_length=16, unique=True)
    hash = models.CharField(max_length=160)
    custom = models.BooleanField(default=False)
    label = models.CharField(max_length=100, blank=True)
    created = models.DateTimeField(default=timezone.now)
    created_by = models.CharField(max_length=255, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    first_used_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    last_used_from = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["client", "-created"], name="clients_secret_client"),
            models.Index(
                fields=["expires_at", "client"],
                condition=models.Q(revoked_at=None, expires_at__isnull=False),
                name="clients_secret_ending",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["client"],
                condition=models.Q(custom=True, revoked_at=None),
                name="clients_one_custom_secret",
            )
        ]

    def __str__(self) -> str:
        return self.key_id


class ClientKey(models.Model):
    """When a public key of a client was first known, and last used: facts for people beside the key itself."""

    client = models.ForeignKey(Client, models.CASCADE, related_name="keys")
    thumbprint = models.CharField(max_length=43)  # RFC 7638
    since = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    last_used_from = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "thumbprint"], name="clients_key_known_once")]

    def __str__(self) -> str:
        return self.thumbprint


class FindingDismissal(models.Model):
    """A finding of the linter that a person set aside, saying why. It stays until it is restored."""

    client = models.ForeignKey(Client, models.CASCADE, related_name="finding_dismissals")
    rule = models.CharField(max_length=64)
    reason = models.TextField()
    by = models.CharField(max_length=255)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "rule"], name="clients_one_dismissal_a_rule"),
        ]

    def __str__(self) -> str:
        return self.rule


class PurgedClient(models.Model):
    """What stays of a client that was purged (R47): its id and number, which nobody is given again."""

    number = models.BigIntegerField(unique=True)
    client_id = models.CharField(max_length=255, unique=True)
    purged_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.client_id


class PendingImport(models.Model):
    """A document between its preview and its import (R49), sealed: it may hold secrets. Gone within the hour.

    Once it is applied only the outcome is kept: `[[action, number], …]`.
    """

    token = models.CharField(max_length=43, unique=True)
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    sealed = models.BinaryField()
    created = models.DateTimeField(db_index=True)
    outcome = models.JSONField(null=True)

    def __str__(self) -> str:
        return f"Import of {self.created:%Y-%m-%d %H:%M}"
