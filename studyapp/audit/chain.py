"""What the digest of an entry is made of: the one place that says it, for writing and checking."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC
from typing import Any

from studyapp.audit.models import Entry


def material(entry: Entry) -> dict[str, Any]:
    """Return everything that the digest is made of; the digest of the entry before is among it."""
    return {
        "seq": entry.seq,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "user_id": entry.user_id,
        "user_name": entry.user_name,
        "organization_id": entry.organization_id,
        "organization": entry.organization,
        "terminal": entry.terminal,
        "operation": int(entry.operation),
        "name": entry.name,
        "target": entry.target,
        "condition": entry.condition,
        "succeeded": entry.succeeded,
        "error_code": entry.error_code,
        "previous": entry.previous,
    }


def digest_of(material: Mapping[str, Any]) -> str:
    """Return the SHA-256 over the canonical JSON of what an entry is made of."""
    canonical = json.dumps(material, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def digest(entry: Entry) -> str:
    """Return the digest that the entry should carry."""
    return digest_of(material(entry))
