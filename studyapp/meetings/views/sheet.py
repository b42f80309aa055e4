"""The recorder's sheet: agenda item → speaker → words, votes, decisions, summary."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from studyapp.access.decorators import requires
from studyapp.access.permissions import P
from studyapp.errors import Refused, Stale
from studyapp.meetings import queries, stream, voting
from studyapp.meetings.actions import sheet as actions
from studyapp.meetings.actions.locking import stamp
from studyapp.meetings.forms.sheet import (
    DecisionForm,
    PasteForm,
    RemarkEditForm,
    RemarkForm,
    WordsForm,
)
from studyapp.meetings.models import AgendaItem, ItemKind, Meeting, Remark, Vote
from studyapp.meetings.pasting import split_lines
from studyapp.saving import compare
from studyapp.saving.fields import into_shared_text, into_working_copy
from studyapp.saving.queries import shared_text
from studyapp.text.cjk import initials
from studyapp.web.requests import Request
from studyapp.web.shortcuts import render_page, safe_next


def _loaded(meeting: Meeting) -> Meeting:
    agenda = AgendaItem.objects.select_related("lead_reader", "speech")
    remarks = Remark.objects.select_related("theme", "note")
    votes = Vote.objects.prefetch_related("candidates")
    return (
        Meeting.objects.select_related("unit", "chair", "recorder", "record")
        .prefetch_related(
            Prefetch("agenda", agenda),
            Prefetch("remarks", remarks),
            Prefetch("votes", votes),
            "decisions",
            "attendances",
        )
        .get(pk=meeting.pk)
    )


def items_of(meeting: Meeting) -> list[dict[str, Any]]:
    """Return the agenda with what was written down under each item."""
    items = list(meeting.agenda.all())
    usual = queries.speaking_item(meeting)
    default = usual.pk if usual else None
    said: dict[int | None, list[Remark]] = {}
    for remark in meeting.remarks.all():
        said.setdefault(remark.item_id or default, []).append(remark)
    # Remarks without any agenda item to stand under are shown under the first.
    first = items[0].pk if items else None
    return [
        {
            "item": item,
            "remarks": [*(said.get(None, []) if item.pk == first else []), *said.get(item.pk, [])],
            "has_words": item.kind in {ItemKind.OTHER, ItemKind.STUDY},
        }
        for item in items
    ]


def _ruled(meeting: Meeting) -> list[tuple[Vote, voting.Ruling]]:
    return [
        (vote, voting.judge(vote, voting.got(vote.candidates.all())))
        for vote in meeting.votes.all()
    ]


def sheet_page(
    request: Request,
    meeting: Meeting,
    *,
    status: int = 200,
    remark_form: RemarkForm | None = None,
    decision_form: DecisionForm | None = None,
    summary_form: WordsForm | None = None,
) -> HttpResponse:
    """Render the sheet with the one form that was refused, the others fresh."""
    loaded = _loaded(meeting)
    people = actions.roster(meeting)
    taken = {remark.note_id for remark in loaded.remarks.all() if remark.note_id}
    rows = list(loaded.attendances.all())
    initial = {"item": request.GET.get("item", ""), "theme": request.GET.get("on", "")}
    context: dict[str, Any] = {
        "meeting": loaded,
        "stage": queries.stage(loaded),
        "items": items_of(loaded),
        "votes": _ruled(loaded),
        "decisions": loaded.decisions.all(),
        "missing": queries.missing(loaded),
        "count": queries.head_count(rows),
        "speakers": [(row.name, row.title, initials(row.name)) for row in rows],
        "notes": stream.notes_of(loaded).exclude(pk__in=taken).select_related("author", "theme"),
        "vote_kinds": voting.kinds_at(loaded.kind),
        "remark_form": remark_form or RemarkForm(meeting=meeting, roster=people, initial=initial),
        "decision_form": decision_form or DecisionForm(prefix="d"),
        "summary_form": summary_form or WordsForm(text=loaded.summary, prefix="s"),
    }
    url = reverse("meetings:summary_save", args=[meeting.pk])
    into_shared_text(
        context["summary_form"],
        "text",
        url=url,
        name=meeting.summary_key,
        text=shared_text(meeting.summary_key),
    )
    context["kept"] = into_working_copy(
        context["remark_form"], "text", name=meeting.remark_copy, owner=request.user
    )
    return render_page(request, "meetings/sheet.html", context, status=status)


@requires(P.MEETING_RECORD, on=Meeting)
@require_http_methods(["GET", "HEAD", "POST"])
def sheet(request: Request, meeting: Meeting) -> HttpResponse:
    """The sheet; a post writes down a remark."""
    if request.method != "POST":
        return sheet_page(request, meeting)
    form = RemarkForm(request.POST, meeting=meeting, roster=actions.roster(meeting))
    if not form.is_valid():
        return sheet_page(request, meeting, status=422, remark_form=form)
    name = form.cleaned_data["speaker"]
    try:
        actions.add_remark(
            meeting,
            speaker=form.roster.get(name),
            speaker_name=name,
            text=form.cleaned_data["text"],
            item=form.chosen_item(),
            theme=form.chosen_theme(),
            copy=meeting.remark_copy,
            by=request.user,
            at=timezone.now(),
        )
    except Refused as error:
        form.add_error(None, str(error))
        return sheet_page(request, meeting, status=error.status, remark_form=form)
    # The next remark usually stands under the same item and theme.
    same = urlencode({"item": form.cleaned_data["item"], "on": form.cleaned_data["theme"]})
    address = safe_next(request, reverse("meetings:sheet", kwargs={"pk": meeting.pk}))
    joint = "&" if "?" in address else "?"
    return redirect(f"{address}{joint}{same}#{form['speaker'].id_for_label}")


def back_to(meeting: Meeting, anchor: str) -> HttpResponse:
    return redirect(reverse("meetings:sheet", kwargs={"pk": meeting.pk}) + f"#{anchor}")


def edit_text(
    request: Request,
    meeting: Meeting,
    form: forms.Form,
    act: Callable[[], object],
    *,
    title: str,
    anchor: str,
    stored: Callable[[], str],
    key: str = "",
    more: dict[str, Any] | None = None,
) -> HttpResponse:
    """Show a form for one text; a stale one is answered with both texts side by side.

    ``key`` names it among the saved texts.
    """
    status = 200
    if form.is_bound:
        status = 422
        if form.is_valid():
            try:
                act()
            except Stale:
                now = stored()
                return compare.page(
                    request,
                    compare.chosen(request.POST, "text"),
                    field="text",
                    base_field="base",
                    newer=compare.newer(key, now, stamp(now), at=timezone.now()),
                    back=request.get_full_path(),
                )
            except Refused as error:
                form.add_error(None, str(error))
                status = error.status
            else:
                return back_to(meeting, anchor)
    context = {
        "form": form,
        "meeting": meeting,
        "title": title,
        "anchor": anchor,
        **(more or {}),
    }
    return render_page(request, "meetings/words.html", context, status=status)


@requires(P.MEETING_RECORD, on=Meeting)
@require_http_methods(["GET", "HEAD", "POST"])
def remark(request: Request, meeting: Meeting, remark: int) -> HttpResponse:
    """Change the words of a remark."""
    found = get_object_or_404(meeting.remarks.select_related("theme"), pk=remark)
    people = actions.roster(meeting)
    data = compare.chosen(request.POST, "text")
    form = RemarkEditForm(data or None, meeting=meeting, remark=found, roster=people)
    url = reverse("meetings:remark_save", args=[meeting.pk, found.pk])
    into_shared_text(form, "text", url=url, name=found.text_key, text=shared_text(found.text_key))

    def act() -> object:
        return actions.edit_remark(found, by=request.user, at=timezone.now(), **form.values())

    return edit_text(
        request,
        meeting,
        form,
        act,
        title=f"{found.speaker_name}的发言",
        anchor=f"remark-{found.pk}",
        stored=lambda: meeting.remarks.get(pk=found.pk).text,
        key=found.text_key,
        more={
            "remark": found,
            "earlier": reverse("meetings:remark_history", args=[meeting.pk, found.pk]),
        },
    )


@requires(P.MEETING_RECORD, on=Meeting)
@require_POST
def remark_remove(request: Request, meeting: Meeting, remark: int) -> HttpResponse:
    """Take a remark off the sheet."""
    found = get_object_or_404(meeting.remarks, pk=remark)
    actions.remove_remark(found, by=request.user, at=timezone.now())
    messages.success(request, f"{found.speaker_name}的发言已删除。")
    return back_to(meeting, "sheet-remarks")


@requires(P.MEETING_RECORD, on=Meeting)
@require_POST
def remark_shift(request: Request, meeting: Meeting, remark: int) -> HttpResponse:
    """Move a remark one place up or down in the speaking order."""
    found = get_object_or_404(meeting.remarks, pk=remark)
    up = request.POST.get("to") == "up"
    actions.shift_remark(found, up=up, by=request.user, at=timezone.now())
    return back_to(meeting, f"remark-{found.pk}")


@requires(P.MEETING_RECORD, on=Meeting)
@require_http_methods(["GET", "HEAD", "POST"])
def paste(request: Request, meeting: Meeting) -> HttpResponse:
    """Split pasted «姓名：内容» lines; first a preview, then all are stored or none."""
    form = PasteForm(request.POST or None, meeting=meeting)
    status, lines = 200, []
    if request.method == "POST":
        status = 422
        if form.is_valid():
            text = form.cleaned_data["text"]
            lines = split_lines(text, actions.roster(meeting))
            status = 200
            if "store" in request.POST:
                try:
                    made = actions.paste(
                        meeting,
                        text=text,
                        item=form.chosen_item(),
                        theme=form.chosen_theme(),
                        by=request.user,
                        at=timezone.now(),
                    )
                except Refused as error:
                    form.add_error(None, str(error))
                    status = error.status
                else:
                    messages.success(request, f"{len(made)}条发言已记入。")
                    return back_to(meeting, "sheet-remarks")
    context = {
        "form": form,
        "meeting": meeting,
        "lines": lines,
        "unmatched": sum(1 for line in lines if not line.is_known),
        "can_store": bool(lines) and all(line.name for line in lines),
    }
    return render_page(request, "meetings/paste.html", context, status=status)


@requires(P.MEETING_RECORD, on=Meeting)
@require_POST
def note_take(request: Request, meeting: Meeting, note: int) -> HttpResponse:
    """列入记录: take a posted note of this meeting into the record."""
    found = get_object_or_404(stream.notes_of(meeting), pk=note)
    actions.take_note(meeting, found, by=request.user, at=timezone.now())
    messages.success(request, f"{found.author.name}的笔记已列入记录。")
    sheet = reverse("meetings:sheet", kwargs={"pk": meeting.pk}) + "#sheet-remarks"
    return redirect(safe_next(request, sheet))


@requires(P.MEETING_RECORD, on=Meeting)
@require_http_methods(["GET", "HEAD", "POST"])
def item_words(request: Request, meeting: Meeting, item: int) -> HttpResponse:
    """Write down what was said under an item that has no speakers of its own."""
    found = get_object_or_404(meeting.agenda, pk=item)
    form = WordsForm(compare.chosen(request.POST, "text") or None, text=found.words)
    url = reverse("meetings:words_save", args=[meeting.pk, found.pk])
    into_shared_text(form, "text", url=url, name=found.words_key, text=shared_text(found.words_key))

    def act() -> object:
        data = form.cleaned_data
        return actions.set_item_words(
            found, text=data["text"], base=data["base"] or None, by=request.user, at=timezone.now()
        )

    return edit_text(
        request,
        meeting,
        form,
        act,
        title=found.title,
        anchor=f"item-{found.pk}",
        stored=lambda: meeting.agenda.get(pk=found.pk).words,
        key=found.words_key,
        more={"earlier": reverse("meetings:words_history", args=[meeting.pk, found.pk])},
    )


@requires(P.MEETING_RECORD, on=Meeting)
@require_POST
def summary(request: Request, meeting: Meeting) -> HttpResponse:
    """Store the chair's summary."""
    data = compare.chosen(request.POST, "s-text")
    form = WordsForm(data, prefix="s")
    if not form.is_valid():
        return sheet_page(request, meeting, status=422, summary_form=form)
    try:
        actions.set_summary(
            meeting,
            text=form.cleaned_data["text"],
            base=form.cleaned_data["base"] or None,
            by=request.user,
            at=timezone.now(),
        )
    except Stale:
        now = Meeting.objects.get(pk=meeting.pk).summary
        return compare.page(
            request,
            data,
            field="s-text",
            base_field="s-base",
            newer=compare.newer(meeting.summary_key, now, stamp(now), at=timezone.now()),
            back=reverse("meetings:sheet", args=[meeting.pk]) + "#sheet-summary",
        )
    except Refused as error:
        form.add_error("text", str(error))
        return sheet_page(request, meeting, status=error.status, summary_form=form)
    messages.success(request, "小结已保存。")
    return back_to(meeting, "sheet-summary")
