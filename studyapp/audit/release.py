"""The one way out of the log, in the database's own words (ADR 0027).

An entry goes when it lies in a segment that is on record and is older than the law asks; a segment
is put on record only as what lies there. Nothing here is ever switched off.
"""

from studyapp.audit.models import KEPT

_DAYS = KEPT.days
_OLDEST = {
    "sqlite": f"strftime('%Y-%m-%d %H:%M:%S', 'now', '-{_DAYS} days')",
    "postgresql": f"now() - interval '{_DAYS} days'",
}

_NEWEST = "FROM audit_segment ORDER BY number DESC LIMIT 1"
START = (f"(SELECT last_seq {_NEWEST})", f"(SELECT last_digest {_NEWEST})")
"""What the first entry of a log follows that is copied into an empty database."""


def _young(vendor: str) -> str:
    """Return when an entry must not go."""
    return f"OLD.seq > COALESCE({START[0]}, 0) OR OLD.at > {_OLDEST[vendor]}"


def _odd(vendor: str) -> str:
    """Return when a segment is not what lies in the log.

    One goes into an empty log, where a sealed one is copied: nothing can be taken away there.
    """
    differs = "IS NOT" if vendor == "sqlite" else "IS DISTINCT FROM"
    # Names and numbers of our own, no value from outside.
    return (
        f"NEW.last_at > {_OLDEST[vendor]} OR (EXISTS (SELECT 1 FROM audit_entry) AND ("  # noqa: S608
        f"NEW.first_seq {differs} (SELECT MIN(seq) FROM audit_entry) "
        f"OR NEW.previous {differs} (SELECT previous FROM audit_entry WHERE seq = NEW.first_seq) "
        f"OR NEW.last_digest {differs} (SELECT digest FROM audit_entry WHERE seq = NEW.last_seq) "
        f"OR NEW.count {differs} (SELECT COUNT(*) FROM audit_entry WHERE seq <= NEW.last_seq) "
        f"OR NEW.last_at {differs} (SELECT MAX(at) FROM audit_entry WHERE seq <= NEW.last_seq)))"
    )


def triggers(vendor: str) -> dict[str, str]:
    """Return the triggers by name; some stand in the place of the ones of any frozen table."""
    if vendor == "sqlite":
        return {
            "audit_entry_no_delete": (
                "CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry "
                f"WHEN {_young(vendor)} "
                "BEGIN SELECT RAISE(ABORT, 'audit_entry is append-only'); END"
            ),
            "audit_segment_fits": (
                "CREATE TRIGGER audit_segment_fits BEFORE INSERT ON audit_segment "
                f"WHEN {_odd(vendor)} "
                "BEGIN SELECT RAISE(ABORT, 'audit_segment is not what lies in the log'); END"
            ),
        }
    return {
        "audit_entry_frozen": (
            "CREATE TRIGGER audit_entry_frozen BEFORE UPDATE ON audit_entry "
            "FOR EACH ROW EXECUTE FUNCTION studyapp_frozen()"
        ),
        "audit_entry_no_delete": (
            "CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry "
            "FOR EACH ROW EXECUTE FUNCTION audit_entry_no_delete()"
        ),
        "audit_segment_fits": (
            "CREATE TRIGGER audit_segment_fits BEFORE INSERT ON audit_segment "
            "FOR EACH ROW EXECUTE FUNCTION audit_segment_fits()"
        ),
    }


def functions() -> dict[str, str]:
    """Return by name the bodies of the functions that PostgreSQL's triggers call."""
    return {
        "audit_entry_no_delete": f"""
            BEGIN
              IF {_young("postgresql")} THEN
                RAISE EXCEPTION 'audit_entry is append-only';
              END IF;
              RETURN OLD;
            END""",
        "audit_segment_fits": f"""
            BEGIN
              IF {_odd("postgresql")} THEN
                RAISE EXCEPTION 'audit_segment is not what lies in the log';
              END IF;
              RETURN NEW;
            END""",
    }
