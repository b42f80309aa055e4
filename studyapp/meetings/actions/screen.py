"""What the room sees on the wall: chosen by who chairs or keeps the record."""

from datetime import datetime

from django.db import transaction

from studyapp.accounts.models import User
from studyapp.audit.actions import record
from studyapp.audit.models import Operation
from studyapp.errors import Refused
from studyapp.meetings import news
from studyapp.meetings.actions.locking import held
from studyapp.meetings.models import AgendaItem, Kind, Meeting
from studyapp.speeches.models import Theme


@transaction.atomic
def show_on_screen(
    meeting: Meeting,
    *,
    by: User,
    at: datetime,
    item: AgendaItem | None = None,
    theme: Theme | None = None,
    points: bool | None = None,
) -> Meeting:
    """Put an item of the agenda, or a theme of its text, on the wall; ``points`` shows notes.

    What is not given stays as it is.
    """
    fresh = held(meeting)
    if fresh.kind == Kind.LIFE:
        raise Refused("组织生活会不投屏。")
    fields = []
    if item is not None:
        foreign = theme is not None and theme.speech_id != item.speech_id
        if item.meeting_id != fresh.pk or foreign:
            raise Refused("议程刚改过，没有这一项了。刷新页面再选。")
        fresh.screen_item, fresh.screen_theme = item, theme
        fields += ["screen_item", "screen_theme"]
    if points is not None:
        fresh.screen_points = points
        fields.append("screen_points")
    fresh.save(update_fields=fields)
    # What is on the wall stands in no form that others have open.
    news.step([fresh.pk])
    record(
        "调整投屏",
        operation=Operation.CHANGE,
        by=by,
        target=str(theme or item or fresh),
        unit=fresh.unit,
        meeting=fresh.pk,
        points=fresh.screen_points,
    )
    return fresh
