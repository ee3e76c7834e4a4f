from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        """`migrate` puts the shipped rows in place."""
        from accounts import shipped

        post_migrate.connect(shipped.put_in_place, sender=self)
