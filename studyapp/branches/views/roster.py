"""The roster: template, preview with an error for each row, import."""

import base64

from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from studyapp.access.decorators import office
from studyapp.access.permissions import P
from studyapp.branches import actions, roster
from studyapp.branches.forms import RosterForm
from studyapp.documents import xlsx, xlsx_reading
from studyapp.errors import Refused
from studyapp.text.cleaning import clean_file_name
from studyapp.uploads.taking import take
from studyapp.web.bodies import takes, takes_files
from studyapp.web.requests import Request
from studyapp.web.shortcuts import as_attachment, render_page

_SALT = "roster"
SHOWN = 500
"""Rows and problems that the preview spells out; it says how many more there are."""


@office(P.PERSON_EDIT)
@require_GET
def roster_template(request: Request) -> HttpResponse:
    """The empty roster with example rows, which are never imported."""
    data = xlsx.write(roster.HEAD, roster.EXAMPLES, title="名册")
    return HttpResponse(
        data,
        headers={"Content-Disposition": as_attachment("名册模板.xlsx")},
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )


@office(P.PERSON_EDIT)
@require_http_methods(["GET", "POST"])
@takes_files
def roster_upload(request: Request) -> HttpResponse:
    """Upload a roster and see what it would do, with each row's problems."""
    form = RosterForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            data = take(upload, by=request.user)
            return _preview(request, form, data, clean_file_name(upload.name))
        except Refused as refusal:
            form.add_error("file", str(refusal))
    status = 422 if form.errors else 200
    return render_page(request, "branches/roster.html", {"form": form}, status=status)


def _preview(request: Request, form: RosterForm, data: bytes, name: str) -> HttpResponse:
    plan = roster.plan(roster.read(xlsx_reading.read_safely(data, name)))
    # The checked file travels signed inside the page: nothing to lose, nothing to clean up.
    parcel = signing.dumps([name, base64.b64encode(data).decode()], salt=_SALT, compress=True)
    steps = plan.visible_steps
    context = {
        "form": form,
        "plan": plan,
        "name": name,
        "parcel": "" if plan.problems else parcel,
        "problems": plan.problems[:SHOWN],
        "more_problems": max(0, len(plan.problems) - SHOWN),
        "steps": steps[:SHOWN],
        "more_steps": max(0, len(steps) - SHOWN),
        "unchanged": len(plan.steps) - len(steps),
        "changes": bool(steps or plan.new_units or plan.renamed),
    }
    status = 422 if plan.problems else 200
    return render_page(request, "branches/roster.html", context, status=status)


@office(P.PERSON_EDIT)
@require_POST
@takes(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)  # the parcel: 3 MB in letters
def roster_import(request: Request) -> HttpResponse:
    """Import the roster that was previewed; its new people wait for their first passwords."""
    try:
        name, data = signing.loads(request.POST.get("parcel", ""), salt=_SALT, max_age=3600)
    except signing.BadSignature as error:
        raise Refused("预览过期了，没有导入。重新上传名册。") from error
    reading = roster.read(xlsx_reading.read_safely(base64.b64decode(data), name))
    try:
        done = actions.import_roster(reading, by=request.user, at=timezone.now())
    except Refused:
        # Something changed since the preview: show what the roster meets now.
        return _preview(request, RosterForm(), base64.b64decode(data), name)
    plan = done.plan
    messages.success(
        request,
        f"已导入：新建人员{len(done.people)}人、党组织{len(plan.new_units)}个，"
        f"更新{plan.changed_people}人。",
    )
    if done.people:
        return redirect(f"{reverse('branches:people')}?state=waiting")
    return redirect("branches:people")
