from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ClientsConfig(AppConfig):
    name = "clients"

    def ready(self) -> None:
        """Owners' rights and duties come into force; `migrate` puts the shipped clients in place."""
        from accounts import people, usernames
        from audit.presenting import SUBJECT_PAGES
        from clients import access, ownership, shipped

        access.declare()
        people.BEFORE_DEACTIVATION.append(ownership.hand_over_first)
        usernames.ALSO_TAKEN_BY.append(ownership.client_of_this_name)
        SUBJECT_PAGES["client"] = "client_overview"
        post_migrate.connect(shipped.put_in_place, sender=self)
