"""The earlier wordings of the record sheet: for whoever may write the text they belong to."""

from collections.abc import Callable

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from studyapp.access.decorators import requires
from studyapp.access.permissions import P
from studyapp.meetings.actions import wordings as actions
from studyapp.meetings.models import Meeting, State
from studyapp.saving import history
from studyapp.web.requests import Request


def _serve(
    request: Request,
    meeting: Meeting,
    *,
    key: str,
    title: str,
    back: str,
    up: str,
    now: str,
    restore: Callable[[int], object],
) -> HttpResponse:
    over = meeting.signed_at or meeting.state == State.CANCELLED
    return history.serve(
        request, key=key, title=title, back=back, up=up, now=now, restore=None if over else restore
    )


@requires(P.MEETING_RECORD, on=Meeting)
@require_http_methods(["GET", "POST"])
def summary_history(request: Request, meeting: Meeting) -> HttpResponse:
    """The earlier wordings of the chair's summary; a post brings one back."""
    return _serve(
        request,
        meeting,
        key=meeting.summary_key,
        title="主持人小结",
        back=reverse("meetings:sheet", args=[meeting.pk]) + "#sheet-summary",
        up="记录单",
        now=meeting.summary,
        restore=lambda pk: actions.restore_summary(
            meeting, wording=pk, by=request.user, at=timezone.now()
        ),
    )


@requires(P.MEETING_RECORD, on=Meeting)
@require_http_methods(["GET", "POST"])
def words_history(request: Request, meeting: Meeting, item: int) -> HttpResponse:
    """The earlier wordings of what was said under an agenda item; a post brings one back."""
    found = get_object_or_404(meeting.agenda, pk=item)
    return _serve(
        request,
        meeting,
        key=found.words_key,
        title=found.title,
        back=reverse("meetings:item_words", args=[meeting.pk, found.pk]),
        up="写记录",
        now=found.words,
        restore=lambda pk: actions.restore_item_words(
            found, wording=pk, by=request.user, at=timezone.now()
        ),
    )


@requires(P.MEETING_RECORD, on=Meeting)
@require_http_methods(["GET", "POST"])
def remark_history(request: Request, meeting: Meeting, remark: int) -> HttpResponse:
    """The earlier wordings of a remark; a post brings one back."""
    found = get_object_or_404(meeting.remarks, pk=remark)
    return _serve(
        request,
        meeting,
        key=found.text_key,
        title=f"{found.speaker_name}的发言",
        back=reverse("meetings:remark", args=[meeting.pk, found.pk]),
        up="修改发言",
        now=found.text,
        restore=lambda pk: actions.restore_remark(
            found, wording=pk, by=request.user, at=timezone.now()
        ),
    )
