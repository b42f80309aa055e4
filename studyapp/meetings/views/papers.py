"""Papers of a meeting and of notes: 通知 and 签到表, 表决结果, 学习笔记, 专题汇编."""

from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from studyapp.access.decorators import requires, signed_in
from studyapp.access.permissions import P
from studyapp.branches.models import MembershipRole, Unit, home_unit, memberships_of
from studyapp.branches.queries import people_in
from studyapp.meetings import note_papers, papers, vote_papers
from studyapp.meetings.models import Attendance, Meeting, Note
from studyapp.meetings.sign_in_sheets import is_filled
from studyapp.meetings.views.page import loaded
from studyapp.papers.delivery import Paper
from studyapp.papers.desk import Choice, Desk, hand_out
from studyapp.speeches.models import Theme
from studyapp.web.requests import Request
from studyapp.web.shortcuts import whole_number

_FIGURES = 18
_NO_NOTES = "提交到支部的笔记才会印在这里；草稿只有自己能看到，不印。"


def _up(meeting: Meeting) -> tuple[tuple[str, str], ...]:
    return (
        (reverse("meetings:list"), "学习会"),
        (reverse("meetings:detail", args=[meeting.pk]), meeting.title),
    )


def _day(meeting: Meeting) -> str:
    return f"{timezone.localdate(meeting.actual_start or meeting.planned_start):%Y-%m-%d}"


@requires(P.MEETING_READ, on=Meeting)
@require_GET
def notice(request: Request, meeting: Meeting, suffix: str = "") -> HttpResponse:
    """通知＋议程＋空白签到表 in one print, each alone, or the filled 签到表: ?paper=."""
    kind = request.GET.get("paper", "all")
    if kind not in papers.PAPERS:
        raise Http404
    meeting = loaded(meeting)
    address = reverse("meetings:notice", args=[meeting.pk])
    offered = [each for each in papers.PAPERS if each != "filled" or is_filled(meeting)]
    name = papers.PAPERS[kind]
    called = "通知" if kind == "all" else name
    paper = Paper(
        document=papers.paper(meeting, kind),
        unit=meeting.unit,
        subject=f"meeting-{meeting.pk}",
        name="会议通知" if kind == "all" else name,
        file_name=f"{_day(meeting)}-{meeting.get_kind_display()}-{called}",
        target=meeting.title,
    )
    choices = [
        Choice(papers.PAPERS[each], f"{address}?paper={each}", is_shown=each == kind)
        for each in offered
    ]
    if meeting.votes.all():
        of_votes = reverse("meetings:votes", args=[meeting.pk])
        choices.append(Choice("表决结果", of_votes, is_shown=False))
    return hand_out(request, Desk(name, address, _up(meeting), tuple(choices)), paper, suffix)


@requires(P.MEETING_READ, on=Meeting)
@require_GET
def votes(request: Request, meeting: Meeting, suffix: str = "") -> HttpResponse:
    """表决结果 or 选举结果 of the meeting, or of ?vote= alone."""
    meeting = loaded(meeting)
    found = list(meeting.votes.prefetch_related("candidates"))
    address = reverse("meetings:votes", args=[meeting.pk])
    asked = whole_number(request.GET.get("vote", "0"), _FIGURES)
    shown = [vote for vote in found if asked in {0, vote.pk}]
    if asked and not shown:
        raise Http404
    choices = [("全部表决", address, 0)]
    choices += [(vote.subject, f"{address}?vote={vote.pk}", vote.pk) for vote in found]
    desk = Desk(
        name="表决结果",
        address=address,
        up=_up(meeting),
        choices=tuple(Choice(n, a, is_shown=pk == asked) for n, a, pk in choices if found[1:]),
        empty="记录表决以后，可以在这里打印表决结果。",
    )
    paper = Paper(
        document=vote_papers.results(meeting, shown),
        unit=meeting.unit,
        subject=f"meeting-{meeting.pk}",
        name="表决结果",
        file_name=f"{_day(meeting)}-{meeting.get_kind_display()}-表决结果",
        target=meeting.title,
    )
    return hand_out(request, desk, paper if shown else None, suffix)


def _own(request: Request) -> QuerySet[Note]:
    """Return the own posted notes with all that their paper names."""
    found = Note.objects.filter(author=request.user).posted().order_by("created_at", "pk")
    return found.select_related("meeting", "speech", "theme__speech").prefetch_related(
        "meeting__agenda__speech", "meeting__agenda__lead_reader"
    )


def _years(studied: list[note_papers.Study]) -> list[int]:
    """Return the years somebody posted notes in, newest first; this one always."""
    return sorted({study.day.year for study in studied} | {timezone.localdate().year}, reverse=True)


@signed_in(reason="Prints the own posted notes only.", offices=False)
@require_GET
def study_notes(request: Request, suffix: str = "") -> HttpResponse:
    """学习笔记, the own ones of a year or of one meeting; nobody else's, for nobody else."""
    user, own = request.user, _own(request)
    address = reverse("meetings:study_notes")
    studied, unit = note_papers.studies(own), home_unit(user)
    years = _years(studied)
    if "meeting" in request.GET:
        pk = whole_number(request.GET["meeting"], _FIGURES)
        notes = list(own.filter(meeting=pk)) if pk is not None else []
        meeting = notes[0].meeting if notes else None
        if meeting is None:
            raise Http404
        year, scope = None, meeting.title
        when = f"{_day(meeting)}-{scope}"
    else:
        year = whole_number(request.GET.get("year", str(years[0])), 4)
        if year not in years:
            raise Http404
        notes = [n for s in studied if s.day.year == year for n in s.notes]
        when = scope = f"{year}年"
    desk = Desk(
        name="学习笔记",
        address=address,
        up=((reverse("accounts:me"), "我的"), (reverse("meetings:notes"), "我的笔记")),
        choices=tuple(Choice(f"{y}年", f"{address}?year={y}", is_shown=y == year) for y in years),
        empty=_NO_NOTES,
    )
    if not notes or unit is None:
        return hand_out(request, desk, None, suffix)
    rows = Attendance.objects.filter(user=user, meeting__in=[n.meeting_id for n in notes])
    paper = Paper(
        document=note_papers.study_notes(
            notes,
            name=user.name,
            organisation=unit.full_name,
            scope=scope,
            attended={row.meeting_id: row for row in rows},
        ),
        unit=unit,
        subject=f"notes-{user.pk}",
        name="学习笔记",
        file_name=f"{when}-学习笔记-{user.name}",
    )
    return hand_out(request, desk, paper, suffix)


@requires(P.SPEECH_READ, on=Theme)
@require_GET
def theme_collection(request: Request, theme: Theme, suffix: str = "") -> HttpResponse:
    """专题汇编: what one own branch posted on a theme; ?unit= where there are several."""
    own = [m.unit for m in memberships_of(request.user) if m.role != MembershipRole.ORGAN]
    address = reverse("meetings:theme_collection", args=[theme.pk])
    unit = _asked_unit(request, own)
    desk = Desk(
        name="专题汇编",
        address=address,
        up=(
            (reverse("speeches:detail", args=[theme.speech_id]), theme.speech.title),
            (reverse("meetings:theme_notes", args=[theme.pk]), theme.title),
        ),
        choices=tuple(
            Choice(u.name, f"{address}?unit={u.pk}", is_shown=u == unit) for u in own if own[1:]
        ),
        empty="支部里还没有人就这个专题提交笔记。",
    )
    about = Note.objects.visible_to(request.user).posted().filter(Q(theme=theme) & Q(unit=unit))
    notes = list(about.select_related("author").order_by("created_at", "pk"))
    if not notes or unit is None:
        return hand_out(request, desk, None, suffix)
    paper = Paper(
        document=note_papers.theme_collection(
            theme,
            notes,
            organisation=unit.full_name,
            order=[m.user_id for m in people_in(unit)],
            day=timezone.localdate(),
        ),
        unit=unit,
        subject=f"theme-{theme.pk}",
        name="专题汇编",
        file_name=f"{timezone.localdate():%Y-%m-%d}-专题汇编-{theme.title}",
        target=theme.title,
    )
    return hand_out(request, desk, paper, suffix)


def _asked_unit(request: Request, own: list[Unit]) -> Unit | None:
    """Return the own unit that ?unit= names, or the first; None for who has none."""
    if "unit" not in request.GET:
        return own[0] if own else None
    pk = whole_number(request.GET["unit"], _FIGURES)
    found = next((unit for unit in own if unit.pk == pk), None)
    if found is None:
        raise Http404
    return found
