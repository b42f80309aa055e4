"""Plain factories: each stores one thing with sensible values and takes what a test cares for."""

from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from studyapp.accounts.models import Political, User
from studyapp.branches.models import Membership, Unit, UnitKind
from studyapp.meetings.models import Attendance, Kind, Meeting, Note, State
from studyapp.speeches.models import Passage, PassageKind, Speech, Theme, Version, Zone

PASSWORD = "Study-2026-night"
_counter = iter(range(1, 10**9))


def make_unit(
    name: str = "", *, kind: str = UnitKind.BRANCH, parent: Unit | None = None, **more: Any
) -> Unit:
    name = name or f"第{next(_counter)}党支部"
    unit = Unit.objects.create(
        name=name,
        full_name=more.pop("full_name", f"中共云州市公安局{name}"),
        kind=kind,
        parent=parent,
        **more,
    )
    unit.path = (parent.path if parent else "/") + f"{unit.pk}/"
    unit.save(update_fields=["path"])
    return unit


@cache
def _hashed(password: str | None) -> str:
    # Slow by intention: hashed anew for every person it would be half of all time that tests take.
    return make_password(password)


def make_user(
    name: str = "",
    *,
    unit: Unit | None = None,
    role: str = "member",
    is_home: bool = True,
    rank: int = 1000,
    duty: str = "",
    **more: Any,
) -> User:
    number = next(_counter)
    more.setdefault("political", Political.FULL)
    user = User.objects.create(
        username=more.pop("username", f"u{number}"),
        name=name or f"张三{number}",
        password=_hashed(more.pop("password", PASSWORD)),
        **more,
    )
    if unit is not None:
        Membership.objects.create(
            user=user, unit=unit, role=role, is_home=is_home, rank=rank, duty=duty
        )
    return user


def make_speech(
    unit: Unit,
    by: User,
    *,
    title: str = "在全市公安政治工作会议上的讲话",
    themes: tuple[str, ...] = ("夯实基础", "服务群众"),
    released: bool = True,
    sent: bool = False,
    **more: Any,
) -> Speech:
    now = timezone.now()
    speech = Speech.objects.create(
        unit=unit,
        title=title,
        created_by=by,
        released_at=now if released or sent else None,
        sent_at=now if sent else None,
        sent_by=by if sent else None,
        vouched_by=by if sent else None,
        **more,
    )
    version = Version.objects.create(
        speech=speech, number=1, source_text="\n".join(themes), created_by=by
    )
    position = 1
    for number, name in enumerate(themes, 1):
        theme = Theme.objects.create(speech=speech, zone=Zone.THEME, number=number, title=name)
        for kind, text in (
            (PassageKind.HEADING, f"第{number}部分、{name}"),
            (PassageKind.BODY, f"围绕{name}，要把工作做在平时，落到每一个岗位。"),
        ):
            Passage.objects.create(
                version=version,
                position=position,
                text=text,
                kind=kind,
                level=1 if kind == PassageKind.HEADING else 0,
                theme=theme,
            )
            position += 1
    return speech


def make_meeting(
    unit: Unit,
    *,
    chair: User,
    recorder: User,
    kind: str = Kind.STUDY,
    state: str = State.PREPARING,
    start: datetime | None = None,
    attending: tuple[User, ...] = (),
    **more: Any,
) -> Meeting:
    start = start or timezone.now().replace(minute=0, second=0, microsecond=0)
    meeting = Meeting.objects.create(
        unit=unit,
        kind=kind,
        title=more.pop("title", "学习全市公安政治工作会议精神"),
        planned_start=start,
        planned_end=start + timedelta(hours=1, minutes=30),
        place="三楼会议室",
        chair=chair,
        recorder=recorder,
        created_by=chair,
        state=state,
        **more,
    )
    for person in attending or ():
        make_attendance(meeting, person)
    return meeting


def make_attendance(meeting: Meeting, user: User, **more: Any) -> Attendance:
    return Attendance.objects.create(
        meeting=meeting,
        user=user,
        name=user.name,
        political=user.political,
        has_vote=more.pop("has_vote", user.has_vote),
        **more,
    )


def make_note(
    author: User, unit: Unit, *, posted: bool = True, body: str = "一点体会。", **more: Any
) -> Note:
    return Note.objects.create(
        author=author, unit=unit, body=body, posted_at=timezone.now() if posted else None, **more
    )
