from django.apps import AppConfig


class TokensConfig(AppConfig):
    name = "tokens"

    def ready(self) -> None:
        """The registry learns what of ours ends with a client; the maintenance loop purges what has ended."""
        from audit.maintenance_jobs import JOBS, Job
        from clients.lifecycle import BLAST_RADIUS
        from tokens import purging, revocation

        BLAST_RADIUS.append(revocation.live_tokens)
        JOBS.append(Job("purge expired tokens", 600, purging.purge_expired))
