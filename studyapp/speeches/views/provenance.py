"""Facts about a text, who vouches for it, who gets to read it, and taking it back."""

from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from studyapp.access.decorators import requires
from studyapp.access.permissions import P
from studyapp.errors import Refused
from studyapp.speeches import actions
from studyapp.speeches.forms import DetailsForm, WithdrawForm
from studyapp.speeches.models import Speech
from studyapp.speeches.views.review import review_again, review_page
from studyapp.web.requests import Request
from studyapp.web.shortcuts import render_page


@requires(P.SPEECH_EDIT, on=Speech)
@require_POST
def details(request: Request, speech: Speech) -> HttpResponse:
    """Store speaker, occasion, date, 来源, 文号."""
    form = DetailsForm(request.POST, instance=Speech.objects.get(pk=speech.pk))
    if not form.is_valid():
        return review_page(request, speech, form=form, status=422)
    try:
        actions.set_details(speech, by=request.user, **form.cleaned_data)
    except Refused as error:
        form.add_error(None, str(error))
        return review_page(request, speech, form=form, status=error.status)
    messages.success(request, "材料信息已存。")
    return redirect("speeches:review", pk=speech.pk)


@requires(P.SPEECH_EDIT, on=Speech)
@require_POST
def vouch(request: Request, speech: Speech) -> HttpResponse:
    """Stand for the 来源."""
    act = partial(actions.vouch, speech, by=request.user)
    return review_again(request, speech, act, "provenance")


@requires(P.SPEECH_EDIT, on=Speech)
@require_POST
def release(request: Request, speech: Speech) -> HttpResponse:
    """Finish the review."""
    try:
        actions.release(speech, by=request.user, at=timezone.now())
    except Refused as error:
        return review_page(request, speech, refusal=str(error), status=error.status)
    messages.success(request, "校对完成，本单位的人都能读到了。")
    return redirect("speeches:detail", pk=speech.pk)


@requires(P.SPEECH_SEND, on=Speech)
@require_POST
def send(request: Request, speech: Speech) -> HttpResponse:
    """下发 to the whole subtree."""
    try:
        actions.send_down(speech, by=request.user, at=timezone.now())
    except Refused as error:
        return review_page(request, speech, refusal=str(error), status=error.status)
    messages.success(request, "已下发，本单位和下级组织都能读到了。")
    return redirect("speeches:detail", pk=speech.pk)


@requires(P.SPEECH_EDIT, on=Speech)
@require_http_methods(["GET", "POST"])
def withdraw(request: Request, speech: Speech) -> HttpResponse:
    """Take the text back, with a reason."""
    form = WithdrawForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            reason = form.cleaned_data["reason"]
            try:
                actions.withdraw(speech, reason=reason, by=request.user, at=timezone.now())
            except Refused as error:
                form.add_error(None, str(error))
                status = error.status
            else:
                messages.success(request, "已撤回。笔记和会议记录都还在，需要时可以恢复。")
                return redirect("speeches:list")
    context = {"form": form, "speech": speech}
    return render_page(request, "speeches/withdraw.html", context, status=status)


@requires(P.SPEECH_EDIT, on=Speech)
@require_POST
def reinstate(request: Request, speech: Speech) -> HttpResponse:
    """Undo a withdrawal."""
    try:
        actions.reinstate(speech, by=request.user)
    except Refused as error:
        return review_page(request, speech, refusal=str(error), status=error.status)
    messages.success(request, "已恢复。")
    return redirect("speeches:review", pk=speech.pk)
