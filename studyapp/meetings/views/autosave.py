"""What saving.js asks for the shared words of the record sheet (contract: saving.contract)."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_POST

from studyapp.access.decorators import requires
from studyapp.access.permissions import P
from studyapp.meetings.actions import autosave
from studyapp.meetings.actions.locking import stamp
from studyapp.meetings.models import Meeting
from studyapp.saving.contract import saves, serve
from studyapp.web.requests import Request


@requires(P.MEETING_RECORD, on=Meeting)
@require_POST
@saves
def summary_save(request: Request, meeting: Meeting) -> HttpResponse:
    """Save the chair's summary while it is typed."""
    return serve(
        request,
        key=meeting.summary_key,
        now=meeting.summary,
        save=lambda p: autosave.type_summary(meeting, p, by=request.user, at=timezone.now()),
        form_base=lambda: stamp(Meeting.objects.get(pk=meeting.pk).summary),
    )


@requires(P.MEETING_RECORD, on=Meeting)
@require_POST
@saves
def words_save(request: Request, meeting: Meeting, item: int) -> HttpResponse:
    """Save what was said under an agenda item while it is typed."""
    found = get_object_or_404(meeting.agenda, pk=item)
    return serve(
        request,
        key=found.words_key,
        now=found.words,
        save=lambda p: autosave.type_item_words(found, p, by=request.user, at=timezone.now()),
        form_base=lambda: stamp(found.words),
    )


@requires(P.MEETING_RECORD, on=Meeting)
@require_POST
@saves
def remark_save(request: Request, meeting: Meeting, remark: int) -> HttpResponse:
    """Save the words of a remark while they are typed."""
    found = get_object_or_404(meeting.remarks, pk=remark)
    return serve(
        request,
        key=found.text_key,
        now=found.text,
        save=lambda p: autosave.type_remark(found, p, by=request.user, at=timezone.now()),
        form_base=lambda: stamp(found.text),
    )
