"""`manage.py demo`: natural at any hour, never beside other data, and always told."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.audit.actions import record
from studyapp.audit.queries import holds_demo_data
from studyapp.branches.models import Unit
from studyapp.dashboards.demo.build import build
from studyapp.dashboards.demo.bureau import moment
from studyapp.meetings.models import Meeting, State

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _separate(settings: Any, tmp_path: Path) -> Iterator[None]:
    """Keep uploads in a folder of the test; what is looked up once per process is forgotten."""
    settings.MEDIA_ROOT = tmp_path
    holds_demo_data.cache_clear()
    yield
    holds_demo_data.cache_clear()


# The demo itself is built on both databases by other tests; the times are reckoned in Python.
@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("clock", "place"),
    [
        ((2026, 11, 26, 0, 5), "刑侦值班室"),
        ((2026, 11, 26, 1, 40), "刑侦值班室"),
        ((2026, 11, 28, 9, 10), "支队三楼会议室"),
        ((2026, 11, 29, 14, 59), "支队三楼会议室"),
        ((2027, 1, 1, 23, 45), "刑侦值班室"),
    ],
)
def test_times_are_natural_whenever_it_is_built(clock: tuple[int, ...], place: str) -> None:
    year, month, day, hour, minute = clock
    now = moment(date(year, month, day), hour, minute)
    build(at=now)
    running = Meeting.objects.get(state=State.OPEN)
    assert running.actual_start is not None
    assert running.planned_start <= running.actual_start <= now < running.planned_end
    assert (running.place, running.planned_start.minute % 30) == (place, 0)
    arriving = Meeting.objects.get(state=State.CHECK_IN)
    assert now < arriving.planned_start <= now + timedelta(minutes=30)
    others = Meeting.objects.exclude(pk__in=(running.pk, arriving.pk))
    starts = [timezone.localtime(meeting.planned_start) for meeting in others]
    assert {start.weekday() for start in starts} <= set(range(5))
    assert {start.hour for start in starts} <= set(range(9, 18))
    assert [
        m.title for m in others.filter(state=State.ENDED) if m.actual_end and m.actual_end > now
    ] == []
    assert [m.title for m in others.filter(state=State.PREPARING) if m.planned_start < now] == []
    assert Meeting.objects.filter(created_at__gt=now).count() == 0


def test_it_refuses_a_database_that_holds_anything() -> None:
    call_command("demo", verbosity=0)
    with pytest.raises(CommandError, match="已有内容"):
        call_command("demo", verbosity=0)


def test_it_refuses_a_database_whose_log_tells_of_something() -> None:
    record("登录失败")
    with pytest.raises(CommandError, match="已有内容"):
        call_command("demo", verbosity=0)
    assert (User.objects.count(), Unit.objects.count()) == (0, 0)


def test_only_a_demo_lists_its_accounts_and_shows_its_banner(
    client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CommandError, match="没有演示数据"):
        call_command("demo", accounts=True)
    assert "演示数据" not in client.get("/login/").content.decode()
    holds_demo_data.cache_clear()
    call_command("demo")
    capsys.readouterr()
    holds_demo_data.cache_clear()
    call_command("demo", accounts=True)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == [
        "secretary", "recorder", "member", "visitor", "inspector",
        "sysadmin", "secadmin", "auditor",
    ]  # fmt: skip
    assert "Demo-Study-2026" in lines[0]
    assert "演示数据" in client.get("/login/").content.decode()
