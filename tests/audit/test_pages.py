"""The log is read by the 审计管理员 alone, narrowed down, and checked."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from studyapp.audit.actions import record
from studyapp.audit.models import Entry, Operation
from studyapp.audit.queries import window
from tests.audit.damage import chain, without_triggers
from tests.conftest import Cast


def found(client: Client, query: str) -> list[str]:
    """Return the names of the entries that a question finds, newest first."""
    seen = client.get(f"/admin/audit/?{query}").context["seen"]
    return [entry.name for entry in seen.entries if entry.user_id != "auditor"]


def test_only_the_auditor_reads_it(cast: Cast, signed_in) -> None:
    record("试", by=cast.member, target="某事")
    page = signed_in(cast.auditor).get("/admin/audit/?user=member")
    assert (page.status_code, "某事" in page.content.decode()) == (200, True)
    others = [who for name, who in cast.people().items() if name != "auditor"]
    for address in ("/admin/audit/", "/admin/audit/verify/", "/admin/audit/export/"):
        assert {signed_in(who).get(address).status_code for who in others} == {404}


def test_entries_are_found_by_person_day_kind_and_outcome(cast: Cast, signed_in) -> None:
    record("甲", by=cast.member)
    record("乙", by=cast.recorder, operation=Operation.CREATE)
    record("丙", by=cast.recorder, succeeded=False, error_code="wrong")
    client = signed_in(cast.auditor)
    today = timezone.localdate()
    yesterday = today - timedelta(days=1)
    assert found(client, "") == ["丙", "乙", "甲"]
    assert found(client, "user=RECORDER") == ["丙", "乙"]
    assert found(client, "operation=2") == ["乙"]
    assert found(client, "outcome=no") == ["丙"]
    assert found(client, f"day={today}") == ["丙", "乙", "甲"]
    assert found(client, f"day={yesterday}") == []
    assert found(client, f"day={yesterday}&until={today}") == ["丙", "乙", "甲"]
    assert found(client, f"until={yesterday}") == []


def test_a_look_at_the_log_is_logged_with_what_was_asked(cast: Cast, signed_in) -> None:
    record("试", by=cast.member)
    signed_in(cast.auditor).get("/admin/audit/?user=Member&outcome=yes")
    entry = Entry.objects.order_by("-seq")[0]
    assert (entry.name, entry.user_id, entry.operation, entry.condition) == (
        "查看审计记录",
        "auditor",
        Operation.READ,
        {"filter": "登录名 member，结果 成功", "span": "1—1"},
    )


def test_pages_go_on_by_number_in_both_directions(cast: Cast) -> None:
    chain(cast, 7)
    everything = Entry.objects.all()

    def seen(**place: int | None) -> tuple[list[int], int | None, int | None]:
        there = window(everything, 3, **{"before": None, "after": None, **place})
        return [entry.seq for entry in there.entries], there.newer, there.older

    assert seen() == ([7, 6, 5], None, 5)
    assert seen(before=5) == ([4, 3, 2], 4, 2)
    assert seen(before=2) == ([1], 1, None)
    assert seen(after=1) == ([4, 3, 2], 4, 2)
    assert seen(after=4) == ([7, 6, 5], None, 5)
    assert seen(before=1) == ([], None, None)
    assert seen(after=7) == ([7, 6, 5], None, 5)


def test_a_row_is_told_in_words(cast: Cast, signed_in) -> None:
    record("授予角色", by=cast.secadmin, role="成员→书记", new_people=["甲", "乙"], home=True)
    record("登录", succeeded=False, error_code="locked", target="member")
    page = signed_in(cast.auditor).get("/admin/audit/").content.decode()
    words = ("角色：成员→书记", "新建人员：甲、乙", "组织关系：是", "账号锁定中")
    assert [one for one in words if one not in page] == []


@pytest.mark.attack(44)
@pytest.mark.parametrize(
    "query",
    [
        "operation=²",
        "operation=99999999999999999999",
        "day=2026-13-01",
        "day=x&until=y",
        "user=%00'--",
        "before=²",
        "outcome=maybe",
        "after=99999999999999999999",
    ],
)
def test_odd_questions_are_no_error(cast: Cast, signed_in, query: str) -> None:
    assert signed_in(cast.auditor).get(f"/admin/audit/?{query}").status_code == 200


@pytest.mark.attack(25)
def test_words_in_the_log_are_shown_as_words(cast: Cast, signed_in) -> None:
    record("试", target="<script>alert(1)</script>{{7*7}}", detail="<img src=x>")
    page = signed_in(cast.auditor).get("/admin/audit/").content.decode()
    assert ("<script>alert" in page, "<img src=x" in page, "{{7*7}}" in page) == (
        False,
        False,
        True,
    )


def test_the_list_asks_as_often_for_three_as_for_one(cast: Cast, signed_in) -> None:
    client: Client = signed_in(cast.auditor)
    counts = []
    for more in (1, 2):
        for _ in range(more):
            record("试", by=cast.member)
        client.get("/admin/audit/")
        with CaptureQueriesContext(connection) as queries:
            client.get("/admin/audit/")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_check_tells_that_all_is_well_and_is_logged(cast: Cast, signed_in) -> None:
    last = chain(cast)[-1]
    page = signed_in(cast.auditor).get("/admin/audit/verify/").content.decode()
    assert "第 1 条到第 3 条，共 3 条" in page
    assert "首尾相连，没有改动，防篡改触发器都在。" in page
    assert last.digest in page
    entry = Entry.objects.get(name="核验审计记录")
    assert (entry.user_id, entry.operation, entry.succeeded, entry.condition) == (
        "auditor",
        Operation.READ,
        True,
        {"rows": 3, "findings": 0},
    )


def test_the_check_tells_what_is_wrong(cast: Cast, signed_in, settings) -> None:
    chain(cast)
    without_triggers("UPDATE audit_entry SET name = 'x' WHERE seq = 2")
    client = signed_in(cast.auditor)
    page = client.get("/admin/audit/verify/").content.decode()
    assert ("审计记录有 1 处问题。" in page, "第 2 条被改动。" in page) == (True, True)
    assert Entry.objects.order_by("seq").last().succeeded is False
    settings.AUDIT_ANCHOR.write_text("x", encoding="utf-8")
    assert "第1行不是锚点" in client.get("/admin/audit/verify/").content.decode()
