"""The chain of a branch's signed versions, and the seal that is printed as a check code.

Each link hashes the link before it, what the version is, its content and its signatures; the seal
is an HMAC with a key that is kept outside the database (ADR 0024). Old keys stay, so that old
seals can be checked for ever. DOCX and PDF are never hashed here: they are views of the content.

What is computed here for a schema never changes: tests/minutes/golden holds it for good. Another
form of content, signatures or link is another schema, beside this one.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime

from django.conf import settings

from studyapp.minutes.content import SCHEMA
from studyapp.minutes.models import Confirmation, SignedVersion

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISTAKEN = str.maketrans("OIL", "011")
_LETTERS = 16


def signatures(confirmations: Iterable[Confirmation]) -> str:
    """Return who confirmed, in what capacity and when, in canonical form."""
    rows = [
        {"capacity": c.capacity, "name": c.by_name, "person": c.by_id, "at": _utc(c.at)}
        for c in sorted(confirmations, key=lambda c: (c.at, c.pk))
    ]
    return json.dumps(rows, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _utc(at: datetime) -> str:
    """Return a moment in one spelling, whatever the time zone of the site is by then."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _link_1(version: SignedVersion) -> str:
    parts = (
        "studyapp-link-1",
        version.previous,
        str(version.unit_id),
        str(version.sequence),
        str(version.record_id),
        str(version.number),
        str(version.revision),
        str(version.schema),
        _utc(version.signed_at),
        *(_sha256(text) for text in (version.content, version.signatures, version.objections)),
    )
    return _sha256("\n".join(parts))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


_LINKS: Mapping[int, Callable[[SignedVersion], str]] = {1: _link_1}


def is_known(schema: int) -> bool:
    """Tell whether this program can check versions of a schema."""
    return schema in _LINKS


def link_of(version: SignedVersion) -> str:
    """Return the hash of the link, in hex, from the version's own columns.

    "" for a schema that this program does not know.
    """
    make = _LINKS.get(version.schema)
    return make(version) if make else ""


def seal_of(link: str, key: bytes) -> str:
    """Return the HMAC-SHA256 of a link, in hex."""
    return hmac.new(key, link.encode(), hashlib.sha256).hexdigest()


def code_of(seal: str) -> str:
    """Return the first 80 bits of a seal in Crockford's base 32, in groups of four."""
    number = int(seal[:20], 16)
    letters = "".join(_ALPHABET[number >> shift & 31] for shift in range(75, -1, -5))
    return _grouped(letters)


def _grouped(letters: str) -> str:
    return "-".join(letters[i : i + 4] for i in range(0, _LETTERS, 4))


def typed(text: str) -> str:
    """Return a code as somebody typed it in its printed form; "" for what can be no code.

    Crockford's base 32 forgives: letter case, spaces and dashes, O for 0, I and L for 1.
    """
    figures = "".join(c for c in text if c.isalnum()).upper().translate(_MISTAKEN)
    is_code = len(figures) == _LETTERS and set(figures) <= set(_ALPHABET)
    return _grouped(figures) if is_code else ""


def is_whole(version: SignedVersion) -> bool:
    """Tell whether a version still is what was sealed: link, seal and code fit its columns."""
    key = settings.RECORD_KEYS.get(version.key_id)
    return (
        key is not None
        and link_of(version) == version.link
        and seal_of(version.link, key) == version.seal
        and code_of(version.seal) == version.code
    )


def append(version: SignedVersion) -> None:
    """Put an unsaved version at the end of its unit's chain and seal it with the current key.

    The caller holds the lock on the unit's row.
    """
    last = SignedVersion.objects.filter(unit_id=version.unit_id).order_by("-sequence").first()
    version.schema = SCHEMA
    version.sequence = last.sequence + 1 if last else 1
    version.previous = last.link if last else ""
    version.link = link_of(version)
    version.key_id = next(reversed(settings.RECORD_KEYS))
    version.seal = seal_of(version.link, settings.RECORD_KEYS[version.key_id])
    version.code = code_of(version.seal)
