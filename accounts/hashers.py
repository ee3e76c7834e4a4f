"""How passwords are kept: Argon2id with the parameters OWASP gives for small machines."""

import threading

from django.contrib.auth.hashers import Argon2PasswordHasher

# Of a process at once: a flood of sign-ins must not fill memory (19 MiB each) or every core.
_runs = threading.BoundedSemaphore(2)


class PasswordHasher(Argon2PasswordHasher):
    """Argon2id, 19 MiB, two passes, one lane: strong, and two at once fit on a small machine."""

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        with _runs:
            encoded: str = super().encode(password, salt)
        return encoded

    def verify(self, password: str, encoded: str) -> bool:
        with _runs:
            return bool(super().verify(password, encoded))
