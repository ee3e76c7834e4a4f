"""The site's own rows: who runs the maintenance loop right now."""

from django.db import models


class MaintenanceLease(models.Model):
    """One row: the process that may run the maintenance loop, and until when unless it renews."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    holder = models.CharField(max_length=64, blank=True)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.holder} until {self.until:%H:%M:%S}"
