"""Votes and decisions on the recorder's sheet."""

import re
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from studyapp.access.decorators import requires
from studyapp.access.permissions import P
from studyapp.errors import Refused
from studyapp.meetings import presence, voting
from studyapp.meetings.actions import outcomes
from studyapp.meetings.actions.locking import stamp
from studyapp.meetings.forms.sheet import DecisionForm
from studyapp.meetings.forms.votes import CANDIDATES, MOST_CANDIDATES, VoteForm
from studyapp.meetings.models import Meeting, State, Vote, VoteKind
from studyapp.meetings.views.sheet import back_to, edit_text, sheet_page
from studyapp.web.requests import Request
from studyapp.web.shortcuts import render_page


def _vote_page(
    request: Request, meeting: Meeting, kind: VoteKind, *, stored: Vote | None = None
) -> HttpResponse:
    """Show the form of a vote; a post writes it down, or corrects the ``stored`` one."""
    people, at = list(meeting.attendances.all()), timezone.now()
    count = presence.head_count_now(meeting, people, at)
    is_over = meeting.state == State.ENDED
    here = count.present_vote if is_over else count.now_vote
    now = timezone.localtime(at).time().replace(second=0, microsecond=0)
    runs = meeting.state == State.OPEN and not stored
    rows = request.GET.get("rows", "")
    form, status = (
        VoteForm(
            request.POST or None,
            kind=kind,
            rows=min(int(rows), MOST_CANDIDATES)
            if re.fullmatch("[0-9]{1,3}", rows)
            else CANDIDATES,
            instance=stored,
            now=now if runs else None,
        ),
        200,
    )
    if form.is_bound:
        status = 422
        if form.is_valid():
            act = outcomes.edit_vote if stored else outcomes.add_vote
            target: Any = stored or meeting
            try:
                act(target, by=request.user, at=at, **form.values())
            except Refused as error:
                form.add_error(None, str(error))
                status = error.status
            else:
                return back_to(meeting, "sheet-votes")
    context = {
        "form": form,
        "meeting": meeting,
        "stored": stored,
        "kind": kind,
        "kinds": voting.kinds_at(meeting.kind),
        "count": count,
        "here": here,
        "changes": presence.changes_of_voters(meeting, people) if meeting.actual_start else [],
        "rule": voting.RULES[kind],
        "may_vote": voting.quorum(kind, eligible=count.should_vote, present=here),
        "needed": count.vote_needed(kind),
        "more_rows": MOST_CANDIDATES if kind == VoteKind.ELECTION else 0,
    }
    return render_page(request, "meetings/vote.html", context, status=status)


@requires(P.MEETING_RECORD, on=Meeting)
@require_http_methods(["GET", "HEAD", "POST"])
def vote(request: Request, meeting: Meeting) -> HttpResponse:
    """Write down a vote; its kind decides the fields and the rule."""
    kinds = voting.kinds_at(meeting.kind)
    wanted = request.GET.get("kind") or kinds[0]
    if wanted not in kinds:
        raise Http404
    return _vote_page(request, meeting, VoteKind(wanted))


@requires(P.MEETING_RECORD, on=Meeting)
@require_http_methods(["GET", "HEAD", "POST"])
def vote_edit(request: Request, meeting: Meeting, vote: int) -> HttpResponse:
    """Correct the counts of a vote."""
    found = get_object_or_404(meeting.votes.prefetch_related("candidates"), pk=vote)
    return _vote_page(request, meeting, VoteKind(found.kind), stored=found)


@requires(P.MEETING_RECORD, on=Meeting)
@require_POST
def vote_remove(request: Request, meeting: Meeting, vote: int) -> HttpResponse:
    """Take a wrongly entered vote off the sheet."""
    found = get_object_or_404(meeting.votes, pk=vote)
    outcomes.remove_vote(found, by=request.user, at=timezone.now())
    return back_to(meeting, "sheet-votes")


@requires(P.MEETING_RECORD, on=Meeting)
@require_POST
def decision_add(request: Request, meeting: Meeting) -> HttpResponse:
    """Write down a decision."""
    form = DecisionForm(request.POST, prefix="d")
    if not form.is_valid():
        return sheet_page(request, meeting, status=422, decision_form=form)
    data = form.cleaned_data
    try:
        outcomes.add_decision(
            meeting,
            text=data["text"],
            responsible=data["responsible"],
            due_on=data["due_on"],
            by=request.user,
            at=timezone.now(),
        )
    except Refused as error:
        form.add_error(None, str(error))
        return sheet_page(request, meeting, status=error.status, decision_form=form)
    return back_to(meeting, "sheet-decisions")


@requires(P.MEETING_RECORD, on=Meeting)
@require_http_methods(["GET", "HEAD", "POST"])
def decision(request: Request, meeting: Meeting, decision: int) -> HttpResponse:
    """Change a decision."""
    found = get_object_or_404(meeting.decisions, pk=decision)
    initial = {
        "text": found.text,
        "base": stamp(found.text),
        "due_on": found.due_on,
        "responsible": found.responsible,
    }
    form = DecisionForm(request.POST or None, initial=initial)

    def act() -> object:
        return outcomes.edit_decision(
            found, by=request.user, at=timezone.now(), **_with_base(form.cleaned_data)
        )

    return edit_text(
        request,
        meeting,
        form,
        act,
        title="决定",
        anchor="sheet-decisions",
        stored=lambda: meeting.decisions.get(pk=found.pk).text,
    )


def _with_base(data: dict[str, Any]) -> dict[str, Any]:
    return {**data, "base": data["base"] or None}


@requires(P.MEETING_RECORD, on=Meeting)
@require_POST
def decision_remove(request: Request, meeting: Meeting, decision: int) -> HttpResponse:
    """Take a decision off the sheet."""
    found = get_object_or_404(meeting.decisions, pk=decision)
    outcomes.remove_decision(found, by=request.user, at=timezone.now())
    return back_to(meeting, "sheet-decisions")
