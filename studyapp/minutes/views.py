"""记录: list, page, editor, signing, papers."""

import hashlib

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from studyapp.access.decorators import may, requires, signed_in
from studyapp.access.permissions import P
from studyapp.audit.actions import record as audit
from studyapp.audit.models import Operation
from studyapp.documents import docx, pdf
from studyapp.errors import Refused
from studyapp.meetings.models import Meeting
from studyapp.minutes import actions, checks, queries
from studyapp.minutes.assembly import rows
from studyapp.minutes.content import digest, gather
from studyapp.minutes.forms import ConfirmForm, FactsForm, PartForm, ReasonForm, ScanForm
from studyapp.minutes.models import Record, RecordState, Scan, SignedVersion
from studyapp.web.papers import markup
from studyapp.web.requests import Request
from studyapp.web.shortcuts import render_page

_PAGE = 20
_WRITERS = {
    "pdf": (pdf.render, "application/pdf"),
    "docx": (
        docx.render,
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
}
_EDITABLE = {RecordState.DRAFT, RecordState.RETURNED}


@signed_in(reason="Lists only the records that the person may see.")
@require_GET
def record_list(request: Request) -> HttpResponse:
    """The records, filtered by state."""
    if request.user.office:
        raise Http404
    state = request.GET.get("state", "")
    page = Paginator(queries.listed(request.user, state), _PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "state": state, "states": RecordState.choices}
    return render_page(request, "minutes/list.html", context)


@requires(P.RECORD_EDIT, on=Meeting)
@require_POST
def open_record(request: Request, meeting: Meeting) -> HttpResponse:
    """Assemble the record of a meeting, or go to it."""
    record = actions.open_record(meeting, by=request.user, at=timezone.now())
    if record.state in _EDITABLE:
        return redirect("minutes:edit", record.pk)
    return redirect("minutes:detail", record.pk)


def _detail(
    request: Request,
    record: Record,
    *,
    status: int = 200,
    confirm_form: ConfirmForm | None = None,
    return_form: ReasonForm | None = None,
    problem: str = "",
) -> HttpResponse:
    version = queries.signed(record)
    document = queries.paper(record, "record", version)
    done = record.confirmations.filter(revision=record.revision)
    capacities = actions.capacities_of(record, request.user)
    context = {
        "record": record,
        "meeting": record.meeting,
        "version": version,
        "versions": record.versions.prefetch_related("scans"),
        "paper": markup(document),
        "opinions": record.opinions.select_related("author"),
        "confirmations": done,
        "needed": [
            (c.label, people, done.filter(capacity=c).first())
            for c, people in actions.needed(record).items()
        ],
        "capacities": [c.label for c in capacities],
        "confirm_form": confirm_form
        or (
            ConfirmForm(user=request.user, initial={"revision": record.revision})
            if capacities
            else None
        ),
        "return_form": return_form or ReasonForm(),
        "may_edit": may(request.user, P.RECORD_EDIT, record),
        "may_return": may(request.user, P.RECORD_SIGN, record)
        or may(request.user, P.RECORD_REVIEW, record),
        "editable": record.state in _EDITABLE,
        "missing": pdf.missing_glyphs(document),
        "scan_form": ScanForm(),
        "problem": problem,
    }
    return render_page(request, "minutes/detail.html", context, status=status)


@requires(P.RECORD_READ, on=Record)
@require_GET
def detail(request: Request, record: Record) -> HttpResponse:
    """The record as paper, with its state and what comes next."""
    return _detail(request, record)


@requires(P.RECORD_EDIT, on=Record)
@require_http_methods(["GET", "POST"])
def edit(request: Request, record: Record) -> HttpResponse:
    """Every part for the paper beside what it was made from; saves one part at a time."""
    if record.state not in _EDITABLE:
        return redirect("minutes:detail", record.pk)
    status, wrong, facts = 200, None, FactsForm(instance=record)
    if request.method == "POST" and "part" not in request.POST:
        facts = FactsForm(request.POST, instance=record)
        if facts.is_valid():
            actions.set_facts(record, by=request.user, at=timezone.now(), **facts.cleaned_data)
            return redirect("minutes:edit", record.pk)
        status = 422
    elif request.method == "POST":
        answer = _save_part(request, record)
        if isinstance(answer, HttpResponse):
            return answer
        wrong, status = answer
    content = gather(record)
    editors = [
        (
            row,
            wrong
            if wrong and wrong.prefix == str(row.part.pk)
            else PartForm(
                prefix=str(row.part.pk),
                initial={"text": row.part.text, "base": digest(row.part.text)},
            ),
        )
        for row in rows(record)
    ]
    context = {
        "record": record,
        "meeting": record.meeting,
        "editors": editors,
        "facts": facts,
        "findings": checks.find(record, content),
    }
    return render_page(request, "minutes/edit.html", context, status=status)


def _save_part(request: Request, record: Record) -> HttpResponse | tuple[PartForm, int]:
    key = request.POST.get("part", "")
    part = get_object_or_404(record.parts, pk=int(key) if key.isdigit() else 0)
    now = timezone.now()
    do = request.POST.get("do", "save")
    if do in {"take", "keep"}:
        actions.take_source(part, keep=do == "keep", by=request.user, at=now)
        return redirect("minutes:edit", record.pk)
    if do == "remove":
        actions.remove_part(part, by=request.user, at=now)
        return redirect("minutes:edit", record.pk)
    form = PartForm(request.POST, prefix=str(part.pk))
    if not form.is_valid():
        return form, 422
    try:
        actions.edit_part(part, by=request.user, at=now, **form.cleaned_data)
    except Refused as refusal:
        form.add_error("text", str(refusal))
        # What stands now becomes the base: saving again is a decision made with both in sight.
        part.refresh_from_db()
        form.data = {**form.data.dict(), f"{part.pk}-base": digest(part.text)}  # type: ignore[attr-defined]
        return form, refusal.status
    messages.success(request, "已保存。")
    response = redirect("minutes:edit", record.pk)
    response["Location"] += f"#part-{part.pk}"
    return response


@requires(P.RECORD_EDIT, on=Record)
@require_POST
def submit(request: Request, record: Record) -> HttpResponse:
    """送签."""
    actions.submit(record, by=request.user, at=timezone.now())
    messages.success(request, "已送签。主持人和记录人可以签字了。")
    return redirect("minutes:detail", record.pk)


@requires(P.RECORD_READ, on=Record)
@require_POST
def return_record(request: Request, record: Record) -> HttpResponse:
    """退回 with an opinion."""
    if not (may(request.user, P.RECORD_SIGN, record) or may(request.user, P.RECORD_REVIEW, record)):
        return HttpResponse(status=403)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _detail(request, record, return_form=form, status=422)
    actions.return_record(
        record, opinion=form.cleaned_data["text"], by=request.user, at=timezone.now()
    )
    messages.success(request, "已退回。")
    return redirect("minutes:detail", record.pk)


@requires(P.RECORD_READ, on=Record)
@sensitive_post_parameters("password")
@require_POST
def confirm(request: Request, record: Record) -> HttpResponse:
    """签字确认 with the password again; only those named to sign can."""
    form = ConfirmForm(request.POST, user=request.user)
    if not form.is_valid():
        return _detail(request, record, confirm_form=form, status=422)
    try:
        version = actions.confirm(
            record, revision=form.cleaned_data["revision"], by=request.user, at=timezone.now()
        )
    except Refused as refusal:
        record.refresh_from_db()
        return _detail(request, record, problem=str(refusal), status=refusal.status)
    messages.success(request, "已签字，记录生效。" if version else "已签字确认，还等其他人签字。")
    return redirect("minutes:detail", record.pk)


@requires(P.RECORD_EDIT, on=Record)
@require_POST
def amend(request: Request, record: Record) -> HttpResponse:
    """发起更正."""
    form = ReasonForm(request.POST)
    reason = form.cleaned_data["text"] if form.is_valid() else ""
    actions.amend(record, reason=reason, by=request.user, at=timezone.now())
    return redirect("minutes:edit", record.pk)


@requires(P.RECORD_EDIT, on=Record)
@require_POST
def scan_new(request: Request, record: Record) -> HttpResponse:
    """Attach the scan of the signed paper."""
    form = ScanForm(request.POST, request.FILES)
    if not form.is_valid():
        raise Refused("先选择扫描件。")
    upload = form.cleaned_data["file"]
    if upload.size > actions.LARGEST_SCAN:
        raise Refused("扫描件超过 20 MB。降低分辨率再扫一次。")
    actions.attach_scan(
        record, data=upload.read(), name=upload.name, by=request.user, at=timezone.now()
    )
    messages.success(request, "扫描件已保存。")
    return redirect("minutes:detail", record.pk)


@requires(P.RECORD_READ, on=Record)
@require_GET
def scan(request: Request, record: Record, scan: int) -> FileResponse:
    """Download a scan as it was uploaded."""
    found = get_object_or_404(Scan.objects.filter(version__record=record), pk=scan)
    return FileResponse(found.file.open("rb"), as_attachment=True, filename=found.file_name)


def _wanted(request: Request, record: Record) -> tuple[str, SignedVersion | None]:
    kind = request.GET.get("paper", "record")
    number = request.GET.get("version", "")
    if kind not in queries.PAPERS or (number and not number.isdigit()):
        raise Http404
    version = queries.signed(record, int(number) if number else None)
    if number and version is None:
        raise Http404
    return kind, version


@requires(P.RECORD_EXPORT, on=Record)
@require_GET
def export(request: Request, record: Record, suffix: str) -> HttpResponse:
    """The paper as a file."""
    kind, version = _wanted(request, record)
    if suffix not in _WRITERS:
        raise Http404
    render, mime = _WRITERS[suffix]
    data = render(queries.paper(record, kind, version))
    audit(
        "导出" + queries.PAPERS[kind],
        operation=Operation.READ,
        by=request.user,
        target=record.meeting.title,
        unit=record.meeting.unit,
        record=record.pk,
        format=suffix,
        sha256=hashlib.sha256(data).hexdigest(),
    )
    name = queries.file_name(record, kind, suffix)
    header = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return HttpResponse(data, content_type=mime, headers={"Content-Disposition": header})


@requires(P.RECORD_EXPORT, on=Record)
@require_GET
def paper_print(request: Request, record: Record) -> HttpResponse:
    """The paper alone, to print from the browser."""
    kind, version = _wanted(request, record)
    document = queries.paper(record, kind, version)
    context = {"record": record, "paper": markup(document), "name": queries.PAPERS[kind]}
    return render_page(request, "minutes/print.html", context)


@requires(P.RECORD_EXPORT, on=Record)
@require_GET
def copy(request: Request, record: Record) -> HttpResponse:
    """复制到上级系统: each field with one click."""
    fields = queries.copy_fields(record, queries.signed(record))
    return render_page(request, "minutes/copy.html", {"record": record, "fields": fields})
