"""Password hashing, tuned by measurement (security.md, performance.md)."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class TunedArgon2Hasher(Argon2PasswordHasher):
    """Argon2id with 19 MiB, t = 2, p = 1: OWASP's minimum.

    60 sign-ins at once take about 1 s instead of 7; other pages stay quick meanwhile.
    """

    algorithm = "argon2"
    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1
