"""今日: what comes next, what waits for me, and nothing of what others do in private."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.dashboards import queries
from studyapp.meetings.models import AgendaItem, ItemKind, Meeting
from studyapp.speeches.models import Theme
from tests.conftest import Cast
from tests.factories import make_meeting, make_note, make_speech

SignIn = Callable[[User], Client]


def plan(cast: Cast, *, days: int = 1, title: str = "学习推进会精神") -> Meeting:
    speech = make_speech(cast.branch, cast.secretary)
    meeting = make_meeting(
        cast.branch,
        chair=cast.secretary,
        recorder=cast.recorder,
        title=title,
        start=timezone.now() + timedelta(days=days),
    )
    AgendaItem.objects.create(
        meeting=meeting, position=2, kind=ItemKind.STUDY, title="学习", speech=speech
    )
    return meeting


def test_the_next_meeting_stands_first_with_its_themes(cast: Cast, signed_in: SignIn) -> None:
    plan(cast, days=9, title="后一次会")
    meeting = plan(cast, days=2, title="这一次会")
    page = signed_in(cast.member).get("/").content.decode()
    assert page.index("这一次会") < page.index("后一次会")
    themes = Theme.objects.filter(speech__agenda_items__meeting=meeting)
    links = [f"/speeches/{t.speech_id}/#t{t.number}" for t in themes]
    assert len(links) == 2
    assert [link in page for link in links] == [True, True]


def test_own_notes_are_counted_for_their_author_alone(cast: Cast) -> None:
    meeting = plan(cast)
    theme = Theme.objects.filter(speech__agenda_items__meeting=meeting).order_by("number")[0]
    make_note(cast.member, cast.branch, theme=theme, speech=theme.speech)
    counts = {
        person: [vars(theme)["own"] for theme in queries.themes(getattr(cast, person), meeting)]
        for person in ("member", "recorder")
    }
    assert counts == {"member": [1, 0], "recorder": [0, 0]}


def test_a_draft_is_on_its_authors_page_only(cast: Cast, signed_in: SignIn) -> None:
    make_note(cast.member, cast.branch, body="还没想好怎么说", posted=False)
    pages = {
        person: "还没想好怎么说" in signed_in(getattr(cast, person)).get("/").content.decode()
        for person in ("member", "secretary", "inspector", "visitor")
    }
    assert pages == {"member": True, "secretary": False, "inspector": False, "visitor": False}


def test_posted_notes_of_the_branch_are_shown_to_the_branch(cast: Cast, signed_in: SignIn) -> None:
    make_note(cast.member, cast.branch, body="一次告知要做实")
    pages = {
        person: "一次告知要做实" in signed_in(getattr(cast, person)).get("/").content.decode()
        for person in ("secretary", "inspector", "visitor")
    }
    assert pages == {"secretary": True, "inspector": False, "visitor": False}


@pytest.mark.parametrize(("person", "offered"), [("secretary", True), ("member", False)])
def test_only_who_may_plan_is_offered_to_plan(
    cast: Cast, signed_in: SignIn, person: str, *, offered: bool
) -> None:
    page = signed_in(getattr(cast, person)).get("/").content.decode()
    assert ('href="/meetings/new/"' in page) is offered


def test_three_meetings_cost_as_many_queries_as_one(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.secretary)
    client.get("/")  # writes the session's time once
    counts = []
    for days in (1, 3, 5):
        plan(cast, days=days)
        with CaptureQueriesContext(connection) as queries_made:
            client.get("/")
        counts.append(len(queries_made))
    assert counts[0] == counts[2]
