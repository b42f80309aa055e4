"""The roster: template, preview with an error for each row, import."""

import base64

from django.core import signing
from django.http import HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from studyapp.access.decorators import office
from studyapp.access.permissions import P
from studyapp.branches import actions, roster
from studyapp.branches.forms import RosterForm
from studyapp.documents import xlsx
from studyapp.errors import Refused
from studyapp.web.requests import Request
from studyapp.web.shortcuts import render_page

_SALT = "roster"


@office(P.PERSON_EDIT)
@require_GET
def roster_template(request: Request) -> HttpResponse:
    """The empty roster with one example row."""
    data = xlsx.write(roster.HEAD, [roster.EXAMPLE], title="名册")
    name = content_disposition_header(as_attachment=True, filename="名册模板.xlsx") or ""
    return HttpResponse(
        data,
        headers={"Content-Disposition": name},
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )


@office(P.PERSON_EDIT)
@require_http_methods(["GET", "POST"])
def roster_upload(request: Request) -> HttpResponse:
    """Upload a roster and see what it would do, with each row's problems."""
    form = RosterForm(request.POST or None, request.FILES or None)
    context: dict[str, object] = {"form": form}
    if request.method != "POST" or not form.is_valid():
        status = 422 if form.errors else 200
        return render_page(request, "branches/roster.html", context, status=status)
    upload = form.cleaned_data["file"]
    try:
        data = upload.read(xlsx.LARGEST + 1)
        rows, problems = roster.check(xlsx.read_rows(data, upload.name))
    except Refused as refusal:
        form.add_error("file", str(refusal))
        return render_page(request, "branches/roster.html", context, status=422)
    # The checked file travels signed inside the page: nothing to lose, nothing to clean up.
    parcel = signing.dumps(
        [upload.name, base64.b64encode(data).decode()], salt=_SALT, compress=True
    )
    context |= {"rows": rows, "problems": problems, "parcel": "" if problems else parcel}
    return render_page(request, "branches/roster.html", context, status=422 if problems else 200)


@office(P.PERSON_EDIT)
@require_POST
def roster_import(request: Request) -> HttpResponse:
    """Import the roster that was previewed; show the first passwords once."""
    try:
        name, data = signing.loads(request.POST.get("parcel", ""), salt=_SALT, max_age=3600)
    except signing.BadSignature as error:
        raise Refused("预览过期了。重新上传名册。") from error
    rows, problems = roster.check(xlsx.read_rows(base64.b64decode(data), name))
    if problems:
        raise Refused("名册有错，没有导入。重新上传，按提示改。")
    done = actions.import_roster(rows, by=request.user, at=timezone.now())
    return render_page(request, "branches/slips.html", {"slips": done.slips, "done": done})
