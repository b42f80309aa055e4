"""记录: the record's page, the editor, submitting."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from studyapp.access.decorators import may, requires
from studyapp.access.permissions import P
from studyapp.access.roles import Role
from studyapp.accounts.models import User
from studyapp.documents import pdf
from studyapp.errors import Refused, Stale
from studyapp.meetings.deadlines import is_late_entry
from studyapp.meetings.models import Meeting
from studyapp.minutes import actions, checks, queries, signers
from studyapp.minutes.assembly import DECISIONS, pending, rows
from studyapp.minutes.content import digest, gather
from studyapp.minutes.forms import (
    ConfirmForm,
    ExplanationForm,
    FactsForm,
    ObjectionForm,
    PartForm,
    ReasonForm,
    ScanForm,
    SendBackForm,
    VoidForm,
)
from studyapp.minutes.models import Record, RecordState
from studyapp.minutes.passages import passages
from studyapp.minutes.sent_back import may_be_returned, open_return, organ_above, returned
from studyapp.papers.delivery import markup
from studyapp.papers.queries import profile_for
from studyapp.saving import compare, history
from studyapp.saving.contract import saves, serve
from studyapp.saving.fields import into_shared_text
from studyapp.saving.queries import shared_texts
from studyapp.text.diff import diff
from studyapp.web.requests import Request
from studyapp.web.shortcuts import render_page, whole_number

_FIGURES = 11  # what is longer is no key of ours


@requires(P.RECORD_EDIT, on=Meeting)
@require_POST
def open_record(request: Request, meeting: Meeting) -> HttpResponse:
    """Assemble the record of a meeting, take in what came since, or go to it."""
    record = actions.open_record(meeting, by=request.user, at=timezone.now())
    return redirect("minutes:edit" if record.open_for_editing else "minutes:detail", record.pk)


def _is_outside(request: Request, record: Record) -> bool:
    """Tell whether somebody reads from above the branch."""
    return record.roles_for(request.user) <= {Role.ORGAN}


def wanted(request: Request, record: Record) -> queries.Reading:
    """Return the reading that the address asks for and the person may see; else 404."""
    asked = request.GET.get("version", "")
    number = whole_number(asked, _FIGURES)
    if asked and number is None:
        raise Http404
    roles = record.roles_for(request.user)
    found = queries.reading(
        record,
        number=number,
        worker=may(request.user, P.RECORD_EDIT, record) or Role.CHAIR in roles,
        outside=_is_outside(request, record),
    )
    if found is None:
        raise Http404
    return found


def answers(user: User, record: Record) -> bool:
    """Tell whether somebody keeps or signs the record, and so sees and answers every objection."""
    return any(may(user, p, record) for p in (P.RECORD_EDIT, P.RECORD_SIGN, P.RECORD_REVIEW))


def _objections(request: Request, record: Record, found: queries.Reading) -> dict[str, Any]:
    """Return what the page shows of objections: one's own, or all to who keeps the record."""
    user = request.user
    sees_all = answers(user, record)
    rows = record.objections.filter(withdrawn_at__isnull=True).select_related("answered_by")
    offered = "version" not in request.GET and queries.heard(record, user)
    is_open = record.state in {RecordState.SUBMITTED, RecordState.RETURNED}
    return {
        "sees_all": sees_all,
        "unsettled": queries.objections(record, found) if sees_all else [],
        "objections": rows if sees_all else rows.filter(by=user),
        "objections_open": is_open,
        "objection_form": ObjectionForm(found=passages(found.content)) if offered else None,
        "own_remarks": may(user, P.MEETING_READ, record.meeting)
        and record.meeting.remarks.filter(speaker=user).exists(),
    }


def _returns(user: User, record: Record, found: queries.Reading) -> dict[str, Any]:
    """Return what the page shows of 退回更正: to who works on the record, and to the organ."""
    sends = may(user, P.RECORD_SEND_BACK, record)
    every = returned(record) if sends or answers(user, record) else []
    waiting = next((one for one in every if one.is_open), None)
    offered = (
        sends
        and found.version is not None
        and not (found.superseded or found.version.is_void or waiting)
        and may_be_returned(record)
        and organ_above(user, record.meeting.unit)
    )
    number = found.version.number if found.version else 0
    return {
        "returned_open": waiting,
        "returned_settled": [one for one in every if not one.is_open],
        "send_back_form": SendBackForm(initial={"version": number}) if offered else None,
        "explanation_form": ExplanationForm(),
    }


def show(
    request: Request,
    record: Record,
    *,
    status: int = 200,
    problem: str = "",
    **forms: Any,
) -> HttpResponse:
    """Render the record's page; ``forms`` are those that come back with their errors."""
    found = wanted(request, record)
    profile = profile_for(record.meeting.unit)
    document = queries.paper(found, "record", profile=profile)
    revision = found.version.revision if found.version else record.revision
    done = {c.capacity: c for c in record.confirmations.filter(revision=revision)}
    # Who looks at an old version does not sign the new one unseen.
    capacities = [] if found.version else signers.capacities_of(record, request.user)
    if capacities and not problem and actions.moved_on(record):
        problem = actions.MOVED_ON
    outside = _is_outside(request, record)
    issued, before = queries.issued(record) if answers(request.user, record) else ([], 0)
    context = {
        "record": record,
        "meeting": record.meeting,
        "issued": issued,
        "issued_before": before,
        "found": found,
        "version": found.version,
        "which": f"&version={found.version.number}" if found.version else "",
        "versions": record.versions.select_related("voided", "filed").prefetch_related("scans"),
        "paper": markup(document, profile.layout),
        "is_outside": outside,
        "opinions": record.opinions.none() if outside else record.opinions.select_related("author"),
        "needed": [(c.label, people, done.get(c)) for c, people in signers.needed(record).items()],
        "cut_off": _cut_off(record),
        "may_replace": may(request.user, P.MEETING_EDIT, record.meeting),
        "capacities": [c.label for c in capacities],
        "confirm_form": ConfirmForm(initial={"revision": record.revision}) if capacities else None,
        "return_form": ReasonForm(),
        "amend_form": ReasonForm(label="更正原因"),
        "scan_form": ScanForm(),
        "void_form": VoidForm() if may(request.user, P.RECORD_REVIEW, record) else None,
        "may_edit": may(request.user, P.RECORD_EDIT, record),
        "may_return": may(request.user, P.RECORD_SIGN, record)
        or may(request.user, P.RECORD_REVIEW, record),
        "may_read_archive": may(request.user, P.ARCHIVE_READ, record.meeting.unit),
        "editable": record.open_for_editing,
        "made_up": [] if outside else queries.made_up_since(record, found),
        "missing": pdf.missing_glyphs(document),
        "problem": problem,
        **_objections(request, record, found),
        **_returns(request.user, record, found),
        **forms,
    }
    return render_page(request, "minutes/detail.html", context, status=status)


def _cut_off(record: Record) -> list[tuple[str, str]]:
    """Return who is waited for in vain: the office and the name."""
    rows = signers.cut_off(Record.objects.filter(pk=record.pk)).select_related(
        "meeting__chair", "meeting__recorder"
    )
    return [(office.label, who.name) for row in rows for office, who in signers.missing(row)]


@requires(P.RECORD_READ, on=Record)
@require_GET
def detail(request: Request, record: Record) -> HttpResponse:
    """The record as paper, with its state and what comes next; ?version=N shows that version."""
    return show(request, record)


@requires(P.RECORD_EDIT, on=Record)
@require_http_methods(["GET", "POST"])
def edit(request: Request, record: Record) -> HttpResponse:
    """Every part for the paper beside what it was made from; saves one part at a time."""
    if not record.open_for_editing:
        return redirect("minutes:detail", record.pk)
    if request.method == "GET":
        return _editor(request, record)
    if "part" in request.POST:
        return _save_part(request, record)
    facts = _facts_form(record, request.POST)
    if not facts.is_valid():
        return _editor(request, record, facts=facts, status=422)
    actions.set_facts(record, by=request.user, at=timezone.now(), **facts.cleaned_data)
    messages.success(request, "已保存。")
    return redirect("minutes:edit", record.pk)


def _facts_form(record: Record, data: Any = None) -> FactsForm:
    end = record.meeting.actual_end
    late = record.submitted_at is None and end is not None and is_late_entry(end, timezone.now())
    # A copy: validating a form writes into its instance.
    return FactsForm(
        data,
        instance=Record.objects.get(pk=record.pk),
        late=bool(record.late_reason) or (late and not record.meeting.late_entry_reason),
    )


def _editor(
    request: Request,
    record: Record,
    *,
    status: int = 200,
    wrong: PartForm | None = None,
    facts: FactsForm | None = None,
    problem: str = "",
) -> HttpResponse:
    content = gather(record)
    findings = checks.find(record, content, at=timezone.now())
    context = {
        "record": record,
        "meeting": record.meeting,
        "editors": _editors(record, wrong),
        "facts": facts or _facts_form(record),
        "findings": findings,
        "blocked": any(finding.blocks for finding in findings),
        "asks": any(finding.asks for finding in findings),
        "pending": pending(record),
        "opinions": record.opinions.select_related("author"),
        "returned_open": open_return(record),
        "problem": problem,
    }
    return render_page(request, "minutes/edit.html", context, status=status)


def _editors(record: Record, wrong: PartForm | None) -> list[dict[str, Any]]:
    """Return what the editor shows of each part, in the paper's order."""
    meeting = record.meeting
    shown = rows(record)
    texts = shared_texts([row.part.text_key for row in shown])
    sections = {f"item-{item.pk}": item.title for item in meeting.agenda.all()}
    sections |= {"remarks": "发言", "votes": "表决", "summary": "主持人小结", DECISIONS: "决定"}
    decisions = {f"decision-{d.pk}": d for d in meeting.decisions.all()}
    found = []
    for row in shown:
        prefix, key = str(row.part.pk), row.part.key
        text = texts.get(row.part.text_key)
        stored = {"text": row.part.text, "base": digest(row.part.text)}
        returned = wrong if wrong and wrong.prefix == prefix else None
        beside = row.changed or row.edited or row.gone
        form = returned or PartForm(prefix=prefix, initial=stored, wide=not beside)
        url = reverse("minutes:part_save", args=[record.pk, row.part.pk])
        into_shared_text(form, "text", url=url, name=row.part.text_key, text=text)
        found.append(
            {
                "row": row,
                "section": sections.get(row.section, "会议页已删除"),
                "decision": decisions.get(key),
                "form": form,
                "beside": beside,
                "edits": diff(row.part.source, row.part.text) if row.edited else [],
                "seen": digest(row.now),
            }
        )
    return found


def _save_part(request: Request, record: Record) -> HttpResponse:
    part = get_object_or_404(record.parts, pk=whole_number(request.POST.get("part", ""), _FIGURES))
    by, at, do = request.user, timezone.now(), request.POST.get("do", "save")
    back = redirect("minutes:edit", record.pk)
    if do == "remove":
        actions.remove_part(part, by=by, at=at)
        return back
    back["Location"] += f"#part-{part.pk}"
    if do in {"take", "keep"}:
        seen = request.POST.get("seen", "")
        actions.take_source(part, seen=seen, keep=do == "keep", by=by, at=at)
        return back
    data = compare.chosen(request.POST, f"{part.pk}-text")
    form = PartForm(data, prefix=str(part.pk))
    if not form.is_valid():
        return _editor(request, record, wrong=form, status=422)
    try:
        actions.edit_part(part, by=by, at=at, **form.cleaned_data)
    except Stale:
        part.refresh_from_db()
        return compare.page(
            request,
            data,
            field=f"{part.pk}-text",
            base_field=f"{part.pk}-base",
            newer=compare.newer(part.text_key, part.text, digest(part.text), at=at),
            back=back["Location"],
        )
    except Refused as refusal:
        form.add_error("text", str(refusal))
        return _editor(request, record, wrong=form, status=refusal.status)
    messages.success(request, "已保存。")
    return back


@requires(P.RECORD_EDIT, on=Record)
@require_POST
@saves
def part_save(request: Request, record: Record, part: int) -> HttpResponse:
    """Save a part while it is typed (contract: saving.contract)."""
    found = get_object_or_404(record.parts, pk=part)
    return serve(
        request,
        key=found.text_key,
        now=found.text,
        save=lambda p: actions.type_part(found, p, by=request.user, at=timezone.now()),
        form_base=lambda: digest(record.parts.get(pk=part).text),
    )


@requires(P.RECORD_EDIT, on=Record)
@require_http_methods(["GET", "POST"])
def part_history(request: Request, record: Record, part: int) -> HttpResponse:
    """The earlier wordings of a part; a post brings one back."""
    found = get_object_or_404(record.parts, pk=part)
    if not record.open_for_editing:
        return redirect("minutes:detail", record.pk)
    return history.serve(
        request,
        key=found.text_key,
        title=found.heading,
        back=reverse("minutes:edit", args=[record.pk]) + f"#part-{found.pk}",
        up="整理记录",
        now=found.text,
        restore=lambda pk: actions.restore_part(
            found, wording=pk, by=request.user, at=timezone.now()
        ),
    )


@requires(P.RECORD_EDIT, on=Record)
@require_POST
def submit(request: Request, record: Record) -> HttpResponse:
    """送签; a refusal shows the editor with everything that is in the way."""
    as_it_is = request.POST.get("as_it_is") == "yes"
    try:
        actions.submit(record, by=request.user, at=timezone.now(), as_it_is=as_it_is)
    except Refused as refusal:
        if not Record.objects.get(pk=record.pk).open_for_editing:
            raise
        return _editor(request, record, problem=str(refusal), status=refusal.status)
    messages.success(request, "已送签。主持人和记录人可以签字了。")
    return redirect("minutes:detail", record.pk)
