"""核对文书: a check code, and a file, compared by whoever holds the paper. No sign-in."""

import hashlib
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from studyapp.access.decorators import public
from studyapp.minutes import chain, checking
from studyapp.web.bodies import announced, takes_files
from studyapp.web.shortcuts import render_page
from studyapp.web.throttle import Limits, is_too_often

LIMITS: Limits = ((20, 60), (200, 3600))
_ENVELOPE = 10_000  # bytes of a form round its file
_NO_CODE = "校验码是16位数字和字母，印在每页下边。"
_TOO_OFTEN = "这个地址查得太频繁，先停一停，过几分钟再查。"
_TOO_LARGE = "文件超过20 MB，没有核对。"
_NO_FILE = "选一个文件再核对。"


class Hashing(FileUploadHandler):
    """Takes the hash of an upload piece by piece and keeps nothing of it."""

    def __init__(self) -> None:
        super().__init__()
        self.sha256 = hashlib.sha256()
        self.size = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Stop at once where a file is larger than it was said to be."""
        self.size += len(raw_data)
        if self.size > settings.UPLOAD_LIMIT:
            raise StopUpload(connection_reset=True)
        self.sha256.update(raw_data)

    def file_complete(self, file_size: int) -> None:
        """Give no file to the form."""


@public(reason="Whoever holds a paper may check its code; the page tells nothing else.")
@require_GET
def check(request: HttpRequest) -> HttpResponse:
    """Ask for a code; ?code=… as typed leads to its page."""
    typed = request.GET.get("code", "")
    if code := chain.typed(typed):
        return redirect("minutes:checked", code)
    wrong = _NO_CODE if "code" in request.GET else ""
    return _page(request, {"typed": typed, "wrong": wrong}, status=422 if wrong else 200)


@public(reason="Whoever holds a paper may check its code; the page tells nothing else.")
# Nothing of the sender is used and nothing is stored, so nothing can be forged; and the body is
# not read before it is known to be small enough.
@csrf_exempt
@require_http_methods(["GET", "POST"])
@takes_files
def checked(request: HttpRequest, code: str) -> HttpResponse:
    """Say what a code stands for; a post compares a file with those that were handed out."""
    if is_too_often(request, "check", LIMITS):
        return _page(request, {"problem": _TOO_OFTEN}, status=429)
    code = chain.typed(code)
    found = checking.verdict(code)
    context: dict[str, Any] = {
        "found": found,
        "code": code,
        "offers": found.status == 200,
        "most": settings.UPLOAD_LIMIT,
    }
    if request.method == "GET" or not context["offers"]:
        return _page(request, context, status=found.status)
    wrong, same = _compared(request, code)
    context |= {"wrong_file": wrong, "compared": not wrong, "same": same}
    return _page(request, context, status=422 if wrong else 200)


def _compared(request: HttpRequest, code: str) -> tuple[str, bool]:
    """Return what is wrong with the upload, and whether it is a file that was handed out."""
    if announced(request.META) > settings.UPLOAD_LIMIT + _ENVELOPE:
        return _TOO_LARGE, False
    upload = Hashing()
    request.upload_handlers = [upload]
    request.FILES  # noqa: B018 -- reads the body
    if upload.size > settings.UPLOAD_LIMIT:
        return _TOO_LARGE, False
    if not upload.size:
        return _NO_FILE, False
    return "", checking.is_issued(code, upload.sha256.hexdigest())


def _page(request: HttpRequest, context: dict[str, Any], *, status: int) -> HttpResponse:
    """Render the page as a stranger sees it, whoever asks: it belongs to the paper."""
    request.user = AnonymousUser()
    return render_page(request, "minutes/check.html", context | {"messages": ()}, status=status)
