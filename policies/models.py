"""The scope catalogue, its APIs, and from where clients are used."""

from django.db import models

from clients.models import Client


class Api(models.Model):
    """A resource server: its audience (RFC 8707) and who may introspect tokens meant for it (R56)."""

    name = models.CharField(max_length=100, unique=True)
    audience = models.CharField(max_length=2000, unique=True)
    description = models.TextField(blank=True)
    introspectors = models.ManyToManyField(Client, related_name="introspects", blank=True)

    def __str__(self) -> str:
        return self.name


class Scope(models.Model):
    """A scope that can be requested (R32). One without an API has no audience of its own."""

    name = models.CharField(max_length=100, unique=True)
    description = models.TextField(blank=True)
    api = models.ForeignKey(Api, models.PROTECT, null=True, blank=True, related_name="scopes")
    is_default = models.BooleanField(default=False)
    is_sensitive = models.BooleanField(default=False)
    shipped = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name


class SeenNetwork(models.Model):
    """From where a client was used or refused: IPv4 by its address, IPv6 by its /64. Bounded for each client."""

    client = models.ForeignKey(Client, models.CASCADE, related_name="seen_networks")
    network = models.CharField(max_length=49)
    uses = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)
    # What the watched rules of one set would have refused; a set of another fingerprint begins anew.
    watched = models.BigIntegerField(default=0)
    watched_rules = models.BigIntegerField(default=0)
    # What was beyond the client's budget; and what watched rate rules of one set would have refused.
    over = models.BigIntegerField(default=0, db_default=0)
    watched_over = models.BigIntegerField(default=0, db_default=0)
    rate_rules = models.BigIntegerField(default=0, db_default=0)
    # What a watched scope of one wording would have refused.
    watched_scopes = models.BigIntegerField(default=0, db_default=0)
    scope_mark = models.BigIntegerField(default=0, db_default=0)
    last_seen = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "network"], name="policies_one_row_a_seen_network"),
        ]

    def __str__(self) -> str:
        return self.network


class Use(models.Model):
    """How often a client asked for, was granted and used one scope, grant or redirect URI on one day (UTC)."""

    client = models.ForeignKey(Client, models.CASCADE, related_name="+")
    day = models.DateField(db_index=True)
    kind = models.CharField(max_length=8)
    name = models.CharField(max_length=2000)
    asked = models.BigIntegerField(default=0)
    granted = models.BigIntegerField(default=0)
    used = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "day", "kind", "name"], name="policies_one_count_of_use_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"
