from django.apps import AppConfig


class AuthserverConfig(AppConfig):
    name = "authserver"
    verbose_name = "authserver"

    def ready(self) -> None:
        """The sign-in page learns which addresses ask for a fresh sign-in."""
        from accounts.continuing import READERS
        from authserver import step_up

        READERS.append(step_up.continuation)
