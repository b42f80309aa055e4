"""Upload or paste: a new speech, a new version."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from studyapp.access.decorators import requires, signed_in
from studyapp.access.permissions import P
from studyapp.accounts.models import User
from studyapp.errors import Refused
from studyapp.speeches import actions
from studyapp.speeches.forms import ImportForm, TextForm, VersionForm
from studyapp.speeches.models import Speech
from studyapp.speeches.queries import newest, units_to_import
from studyapp.speeches.readers.safely import read_safely
from studyapp.uploads.taking import take
from studyapp.web.bodies import takes_files
from studyapp.web.requests import Request
from studyapp.web.shortcuts import render_page


def _source(form: TextForm, by: User) -> dict[str, Any]:
    """Return text, file_name and data for the action; raises Refused for an unfit file."""
    file: UploadedFile[Any] | None = form.cleaned_data["file"]
    if file is None:
        return {"text": form.cleaned_data["text"]}
    data, name = take(file, by=by), file.name or ""
    return {"text": read_safely(data, name), "file_name": name, "data": data}


@signed_in(
    reason="Offers only the units that the person may bring texts in for; others get 403.",
    offices=False,
)
@require_http_methods(["GET", "POST"])
@takes_files
def new(request: Request) -> HttpResponse:
    """Bring a text in; what was recognised is reviewed next."""
    units = units_to_import(request.user)
    if not units:
        raise PermissionDenied(P.SPEECH_IMPORT.value)
    form = ImportForm(request.POST or None, request.FILES or None, units=units)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                speech = actions.import_speech(
                    unit=form.cleaned_data["unit"],
                    by=request.user,
                    at=timezone.now(),
                    source=form.cleaned_data["source"],
                    document_number=form.cleaned_data["document_number"],
                    **_source(form, request.user),
                )
            except Refused as error:
                form.add_error(None, str(error))
                status = error.status
            else:
                return redirect("speeches:review", pk=speech.pk)
    return render_page(request, "speeches/new.html", {"form": form}, status=status)


@requires(P.SPEECH_EDIT, on=Speech)
@require_http_methods(["GET", "POST"])
@takes_files
def version(request: Request, speech: Speech) -> HttpResponse:
    """Bring a new wording of a speech in."""
    form = VersionForm(request.POST or None, request.FILES or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                stored = actions.add_version(
                    speech,
                    by=request.user,
                    at=timezone.now(),
                    vouched=form.cleaned_data["vouched"],
                    **_source(form, request.user),
                )
            except Refused as error:
                form.add_error(None, str(error))
                status = error.status
            else:
                messages.success(
                    request, f"第{stored.number}稿已存。笔记留在原来的专题上，核对一下划分。"
                )
                return redirect("speeches:review", pk=speech.pk)
    context = {"form": form, "speech": speech, "last": newest(speech)}
    return render_page(request, "speeches/version.html", context, status=status)
