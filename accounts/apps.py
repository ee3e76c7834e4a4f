from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        """`migrate` puts the shipped rows in place; signing in and out is recorded."""
        from accounts import authentication_time, shipped, sign_in_events

        sign_in_events.connect()
        authentication_time.connect()
        post_migrate.connect(shipped.put_in_place, sender=self)
