"""A speaker checks what is written down under the own name; the recorder answers."""

from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from studyapp.access.decorators import requires
from studyapp.access.permissions import P
from studyapp.errors import Refused, Stale
from studyapp.meetings.actions import checking as actions
from studyapp.meetings.actions.locking import stamp
from studyapp.meetings.forms.checking import CorrectionForm, ObjectionForm
from studyapp.meetings.models import Meeting, Remark, State
from studyapp.meetings.own_words import Said, printed, said_by
from studyapp.saving import compare
from studyapp.saving.fields import into_working_copy
from studyapp.saving.models import Text
from studyapp.saving.queries import working_copies
from studyapp.text.cleaning import clean
from studyapp.web.requests import Request
from studyapp.web.shortcuts import render_page, safe_next, whole_number

_FIGURES = 11  # what is longer is no key of ours
_SHORT = {"", "right", "withdraw"}
"""What is done without words; the button «对» gives no name."""
_UNKNOWN = "没认出点的是哪个按钮，发言没有改动。刷新页面再点一次。"


@dataclass(frozen=True, slots=True)
class Row:
    """A remark on the page, with its two forms and what was typed and not handed in."""

    said: Said
    correction: CorrectionForm
    objection: ObjectionForm
    kept: Text | None

    @property
    def seen(self) -> str:
        """Which words of which remark: what «对» says that one has read."""
        return f"{self.said.remark.pk}:{stamp(self.said.words)}"


def _rows(request: Request, meeting: Meeting, wrong: forms.Form | None) -> list[Row]:
    said = said_by(request.user, meeting)
    copies = working_copies([one.remark.correction_copy for one in said], request.user)
    rows = []
    for one in said:
        back = wrong if wrong and wrong.prefix == f"r{one.remark.pk}" else None
        correction = back if isinstance(back, CorrectionForm) else CorrectionForm(said=one)
        kept = into_working_copy(
            correction,
            "text",
            name=one.remark.correction_copy,
            owner=request.user,
            stored=one.remark.correction or one.words,
            copies=copies,
        )
        objection = back if isinstance(back, ObjectionForm) else ObjectionForm(said=one)
        rows.append(Row(one, correction, objection, kept))
    return rows


def _page(
    request: Request,
    meeting: Meeting,
    *,
    status: int = 200,
    problem: str = "",
    wrong: forms.Form | None = None,
) -> HttpResponse:
    """Render everything under the own name; ``wrong`` is the form that was refused."""
    meeting = Meeting.objects.select_related("record").get(pk=meeting.pk)
    rows = _rows(request, meeting, wrong)
    is_open = meeting.signed_at is None and meeting.state != State.CANCELLED
    context = {
        "meeting": meeting,
        "rows": rows,
        "is_open": is_open,
        "to_check": [r for r in rows if not r.said.remark.checked_at and not _disputed(r)],
        "problem": problem,
    }
    return render_page(request, "meetings/my_remarks.html", context, status=status)


def _disputed(row: Row) -> bool:
    return row.said.remark.is_disputed


@requires(P.MEETING_READ, on=Meeting)
@require_http_methods(["GET", "HEAD", "POST"])
def my_remarks(request: Request, meeting: Meeting) -> HttpResponse:
    """What stands under the own name, as it will be printed; a post says that all is right."""
    if request.method != "POST":
        return _page(request, meeting)
    try:
        done = actions.check_all(
            meeting, seen=_seen(request.POST), by=request.user, at=timezone.now()
        )
    except Refused as refusal:
        return _page(request, meeting, problem=str(refusal), status=refusal.status)
    if done:
        messages.success(request, f"{len(done)}条发言已核对。")
    return redirect("meetings:my_remarks", pk=meeting.pk)


def _seen(data: QueryDict) -> dict[int, str]:
    found = {}
    for value in data.getlist("seen"):
        key, _, mark = value.partition(":")
        if (number := whole_number(key, _FIGURES)) is not None:
            found[number] = mark
    return found


@requires(P.MEETING_READ, on=Meeting)
@require_POST
def remark_check(request: Request, meeting: Meeting, remark: int) -> HttpResponse:
    """The speaker on one remark: right, corrected, what is wrong, or taken back (``do``)."""
    found = get_object_or_404(meeting.remarks, pk=remark, speaker=request.user)
    by, at, do = request.user, timezone.now(), request.POST.get("do", "")
    if do == "correct":
        return _correct(request, meeting, found)
    if do == "object":
        return _object(request, meeting, found)
    if do not in _SHORT:
        return _page(request, meeting, problem=_UNKNOWN, status=422)
    try:
        if do == "withdraw":
            actions.withdraw_dispute(found, by=by, at=at)
            messages.success(request, "已撤回。")
        else:
            # Words that were not shown cannot be right: without their mark it is stale.
            base = _seen(request.POST).get(found.pk, "")
            actions.check_remark(found, base=base, by=by, at=at)
            messages.success(request, "已核对。")
    except Refused as refusal:
        return _page(request, meeting, problem=str(refusal), status=refusal.status)
    return _back(meeting, found)


def _back(meeting: Meeting, remark: Remark) -> HttpResponse:
    page = reverse("meetings:my_remarks", kwargs={"pk": meeting.pk})
    return redirect(f"{page}#remark-{remark.pk}")


def _correct(request: Request, meeting: Meeting, remark: Remark) -> HttpResponse:
    """Store a correction; one made from older words is shown beside those of now."""
    said = printed(meeting, [remark])[0]
    data = compare.chosen(request.POST, f"r{remark.pk}-text")
    form = CorrectionForm(data, said=said)
    if not form.is_valid():
        return _page(request, meeting, wrong=form, status=422)
    text, base = form.cleaned_data["text"], form.cleaned_data["base"] or None
    at = timezone.now()
    try:
        actions.correct_remark(remark, text=text, base=base, by=request.user, at=at)
    except Stale:
        said = printed(meeting, [remark])[0]
        return compare.page(
            request,
            data,
            field=f"r{remark.pk}-text",
            base_field=f"r{remark.pk}-base",
            newer=compare.newer(said.key, said.words, stamp(said.words), at=at),
            back=reverse("meetings:my_remarks", kwargs={"pk": meeting.pk}),
        )
    except Refused as refusal:
        form.add_error("text", str(refusal))
        return _page(request, meeting, wrong=form, status=refusal.status)
    messages.success(request, "更正已转给记录人。")
    return _back(meeting, remark)


def _object(request: Request, meeting: Meeting, remark: Remark) -> HttpResponse:
    form = ObjectionForm(request.POST, said=printed(meeting, [remark])[0])
    if form.is_valid():
        words = form.cleaned_data["objection"]
        try:
            actions.object_to_remark(remark, objection=words, by=request.user, at=timezone.now())
        except Refused as refusal:
            form.add_error("objection", str(refusal))
    if form.errors:
        return _page(request, meeting, wrong=form, status=422)
    messages.success(request, "意见已转给记录人。")
    return _back(meeting, remark)


@requires(P.MEETING_RECORD, on=Meeting)
@require_POST
def remark_answer(request: Request, meeting: Meeting, remark: int) -> HttpResponse:
    """The recorder keeps the wording and says why."""
    found = get_object_or_404(meeting.remarks, pk=remark)
    answer = clean(request.POST.get("answer", ""))
    seen = request.POST.get("seen", "")
    actions.answer_remark(found, answer=answer, seen=seen, by=request.user, at=timezone.now())
    messages.success(request, "已答复，本人会看到。")
    sheet = reverse("meetings:sheet", kwargs={"pk": meeting.pk})
    return redirect(safe_next(request, f"{sheet}#remark-{found.pk}"))
