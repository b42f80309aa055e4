"""Every route, every role, two relations: the matrix that no route can escape.

What a stranger to the branch may see of its content is 404; administrators are strangers to all
content. A new object route fails here until its kind is told in OBJECTS.
"""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from studyapp.access.checks import walk
from studyapp.access.permissions import P
from studyapp.access.roles import TABLE, Role
from studyapp.accounts.models import Feedback, User
from studyapp.meetings.actions import schedule
from studyapp.meetings.models import Meeting
from studyapp.minutes.actions import open_record
from tests.conftest import Cast
from tests.factories import make_attendance, make_meeting, make_note, make_speech

ROUTES = list(walk(get_resolver().url_patterns))
OFFICES = {
    "sysadmin": {P.UNIT_EDIT, P.PERSON_EDIT, P.FEEDBACK_ANSWER},
    "secadmin": {P.ROLE_GRANT, P.UNLOCK},
    "auditor": {P.AUDIT_READ},
}
PEOPLE = ("secretary", "recorder", "member", "visitor", "inspector", *OFFICES)


@pytest.fixture
def objects(cast: Cast) -> dict[str, int]:
    """One object of each kind in the branch, by the name of its model."""
    speech = make_speech(cast.branch, cast.secretary)
    meeting = make_meeting(cast.branch, chair=cast.secretary, recorder=cast.recorder)
    make_attendance(meeting, cast.member)
    for step in ("check_in", "open"):
        schedule.move(meeting, to=step, by=cast.recorder, at=timezone.now())
    meeting = Meeting.objects.get(pk=meeting.pk)
    record = open_record(meeting, by=cast.recorder, at=timezone.now())
    note = make_note(cast.member, cast.branch)
    theme = speech.themes.order_by("number").first()
    assert theme is not None
    return {
        "Speech": speech.pk,
        "Meeting": meeting.pk,
        "Record": record.pk,
        "Note": note.pk,
        "Theme": theme.pk,
        "Unit": cast.branch.pk,
        "Feedback": Feedback.objects.create(author=cast.member, body="字太小").pk,
    }


def address(route: str, key: int) -> str:
    filled = route.replace("<int:pk>", str(key)).replace("<str:suffix>", "pdf")
    return "/" + re.sub(r"<int:\w+>", "999999", filled)


def of_kind(kind: str) -> list[tuple[str, str, object]]:
    return [(route, name, view.access) for route, name, view in ROUTES if view.access.kind == kind]


def test_every_route_declares_its_access() -> None:
    assert {view.access.kind for _, _, view in ROUTES} == {
        "public",
        "signed-in",
        "office",
        "object",
    }
    public = sorted(name for _, name, _ in of_kind("public"))
    assert public == ["accounts:sign_in", "dashboards:healthz"]


def test_strangers_are_sent_to_the_sign_in_page(client: Client, db: None) -> None:
    for route, name, view in ROUTES:
        if view.access.kind == "public":
            continue
        answer = client.get(address(route, 1))
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/login/"), name


@pytest.mark.parametrize("who", PEOPLE)
def test_office_routes_open_to_their_office_only(
    cast: Cast, signed_in: Callable[[User], Client], who: str
) -> None:
    client = signed_in(cast.people()[who])
    for route, name, access in of_kind("office"):
        holds = access.permission in OFFICES.get(who, set())  # type: ignore[attr-defined]
        status = client.get(address(route, cast.member.pk)).status_code
        assert status in ({200, 405, 404} if holds else {404, 405}), (name, status)
        posted = client.post(address(route, 999_999)).status_code
        assert posted in ({200, 302, 404, 405, 422} if holds else {404, 405}), (name, posted)


@pytest.mark.parametrize("who", PEOPLE)
def test_object_routes_follow_the_role_table(
    cast: Cast, signed_in: Callable[[User], Client], objects: dict[str, int], who: str
) -> None:
    user = cast.people()[who]
    client = signed_in(user)
    for route, name, access in of_kind("object"):
        model = access.model  # type: ignore[attr-defined]
        key = objects[model.__name__]
        fresh = User.objects.get(pk=user.pk)
        target = model.objects.visible_to(fresh).filter(pk=key).first()
        status = client.get(address(route, key)).status_code
        if target is None:
            assert status == 404, (name, status)
        elif not any(access.permission in TABLE[r] for r in target.roles_for(fresh)):  # type: ignore[attr-defined]
            assert status == 403, (name, status)
        else:
            assert status in {200, 302, 404, 405}, (name, status)


@pytest.mark.parametrize("who", ["visitor", "sysadmin", "secadmin", "auditor"])
def test_content_of_another_branch_does_not_exist(
    cast: Cast, signed_in: Callable[[User], Client], objects: dict[str, int], who: str
) -> None:
    client = signed_in(cast.people()[who])
    for route, name, access in of_kind("object"):
        kind = access.model.__name__  # type: ignore[attr-defined]
        if kind in {"Unit", "Feedback"}:
            continue
        assert client.get(address(route, objects[kind])).status_code == 404, name
        assert client.post(address(route, objects[kind])).status_code == 404, name


def test_no_role_holds_what_an_administrator_holds() -> None:
    offices = {Role.SYSTEM, Role.SECURITY, Role.AUDITOR}
    held = [TABLE[role] for role in offices]
    others = frozenset().union(*(TABLE[role] for role in Role if role not in offices))
    assert [list(one & others) for one in held] == [[], [], []]
    assert sum(map(len, held)) == len(frozenset().union(*held))
