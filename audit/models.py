"""Events, and the windows that keep a flood of equal refusals from filling them."""

from django.db import models


class Event(models.Model):
    """Something that happened, as it happened. Rows are inserted, sealed once, and never changed again.

    `sequence`, `previous_hash` and `hash` are empty until the maintenance loop seals the row into the chain.
    """

    at = models.DateTimeField()
    kind = models.CharField(max_length=64)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=255, blank=True)
    address = models.CharField(max_length=64, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    subject_kind = models.CharField(max_length=32, blank=True)
    subject_id = models.BigIntegerField(null=True)
    subject_name = models.CharField(max_length=512, blank=True)
    reference = models.CharField(max_length=16, blank=True)
    reason = models.TextField(blank=True)
    changes = models.JSONField(default=dict)
    detail = models.JSONField(default=dict)

    sequence = models.BigIntegerField(null=True, unique=True)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["-at", "-id"], name="audit_event_newest"),
            models.Index(fields=["kind", "-at"], name="audit_event_kind"),
            models.Index(fields=["subject_kind", "subject_id", "-at"], name="audit_event_subject"),
            models.Index(
                fields=["actor_id", "-at"], condition=models.Q(actor_id__isnull=False), name="audit_event_actor"
            ),
            models.Index(fields=["subject_id", "kind", "-at", "-id"], name="audit_event_client"),
            models.Index(fields=["actor_name", "-at", "-id"], name="audit_event_actor_name"),
            models.Index(fields=["address"], condition=~models.Q(address=""), name="audit_event_address"),
            models.Index(fields=["request_id"], condition=~models.Q(request_id=""), name="audit_event_request"),
            models.Index(fields=["reference"], condition=~models.Q(reference=""), name="audit_event_reference"),
            models.Index(fields=["id"], condition=models.Q(sequence=None), name="audit_event_unsealed"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_name}".strip()


class ChainHead(models.Model):
    """The one row that says where the chain ends: the newest sealed event's place and hash."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    sequence = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="audit_one_chain_head")]

    def __str__(self) -> str:
        return f"The chain up to event {self.sequence}"


class RefusalWindow(models.Model):
    """Equal refusals within a period: the first one's event, its reference, and how many came after it."""

    key = models.CharField(max_length=64, unique=True)
    reference = models.CharField(max_length=16)
    event_kind = models.CharField(max_length=64)
    subject_name = models.CharField(max_length=512, blank=True)
    detail = models.JSONField(default=dict)
    opened_at = models.DateTimeField()
    closes_at = models.DateTimeField(db_index=True)
    repeats = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return self.reference


class DeliveryTarget(models.Model):
    """Where every sealed event is sent, in the order of the chain. `delivered`: the place up to which it has them.

    `secret_sealed`: what its deliveries are signed with, encrypted. `failures`: in a row. `claimed_until`: somebody is
    sending to it.
    """

    name = models.CharField(max_length=100)
    url = models.CharField(max_length=2000)
    secret_sealed = models.TextField()
    is_active = models.BooleanField(default=True)
    created = models.DateTimeField()
    created_by = models.CharField(max_length=255, blank=True)
    delivered = models.BigIntegerField(default=0)
    failures = models.IntegerField(default=0)
    next_attempt = models.DateTimeField(null=True)
    claimed_until = models.DateTimeField(null=True)
    last_success = models.DateTimeField(null=True)
    last_failure = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return self.name


class DeadLetter(models.Model):
    """Events that a target refused, from `first` to `last` place; kept for people. `again`: to be sent once more."""

    target = models.ForeignKey(DeliveryTarget, models.CASCADE, related_name="dead_letters")
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    error = models.CharField(max_length=300)
    at = models.DateTimeField()
    again = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"Events {self.first} to {self.last}"
