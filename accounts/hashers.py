"""How passwords are kept: Argon2id with the parameters OWASP gives for small machines."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class PasswordHasher(Argon2PasswordHasher):
    """Argon2id, 19 MiB, two passes, one lane: strong, and two at once fit on a small machine."""

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1
