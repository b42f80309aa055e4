"""The page of a text's earlier wordings: who, when, why, what changed; each can come back."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect

from studyapp.accounts.models import User
from studyapp.errors import Refused
from studyapp.saving.actions import NO_SUCH_WORDING, taken_over
from studyapp.saving.models import Reason, Revision, Text
from studyapp.saving.queries import any_text, history
from studyapp.text.diff import Shown, diff, folded
from studyapp.web.requests import Request
from studyapp.web.shortcuts import render_page, whole_number

_PAGE = 20
_FIGURES = 18


@dataclass(frozen=True)
class Version:
    """A kept wording with what it changed, and whether it is what the text says now."""

    revision: Revision
    pieces: list[Shown]
    is_first: bool
    is_now: bool

    @property
    def is_conflict(self) -> bool:
        """It was never stored: newer words stood there already."""
        return self.revision.reason == Reason.CONFLICT


def serve(
    request: Request,
    *,
    key: str,
    title: str,
    back: str,
    up: str,
    now: str,
    restore: Callable[[int], object] | None,
    owner: User | None = None,
) -> HttpResponse:
    """Show the wordings of the text ``key``, which says ``now``; a post brings one back.

    ``restore`` is the owner's action, None where the text may not be changed any more. ``back`` is
    the page called ``up`` on which the text is written.
    """
    problem = ""
    if request.method == "POST":
        try:
            _restored(request, restore)
        except Refused as refusal:
            problem = str(refusal)
        else:
            messages.success(request, "已恢复。换下的写法也留着。")
            return redirect(back)
    text = any_text(key, owner)
    pages = Paginator(history(text) if text else Revision.objects.none(), _PAGE)
    page = pages.get_page(request.GET.get("page"))
    context = {
        "title": title,
        "back": back,
        "up": up,
        "page": page,
        "versions": _versions(text, page, now) if text else [],
        "may_restore": restore is not None,
        "problem": problem,
        "query": urlencode({"next": back}) if owner else "",
    }
    status = 422 if problem else 200
    return render_page(request, "saving/history.html", context, status=status)


def _restored(request: Request, restore: Callable[[int], object] | None) -> None:
    if restore is None:
        raise Refused("这里已经不能改了，不能恢复以前的写法。")
    wording = whole_number(request.POST.get("wording", ""), _FIGURES)
    if wording is None:
        raise Refused(NO_SUCH_WORDING)
    restore(wording)


def _versions(text: Text, page: Page[Revision], now: str) -> list[Version]:
    """Return the page's wordings, each beside the stored one before it."""
    rows = list(page)
    older = _before(text, rows[-1]) if rows and page.has_next() else None
    found: list[Version] = []
    for row in reversed(rows):
        before = older.body if older else ""
        found.append(
            Version(
                row,
                folded(diff(before, row.body)),
                is_first=older is None,
                is_now=row.number == text.revision
                and row.reason != Reason.CONFLICT
                and taken_over(row.body) == now,
            )
        )
        if row.reason != Reason.CONFLICT:
            older = row
    return found[::-1]


def _before(text: Text, row: Revision) -> Revision | None:
    """Return the stored wording that ``row`` follows."""
    earlier = Q(number__lt=row.number) | Q(number=row.number, pk__lt=row.pk)
    return history(text).exclude(reason=Reason.CONFLICT).filter(earlier).first()
