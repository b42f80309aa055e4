"""Objections to passages of the record, their answers; corrections that are taken over."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from studyapp.access.decorators import requires
from studyapp.access.permissions import P
from studyapp.errors import Refused
from studyapp.meetings.models import Meeting
from studyapp.minutes import actions, queries
from studyapp.minutes.actions import objections
from studyapp.minutes.forms import ObjectionForm
from studyapp.minutes.models import Record
from studyapp.minutes.passages import passages
from studyapp.minutes.views.pages import answers, show, wanted
from studyapp.text.cleaning import clean
from studyapp.web.requests import Request
from studyapp.web.shortcuts import safe_next


@requires(P.RECORD_READ, on=Record)
@require_POST
def object_to(request: Request, record: Record) -> HttpResponse:
    """Whoever attended objects to a passage, with words."""
    if not queries.attended(record, request.user):
        raise PermissionDenied("对会议记录提意见")
    found = passages(wanted(request, record).content)
    form = ObjectionForm(request.POST, found=found)
    status = 422
    if form.is_valid():
        text = form.cleaned_data["text"]
        try:
            objections.object_to(
                record, form.chosen(), text=text, by=request.user, at=timezone.now()
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
        else:
            messages.success(request, "意见已转给记录人和主持人。")
            return _back(record)
    return show(request, record, objection_form=form, status=status)


def _back(record: Record) -> HttpResponse:
    return redirect(reverse("minutes:detail", kwargs={"pk": record.pk}) + "#objections")


@requires(P.RECORD_READ, on=Record)
@require_POST
def objection_withdraw(request: Request, record: Record, objection: int) -> HttpResponse:
    """Take the own objection back."""
    found = get_object_or_404(record.objections, pk=objection, by=request.user)
    objections.withdraw(found, by=request.user, at=timezone.now())
    messages.success(request, "已撤回。")
    return _back(record)


@requires(P.RECORD_READ, on=Record)
@require_POST
def objection_answer(request: Request, record: Record, objection: int) -> HttpResponse:
    """Recorder or chair answers in words."""
    if not answers(request.user, record):
        raise PermissionDenied("答复对会议记录的意见")
    found = get_object_or_404(record.objections, pk=objection)
    words = clean(request.POST.get("answer", ""))
    try:
        objections.answer_objection(found, answer=words, by=request.user, at=timezone.now())
    except Refused as refusal:
        typed: dict[str, Any] = {"pk": found.pk, "words": words, "problem": str(refusal)}
        return show(request, record, answered=typed, status=refusal.status)
    messages.success(request, "已答复，本人会看到。")
    return _back(record)


@requires(P.RECORD_EDIT, on=Meeting)
@require_POST
def take_correction(request: Request, meeting: Meeting, remark: int) -> HttpResponse:
    """Take over what a speaker corrected, from the sheet or from the editor of the record."""
    found = get_object_or_404(meeting.remarks, pk=remark)
    actions.take_correction(
        found,
        seen=request.POST.get("seen", ""),
        words=request.POST.get("words", ""),
        by=request.user,
        at=timezone.now(),
    )
    messages.success(request, f"已采用{found.speaker_name}的更正。")
    sheet = reverse("meetings:sheet", kwargs={"pk": meeting.pk})
    return redirect(safe_next(request, f"{sheet}#remark-{found.pk}"))
