"""One-time codes from a telephone (RFC 6238, RFC 4226): six figures, a new one every 30 seconds."""

import base64
import hashlib
import hmac
from urllib.parse import quote, urlencode

SECONDS = 30
FIGURES = 6
EARLIER, LATER = 1, 1
"""So many codes before and after the present one are taken: clocks of telephones differ."""


def code(secret: bytes, step: int, *, figures: int = FIGURES) -> str:
    """Return the code of a step: the number of half minutes since 1970."""
    # SHA-1 is what every authenticator knows; as an HMAC it is sound.
    found = hmac.new(secret, step.to_bytes(8, "big"), hashlib.sha1).digest()
    start = found[-1] & 0x0F
    number = int.from_bytes(found[start : start + 4], "big") & 0x7FFFFFFF
    return str(number % 10**figures).zfill(figures)


def step_of(secret: bytes, typed: str, *, now: float, after: int) -> int | None:
    """Return the step whose code was typed; None for a wrong one and for one used before.

    ``after`` is the last step that was taken: no code counts twice, nor an older one later.
    """
    present = int(now // SECONDS)
    for step in range(present - EARLIER, present + LATER + 1):
        if step > after and hmac.compare_digest(code(secret, step).encode(), typed.encode()):
            return step
    return None


def address(secret: bytes, *, site: str, name: str) -> str:
    """Return what an authenticator reads from the square."""
    words = {"secret": spelled(secret), "issuer": site}
    return f"otpauth://totp/{quote(f'{site}:{name}')}?{urlencode(words, quote_via=quote)}"


def spelled(secret: bytes) -> str:
    """Return the secret as one types it into a telephone."""
    return base64.b32encode(secret).decode().rstrip("=")
