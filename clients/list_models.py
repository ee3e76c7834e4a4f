"""Rows of the list's own: views that people keep under a name, and bulk runs with what became of each client."""

from __future__ import annotations

from django.db import models

from accounts.models import User


class SavedView(models.Model):
    """One person's view of the list under a name: `query` is the address after the `?`, in its one normal form."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=2000)
    created = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="clients_one_view_a_name")]

    def __str__(self) -> str:
        return self.name


class BulkRun(models.Model):
    """One action on many clients: who asked for it, what was asked, and how far it is.

    Made with its preview, before anything is touched; `confirmed_at` NULL: nobody has said yes to it yet.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    action = models.CharField(max_length=16)
    parameters = models.JSONField(default=dict)
    query = models.CharField(max_length=2000, blank=True)  # the list's address that it was started from
    created = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["created"], name="clients_bulk_run_created")]

    def __str__(self) -> str:
        return f"{self.action} {self.pk}"


class BulkItem(models.Model):
    """One client of a run, as the preview saw it, and what became of it.

    It refers to its client by number alone: it outlives the client, and keeps nobody from purging it.
    """

    run = models.ForeignKey(BulkRun, models.CASCADE, related_name="items")
    number = models.BigIntegerField()
    name = models.CharField(max_length=255)
    client_id = models.CharField(max_length=255)
    revision = models.BigIntegerField()
    outcome = models.CharField(max_length=8)
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="clients_one_item_a_client")]
        indexes = [models.Index(fields=["run", "outcome", "id"], name="clients_bulk_item_outcome")]

    def __str__(self) -> str:
        return f"{self.number} {self.outcome}"
