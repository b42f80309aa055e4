"""A speaker checks the own remarks."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from studyapp.access.decorators import requires
from studyapp.access.permissions import P
from studyapp.meetings.actions import checking as actions
from studyapp.meetings.forms.checking import ObjectionForm
from studyapp.meetings.models import Meeting
from studyapp.web.requests import Request
from studyapp.web.shortcuts import render_page


@requires(P.MEETING_READ, on=Meeting)
@require_http_methods(["GET", "HEAD", "POST"])
def remark_check(request: Request, meeting: Meeting, remark: int) -> HttpResponse:
    """The speaker checks the own remark: right, or what is wrong."""
    found = get_object_or_404(meeting.remarks, pk=remark, speaker=request.user)
    initial = {"objection": found.objection}
    is_wrong = request.method == "POST" and "right" not in request.POST
    form = ObjectionForm(request.POST if is_wrong else None, initial=initial)
    if request.method == "POST" and not is_wrong:
        actions.check_remark(found, by=request.user, at=timezone.now())
        messages.success(request, "已核对无误。")
        return redirect("meetings:detail", pk=meeting.pk)
    if is_wrong and form.is_valid():
        actions.object_to_remark(
            found, objection=form.cleaned_data["objection"], by=request.user, at=timezone.now()
        )
        messages.success(request, "意见已转给记录人。")
        return redirect("meetings:detail", pk=meeting.pk)
    context = {"form": form, "meeting": meeting, "remark": found}
    return render_page(
        request, "meetings/remark_check.html", context, status=422 if is_wrong else 200
    )
