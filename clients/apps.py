from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ClientsConfig(AppConfig):
    name = "clients"

    def ready(self) -> None:
        """Owners' rights come into force; `migrate` puts the shipped clients in place."""
        from clients import access, shipped

        access.declare()
        post_migrate.connect(shipped.put_in_place, sender=self)
