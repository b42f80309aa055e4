"""Signing: confirm with the password again, return, correct; the scan of the signed paper."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from studyapp.access.decorators import may, requires
from studyapp.access.permissions import P
from studyapp.accounts import again
from studyapp.accounts.again import what_is_wrong
from studyapp.audit.actions import record as audit
from studyapp.audit.models import Operation
from studyapp.errors import Refused
from studyapp.minutes import actions
from studyapp.minutes.actions.signing import CONFIRMED, VOIDED
from studyapp.minutes.forms import ConfirmForm, ReasonForm, ScanForm, VoidForm
from studyapp.minutes.models import Record, Scan
from studyapp.minutes.views.pages import show
from studyapp.papers.delivery import needs_password
from studyapp.uploads.taking import take
from studyapp.web.bodies import takes_files
from studyapp.web.requests import Request
from studyapp.web.shortcuts import download


def _ask_password(
    request: Request, form: ConfirmForm | VoidForm, record: Record, *, name: str, undone: str
) -> None:
    """Put onto the form what is wrong with the password, if all else in it is right."""
    if form.is_valid():
        typed = form.cleaned_data["password"]
        facts = {"target": record.meeting.title, "unit": record.meeting.unit, "record": record.pk}
        if wrong := what_is_wrong(request, typed, name=name, undone=undone, **facts):
            form.add_error("password", wrong)


@requires(P.RECORD_READ, on=Record)
@sensitive_post_parameters("password")
@require_POST
def confirm(request: Request, record: Record) -> HttpResponse:
    """签字确认 with the password again; only those named to sign can."""
    form = ConfirmForm(request.POST)
    _ask_password(request, form, record, name=CONFIRMED, undone="没有签字")
    if form.errors:
        return show(request, record, confirm_form=form, status=422)
    try:
        version = actions.confirm(
            record, revision=form.cleaned_data["revision"], by=request.user, at=timezone.now()
        )
    except Refused as refusal:
        record.refresh_from_db()
        return show(request, record, problem=str(refusal), status=refusal.status)
    messages.success(request, "已签字，记录生效。" if version else "已签字确认，还等其他人签字。")
    return redirect("minutes:detail", record.pk)


@requires(P.RECORD_READ, on=Record)
@require_POST
def return_record(request: Request, record: Record) -> HttpResponse:
    """退回 with an opinion."""
    if not (may(request.user, P.RECORD_SIGN, record) or may(request.user, P.RECORD_REVIEW, record)):
        raise PermissionDenied(P.RECORD_REVIEW.value)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return show(request, record, return_form=form, status=422)
    actions.return_record(
        record, opinion=form.cleaned_data["text"], by=request.user, at=timezone.now()
    )
    messages.success(request, "已退回。")
    return redirect("minutes:detail", record.pk)


@requires(P.RECORD_EDIT, on=Record)
@require_POST
def amend(request: Request, record: Record) -> HttpResponse:
    """发起更正 with its reason."""
    form = ReasonForm(request.POST, label="更正原因")
    if not form.is_valid():
        return show(request, record, amend_form=form, status=422)
    actions.amend(record, reason=form.cleaned_data["text"], by=request.user, at=timezone.now())
    messages.success(request, "已开始更正，原来的签字版本还在。改好后重新送签。")
    return redirect("minutes:edit", record.pk)


@requires(P.RECORD_REVIEW, on=Record)
@sensitive_post_parameters("password")
@require_POST
def void(request: Request, record: Record) -> HttpResponse:
    """作废 with its reason and the password again."""
    form = VoidForm(request.POST)
    _ask_password(request, form, record, name=VOIDED, undone="没有作废")
    if form.errors:
        return show(request, record, void_form=form, status=422)
    try:
        actions.void(record, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now())
    except Refused as refusal:
        return show(request, record, problem=str(refusal), status=refusal.status)
    messages.success(request, "已作废。文书和版本都留着，标明“已作废”；这次会不计学时和到会。")
    return redirect("minutes:detail", record.pk)


@requires(P.RECORD_EDIT, on=Record)
@require_POST
@takes_files
def scan_new(request: Request, record: Record) -> HttpResponse:
    """Attach the scan of the signed paper."""
    form = ScanForm(request.POST, request.FILES)
    if not form.is_valid():
        return show(request, record, scan_form=form, status=422)
    upload = form.cleaned_data["file"]
    try:
        data = take(upload, by=request.user)
        actions.attach_scan(record, data=data, name=upload.name, by=request.user, at=timezone.now())
    except Refused as refusal:
        return show(request, record, problem=str(refusal), status=refusal.status)
    messages.success(request, "扫描件已保存。")
    return redirect("minutes:detail", record.pk)


@requires(P.RECORD_READ, on=Record)
@require_GET
def scan(request: Request, record: Record, scan: int) -> HttpResponseBase:
    """Download a scan as it was uploaded; from above the password is asked first."""
    found = get_object_or_404(Scan.objects.filter(version__record=record), pk=scan)
    if needs_password(request, record.meeting.unit):
        return again.ask(reverse("minutes:detail", args=[record.pk]))
    try:
        content = found.file.open("rb")
    except FileNotFoundError as error:
        raise Refused("扫描件不在服务器上了。告诉系统管理员，从备份里找回。") from error
    audit(
        "下载扫描件",
        operation=Operation.READ,
        by=request.user,
        target=record.meeting.title,
        unit=record.meeting.unit,
        record=record.pk,
        file=found.file_name,
        sha256=found.sha256,
    )
    return download(content, found.file_name)
