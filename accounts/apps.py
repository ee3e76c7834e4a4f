from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        """`migrate` puts the shipped rows in place; signing in and out is recorded."""
        from accounts import authentication_time, shipped, sign_in_events
        from audit.presenting import SUBJECT_PAGES

        sign_in_events.connect()
        authentication_time.connect()
        SUBJECT_PAGES["user"] = "people_person"
        SUBJECT_PAGES["group"] = "group_overview"
        post_migrate.connect(shipped.put_in_place, sender=self)
