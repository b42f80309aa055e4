"""退回更正: the organ above returns a signed version, the branch explains."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from studyapp.access.decorators import requires
from studyapp.access.permissions import P
from studyapp.errors import Refused
from studyapp.minutes import actions
from studyapp.minutes.forms import ExplanationForm, SendBackForm
from studyapp.minutes.models import Record
from studyapp.minutes.views.pages import show
from studyapp.web.requests import Request


@requires(P.RECORD_SEND_BACK, on=Record)
@require_POST
def send_back(request: Request, record: Record) -> HttpResponse:
    """Return the signed version that was read, with an opinion."""
    form = SendBackForm(request.POST)
    if not form.is_valid():
        return show(request, record, send_back_form=form, status=422)
    version = get_object_or_404(record.versions, number=form.cleaned_data["version"])
    try:
        actions.send_back(
            version, opinion=form.cleaned_data["text"], by=request.user, at=timezone.now()
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return show(request, record, send_back_form=form, status=refusal.status)
    messages.success(request, "已退回。支部更正或者说明以后，在这一页看。")
    return redirect("minutes:detail", record.pk)


@requires(P.RECORD_EDIT, on=Record)
@require_POST
def explain(request: Request, record: Record) -> HttpResponse:
    """Answer what was returned in words."""
    form = ExplanationForm(request.POST)
    if not form.is_valid():
        return show(request, record, explanation_form=form, status=422)
    try:
        actions.explain(record, text=form.cleaned_data["text"], by=request.user, at=timezone.now())
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return show(request, record, explanation_form=form, status=refusal.status)
    messages.success(request, "已说明，上级会看到。")
    return redirect("minutes:detail", record.pk)
