"""`manage.py setup` starts a real installation: no demo, three administrators, one-time codes."""

import re

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from studyapp.accounts.models import Office, User
from studyapp.audit.checking import check
from studyapp.audit.models import Entry
from studyapp.audit.queries import holds_demo_data
from studyapp.branches.models import Unit
from tests.factories import make_unit

pytestmark = pytest.mark.django_db
NEW = "Lantern-2026-river"


def _codes(printed: str) -> dict[str, str]:
    return {
        name: code
        for _, name, code in (line.split("\t") for line in printed.splitlines() if "\t" in line)
    }


def test_three_administrators_and_one_unit_are_all_there_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    call_command("setup", unit="市局党委", full_name="中共云州市公安局委员会")
    codes = _codes(capsys.readouterr().out)
    assert list(codes) == ["sysadmin", "secadmin", "auditor"]
    assert len(set(codes.values())) == 3
    assert {user.username: user.office for user in User.objects.all()} == {
        "sysadmin": Office.SYSTEM,
        "secadmin": Office.SECURITY,
        "auditor": Office.AUDIT,
    }
    assert [(unit.name, unit.full_name) for unit in Unit.objects.all()] == [
        ("市局党委", "中共云州市公安局委员会")
    ]
    assert Entry.objects.filter(name="初始化系统").count() == 1
    assert check().findings == []
    holds_demo_data.cache_clear()
    assert holds_demo_data() is False


def test_a_code_opens_nothing_but_the_change_of_password(
    capsys: pytest.CaptureFixture[str], client: Client
) -> None:
    call_command("setup")
    code = _codes(capsys.readouterr().out)["sysadmin"]
    client.post("/login/", {"username": "sysadmin", "password": code})
    assert client.get("/admin/units/")["Location"].startswith("/me/password/?next=")
    client.post("/me/password/", {"old": code, "new": NEW, "again": NEW})
    assert client.get("/admin/units/").status_code == 200
    again = Client().post("/login/", {"username": "sysadmin", "password": code})
    assert re.search("不对|不正确|错", again.content.decode())


def test_a_second_setup_and_a_filled_database_are_refused() -> None:
    make_unit("市局党委")
    with pytest.raises(CommandError, match="已有内容"):
        call_command("setup")
    assert User.objects.count() == 0
    Unit.objects.all().delete()
    call_command("setup")
    with pytest.raises(CommandError, match="已有内容"):
        call_command("setup")
    assert (User.objects.count(), Unit.objects.count()) == (3, 1)
