"""The demo bureau is whole, lawful and refuses to mix with real data."""

from collections import Counter
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from studyapp.accounts.models import Political, Staff, User
from studyapp.audit.actions import verify
from studyapp.branches.models import Unit
from studyapp.meetings.models import Meeting, Note, State
from studyapp.minutes.models import Record, RecordState


@pytest.fixture
def demo(db: None, settings: object, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path  # type: ignore[attr-defined]
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]
    call_command("demo", verbosity=0)


def test_it_has_what_the_readme_promises(demo: None) -> None:
    assert User.objects.filter(office="").count() >= 80
    assert Unit.objects.filter(kind="branch").count() >= 6
    assert set(Meeting.objects.values_list("state", flat=True)) == set(State)
    assert set(Record.objects.values_list("state", flat=True)) == set(RecordState) - {"draft"}
    assert User.objects.filter(staff=Staff.AUXILIARY, political=Political.FULL).count() >= 3
    assert User.objects.filter(political=Political.PROBATIONARY).count() >= 3
    assert Note.objects.posted().count() >= 8
    names = Counter(User.objects.filter(office="").values_list("name", flat=True))
    assert [name for name, count in names.items() if count > 1] == []
    assert verify() == []


def test_it_refuses_a_database_that_holds_anything(demo: None) -> None:
    with pytest.raises(CommandError, match="已有内容"):
        call_command("demo", verbosity=0)


@pytest.mark.parametrize(
    "who",
    ["secretary", "recorder", "member", "visitor", "inspector", "sysadmin", "secadmin", "auditor"],
)
def test_everybody_signs_in_and_sees_a_start_page(demo: None, client: Client, who: str) -> None:
    signed = client.post("/login/", {"username": who, "password": "Demo-Study-2026"})
    assert signed.status_code == 302
    page = client.get("/", follow=True)
    assert page.status_code == 200
    assert User.objects.get(username=who).name in page.content.decode()
