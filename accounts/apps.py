from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        """`migrate` puts the shipped rows in place; signing in and out is recorded."""
        from accounts import after_migrating, authentication_time, shipped, sign_in_events
        from audit.presenting import SUBJECT_PAGES

        sign_in_events.connect()
        authentication_time.connect()
        SUBJECT_PAGES["user"] = "people_person"
        SUBJECT_PAGES["group"] = "group_overview"
        after_migrating.put_in_place(shipped.put_in_place, sender=self)
