"""Rendering a page, or the one named partial of it that htmx asked for (ADR 0004)."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.files import File
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.http import content_disposition_header, url_has_allowed_host_and_scheme

from studyapp.text.cleaning import visible


def render_page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any],
    *,
    partials: tuple[str, ...] = (),
    status: int = 200,
) -> HttpResponse:
    """Render ``template``, or only the partial that the request's target names.

    ``partials`` is the whitelist; partial name = DOM id = HX-Target. A request for anything else
    gets the whole page, so that refresh, bookmark and no-JavaScript always work.
    """
    details = getattr(request, "htmx", None)
    target = getattr(details, "target", None) or ""
    boosted = getattr(details, "boosted", False)
    name = f"{template}#{target}" if target in partials and not boosted else template
    response = render(request, name, dict(context), status=status)
    patch_vary_headers(response, ("HX-Request", "HX-Target"))
    return response


_LONG = 20  # characters; nobody types a key, a number or a date of that length
SECRET = frozenset({"csrfmiddlewaretoken", "password", "old", "new", "again"})
"""Fields that are never shown again, held or kept."""

_OF_THE_PAGE = frozenset({"next", "warning"})
"""Fields that hold what the page itself says."""


def typed_texts(request: HttpRequest) -> list[str]:
    """Return what somebody wrote in a refused post, to be shown for copying; never a password."""
    lists = request.POST.lists()
    return words_of((name, value) for name, values in lists for value in values)


def words_of(fields: Iterable[tuple[str, str]]) -> list[str]:
    """Return what somebody wrote among the fields of a form.

    Words are what holds more than ASCII letters, or is long: choices and dates are neither.
    """
    return [
        value
        for name, value in fields
        if name not in SECRET | _OF_THE_PAGE and (len(value) > _LONG or not value.isascii())
    ]


def whole_number(text: str, figures: int = 11) -> int | None:
    """Return the number that ``text`` writes in at most so many figures; None for anything else.

    By default a key: ours have fewer. Python makes no number of more than 4300 figures, so whatever
    comes with a request is asked here.
    """
    return int(text) if text.isdecimal() and len(text) <= figures else None


def safe_next(request: HttpRequest, default: str) -> str:
    """Return the page to go to after a form: ``next`` when it stays on this site."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    return target if is_ours(request, target) else default


def is_ours(request: HttpRequest, target: str) -> bool:
    """Return whether an address that came from outside is a page of this site."""
    allowed = url_has_allowed_host_and_scheme(
        target, allowed_hosts=None, require_https=request.is_secure()
    )
    return allowed and target.startswith("/") and target.isprintable()


_LONGEST_NAME = 80  # characters: with a suffix under the 255 bytes of most file systems
_NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]+')
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,5}\Z")


def safe_name(name: str) -> str:
    """Return a name that every file system takes: no paths, no control characters, not too long."""
    return _NOT_IN_NAMES.sub("-", visible(name)).strip(" .-")[:_LONGEST_NAME] or "文件"


def as_attachment(name: str) -> str:
    """Return the Content-Disposition of a download, whatever a person called the file."""
    suffix = found[0] if (found := _SUFFIX.search(name)) else ""
    safe = safe_name(name.removesuffix(suffix)) + suffix
    return content_disposition_header(as_attachment=True, filename=safe) or "attachment"


def download(content: "File[bytes]", name: str) -> FileResponse:
    """Hand out what somebody brought in or a job made, told as nothing in particular."""
    answer = FileResponse(content, content_type="application/octet-stream")
    # Afterwards: FileResponse writes a header of its own.
    answer.headers["Content-Disposition"] = as_attachment(name)
    return answer
