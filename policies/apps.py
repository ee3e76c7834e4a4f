from django.apps import AppConfig


class PoliciesConfig(AppConfig):
    name = "policies"

    def ready(self) -> None:
        """`migrate` puts the shipped rows in place; registry and people learn what a scope is."""
        from accounts import after_migrating, holdings
        from accounts.rest import refusals, schemas
        from audit.maintenance_jobs import JOBS, Job
        from clients import tabs
        from clients.life import lifecycle
        from clients.linter import catalogue
        from clients.rules import validation
        from policies import coverage, dependents, holding, scopes, seen_networks, shipped, use
        from policies.api import schemas as api_schemas

        validation.ALLOWED_SCOPE_RULES.append(scopes.allowed_scope_faults)
        holdings.ALLOWED_SCOPE_RULES.append(scopes.allowed_scope_faults)
        holdings.SCOPE_HOLDING_RULES.append(holding.lacked)
        catalogue.READERS.append(coverage.read_catalogue)
        catalogue.USE_READERS.append(seen_networks.used_lately)
        catalogue.USED_READERS.append(use.used_lately)
        JOBS.append(Job("purge counts of use", 3600, use.purge))
        lifecycle.BLAST_RADIUS.extend([dependents.apis_served, dependents.scopes_held])
        tabs.offer(tabs.Tab(label="Scopes", page="client_scopes"), after="client_secrets")
        tabs.offer(tabs.Tab(label="Network", page="client_network"), after="client_scopes")
        tabs.offer(tabs.Tab(label="Rate limits", page="client_rates"), after="client_network")
        schemas.add(api_schemas.schemas())
        refusals.TRANSLATIONS.extend(api_schemas.TRANSLATIONS)
        after_migrating.put_in_place(shipped.put_in_place, sender=self)
