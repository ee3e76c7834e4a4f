from django.apps import AppConfig
from django.core.checks import Tags, register


class TokensConfig(AppConfig):
    name = "tokens"

    def ready(self) -> None:
        """Lower rooms learn what of ours ends with a client or a person, and what goes on after signing in; the
        maintenance loop purges what has ended.
        """
        from accounts.continuing import READERS
        from accounts.leaving import ENDS_WITH_PERSON
        from accounts.my_account import SECTIONS
        from accounts.rest import refusals, schemas
        from audit.maintenance_jobs import JOBS, Job
        from clients import overview_panels, tabs
        from clients.life.lifecycle import BLAST_RADIUS, BLAST_RADIUS_TOGETHER, REMAINS
        from tokens import applications, checks, daily_counts, departed_clients, purging, revocation
        from tokens.api import keys as api_keys
        from tokens.api import schemas as api_schemas
        from tokens.authorize import continuing
        from tokens.console import reach, runs, usage_panel
        from tokens.personal import last_used
        from tokens.personal import views as personal_pages
        from tokens.signing_keys import tending
        from tokens.traces import keeping

        BLAST_RADIUS.extend([revocation.live_tokens, revocation.live_authorizations])
        BLAST_RADIUS_TOGETHER.append(revocation.live_tokens_together)
        REMAINS.append(departed_clients.remaining)
        JOBS.append(Job("purge what was issued to deleted clients", 3600, departed_clients.purge))
        ENDS_WITH_PERSON.append(revocation.live_tokens_of)
        SECTIONS.append(applications.section)
        SECTIONS.append(personal_pages.section)
        JOBS.append(Job("purge names of personal tokens", 3600, last_used.purge))
        READERS.append(continuing.continuation)
        tabs.offer(tabs.Tab(label="Tokens", page="client_tokens", shown=reach.may_see), before="client_activity")
        overview_panels.PANELS.append(usage_panel.panel)
        JOBS.append(Job("purge daily counts", 3600, daily_counts.purge))
        JOBS.append(Job("purge traces", 3600, keeping.purge))
        JOBS.append(Job("purge runs of revoking", 3600, runs.purge))
        JOBS.append(Job("purge used assertions", 600, purging.purge_used_assertions))
        JOBS.append(Job("purge device codes", 3600, purging.purge_device_codes))
        JOBS.append(Job("purge expired tokens", 600, purging.purge_expired))
        JOBS.append(Job("purge ended authorizations", 600, purging.purge_families))
        JOBS.append(Job("tend signing keys", tending.EVERY, tending.tend))
        schemas.add(api_schemas.schemas())
        refusals.TRANSLATIONS.extend(api_keys.TRANSLATIONS)
        register(checks.signing_keys_open, Tags.database)
