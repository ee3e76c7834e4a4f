from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PoliciesConfig(AppConfig):
    name = "policies"

    def ready(self) -> None:
        """`migrate` puts the shipped rows in place; the registry learns what a scope is."""
        from clients import validation
        from policies import scopes, shipped

        validation.ALLOWED_SCOPE_RULES.append(scopes.allowed_scope_faults)
        post_migrate.connect(shipped.put_in_place, sender=self)
