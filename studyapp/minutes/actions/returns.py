"""退回更正: the organ above returns a signed version; the branch corrects it or explains."""

from datetime import datetime

from django.db import transaction

from studyapp.accounts.models import User
from studyapp.audit.models import Operation
from studyapp.errors import Refused, Stale
from studyapp.meetings.models import Kind
from studyapp.minutes.actions.locking import audited, locked
from studyapp.minutes.models import Record, RecordState, SentBack, SignedVersion
from studyapp.minutes.sent_back import organ_above
from studyapp.text.cleaning import clean

LONGEST = 2000


def _words(text: str, empty: str) -> str:
    words = clean(text).strip()
    if not words:
        raise Refused(empty)
    if len(words) > LONGEST:
        raise Refused(f"写了{len(words)}字，超过{LONGEST}字。")
    return words


@transaction.atomic
def send_back(version: SignedVersion, *, opinion: str, by: User, at: datetime) -> SentBack:
    """Return a signed version to the branch, with an opinion; the version itself stays valid.

    One at a time: while one waits for its answer, or a correction is under way, what else is
    wrong belongs to what the branch will sign next.
    """
    record = locked(version.record)
    organ = organ_above(by, record.meeting.unit)
    if organ is None:
        raise Refused("只能退回下级党组织的记录。本级的记录，请主持人发起更正。")
    if record.meeting.kind == Kind.LIFE:
        raise Refused("组织生活会的记录不能退回。有意见，当面跟支部说。")
    if record.state != RecordState.SIGNED:
        raise Refused("支部正在更正这份记录。等新版本签字后再看，还有不对的再退回。")
    if version.is_superseded:
        raise Stale("支部已签了新的版本。看过新版本，还有不对的再退回。")
    if version.is_void:
        raise Refused("支部已作废这一版，不用退回。")
    if SentBack.objects.unsettled().filter(version__record=record).exists():
        raise Refused("这份记录已退回过，支部还没有答复。等支部更正或者说明以后再看。")
    returned = SentBack.objects.create(
        version=version,
        by=by,
        by_name=by.name,
        by_unit=organ.name,
        opinion=_words(opinion, "写明哪里不对，支部才知道改什么。"),
        at=at,
    )
    audited(record, "退回更正", person=by, operation=Operation.CREATE, version=version.number)
    return returned


@transaction.atomic
def explain(record: Record, *, text: str, by: User, at: datetime) -> SentBack:
    """书面说明: answer what was returned in words, where nothing has to be corrected."""
    fresh = locked(record)
    returned = SentBack.objects.unsettled().filter(version__record=fresh).first()
    if returned is None:
        raise Refused("这次退回已经答复过，不用再说明。")
    returned.explanation = _words(text, "写明情况，上级会看到。")
    returned.explained_by, returned.explained_at = by, at
    returned.save(update_fields=["explanation", "explained_by", "explained_at"])
    audited(fresh, "对退回更正作书面说明", person=by, version=returned.version.number)
    return returned
