"""What the organ above returned of a record, how it was answered, and who may return."""

from dataclasses import dataclass

from studyapp.accounts.models import User
from studyapp.branches.models import MembershipRole, Unit, memberships_of
from studyapp.meetings.models import Kind
from studyapp.minutes.models import Record, RecordState, SentBack, SignedVersion


@dataclass(frozen=True, slots=True)
class Returned:
    """One 退回更正 of a record; ``later`` is the version that was signed after it."""

    row: SentBack
    later: SignedVersion | None

    @property
    def is_open(self) -> bool:
        """Neither corrected nor explained, nor was the version declared void."""
        return not (self.later or self.row.explanation or self.row.version.is_void)


def returned(record: Record) -> list[Returned]:
    """Return what was returned of the record, newest first."""
    rows = list(
        SentBack.objects.filter(version__record=record)
        .select_related("version__voided", "explained_by")
        .order_by("-at", "-pk")
    )
    versions = list(record.versions.order_by("number")) if rows else []
    return [
        Returned(row, next((v for v in versions if v.number > row.version.number), None))
        for row in rows
    ]


def open_return(record: Record) -> Returned | None:
    """Return what waits for a correction or an explanation."""
    return next((one for one in returned(record) if one.is_open), None)


def organ_above(user: User, unit: Unit) -> Unit | None:
    """Return the organ above ``unit`` that the person acts for, the nearest one."""
    acts_for = {m.unit_id: m.unit for m in memberships_of(user) if m.role == MembershipRole.ORGAN}
    above = reversed(unit.ancestor_ids()[:-1])
    return next((acts_for[pk] for pk in above if pk in acts_for), None)


def may_be_returned(record: Record) -> bool:
    """Tell whether the record stands signed, and is of a kind that is read above the branch."""
    return record.state == RecordState.SIGNED and record.meeting.kind != Kind.LIFE
