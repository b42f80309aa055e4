"""What a reader does. Not audited: reading positions are private (security.md, Audit)."""

from datetime import datetime

from django.db import transaction

from studyapp.accounts.models import User
from studyapp.errors import Refused
from studyapp.speeches.models import ReadingPosition, Speech, Theme


@transaction.atomic
def remember(speech: Speech, *, theme: Theme, by: User, at: datetime) -> None:
    """Store where ``by`` stopped reading, for ``by`` alone."""
    if theme.speech_id != speech.pk or theme.is_retired:
        raise Refused("这个专题已不在材料里。刷新页面再读。")
    ReadingPosition.objects.update_or_create(
        user=by, speech=speech, defaults={"theme": theme, "at": at}
    )
