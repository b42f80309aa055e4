"""What only this installation can read: wrapped with the site's secret, which is in no database.

AES-256-GCM under a key that is derived from the newest of the secrets (keys.py); 12 bytes of nonce
lie before what was wrapped. Whose it is belongs to it: moved to another row it does not open.
"""

import secrets
from base64 import b64decode, b64encode
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.utils.crypto import salted_hmac

_SALT = "studyapp.accounts.wrapping"
_NONCE = 12


@dataclass(frozen=True, slots=True)
class Opened:
    """What was wrapped, and how often the site's secret was renewed since: 0 for the newest."""

    plain: bytes
    renewals: int


def wrap(plain: bytes, *, whose: str) -> str:
    """Wrap with the newest secret."""
    nonce = secrets.token_bytes(_NONCE)
    return b64encode(nonce + _ciphers()[0].encrypt(nonce, plain, whose.encode())).decode()


def unwrap(wrapped: str, *, whose: str) -> Opened | None:
    """Open with the newest secret that does; None where none does: it was lost, or fell out."""
    try:
        raw = b64decode(wrapped, validate=True)
    except ValueError:
        return None
    for renewals, cipher in enumerate(_ciphers()):
        try:
            plain = cipher.decrypt(raw[:_NONCE], raw[_NONCE:], whose.encode())
        except (InvalidTag, ValueError):
            continue
        return Opened(plain, renewals)
    return None


def _ciphers() -> list[AESGCM]:
    secrets_ = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return [
        AESGCM(salted_hmac(_SALT, "", secret=one, algorithm="sha256").digest()) for one in secrets_
    ]
