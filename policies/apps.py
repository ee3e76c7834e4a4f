from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PoliciesConfig(AppConfig):
    name = "policies"

    def ready(self) -> None:
        """`migrate` puts the shipped rows in place."""
        from policies import shipped

        post_migrate.connect(shipped.put_in_place, sender=self)
