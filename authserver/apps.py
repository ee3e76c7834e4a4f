from django.apps import AppConfig


class AuthserverConfig(AppConfig):
    name = "authserver"
    verbose_name = "authserver"

    def ready(self) -> None:
        """The sign-in page learns which addresses ask for a fresh sign-in; the audit trail is delivered."""
        from accounts.continuing import READERS
        from audit.maintenance_jobs import JOBS, Job
        from authserver import step_up
        from authserver.delivery import sending

        READERS.append(step_up.continuation)
        JOBS.append(Job("deliver the audit trail", 2, sending.deliver))
