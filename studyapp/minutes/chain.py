"""The chain of a branch's signed versions, and the seal that is printed as a check code.

Each link hashes the link before it, what the version is, its content and its signatures; the seal
is an HMAC with a key that is kept outside the database. Old keys stay, so that old seals can be
checked for ever. DOCX and PDF are never hashed here: they are views of the content.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable

from django.conf import settings
from django.utils import timezone

from studyapp.minutes.models import Confirmation, SignedVersion

_FORM = "studyapp-link-1"
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def signatures(confirmations: Iterable[Confirmation]) -> str:
    """Return who confirmed, in what capacity and when, in canonical form."""
    rows = [
        {
            "capacity": c.capacity,
            "name": c.by_name,
            "person": c.by_id,
            "at": timezone.localtime(c.at).isoformat(timespec="seconds"),
        }
        for c in sorted(confirmations, key=lambda c: (c.at, c.pk))
    ]
    return json.dumps(rows, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def link_of(version: SignedVersion) -> str:
    """Return the hash of the link, in hex, from the version's own columns."""
    parts = (
        _FORM,
        version.previous,
        str(version.unit_id),
        str(version.sequence),
        str(version.record_id),
        str(version.number),
        str(version.schema),
        timezone.localtime(version.signed_at).isoformat(timespec="microseconds"),
        hashlib.sha256(version.content.encode()).hexdigest(),
        hashlib.sha256(version.signatures.encode()).hexdigest(),
        hashlib.sha256(version.objections.encode()).hexdigest(),
    )
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def seal_of(link: str, key: bytes) -> str:
    """Return the HMAC-SHA256 of a link, in hex."""
    return hmac.new(key, link.encode(), hashlib.sha256).hexdigest()


def code_of(seal: str) -> str:
    """Return the first 80 bits of a seal in Crockford's base 32, in groups of four."""
    number = int(seal[:20], 16)
    letters = "".join(_ALPHABET[number >> shift & 31] for shift in range(75, -1, -5))
    return "-".join(letters[i : i + 4] for i in range(0, 16, 4))


def append(version: SignedVersion) -> None:
    """Put an unsaved version at the end of its unit's chain and seal it with the current key.

    The caller holds the lock on the unit's row.
    """
    last = SignedVersion.objects.filter(unit_id=version.unit_id).order_by("-sequence").first()
    version.sequence = last.sequence + 1 if last else 1
    version.previous = last.link if last else ""
    version.link = link_of(version)
    version.key_id = next(reversed(settings.RECORD_KEYS))
    version.seal = seal_of(version.link, settings.RECORD_KEYS[version.key_id])
    version.code = code_of(version.seal)
