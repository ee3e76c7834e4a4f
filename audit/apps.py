from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "audit"

    def ready(self) -> None:
        """The maintenance loop seals events and closes windows of refusals."""
        from audit import refusal_windows, sealing
        from audit.maintenance_jobs import JOBS, Job

        JOBS.append(Job("seal audit events", 10, sealing.seal))
        JOBS.append(Job("close refusal windows", 15, refusal_windows.close_expired))
