"""台账: what the rows say, for whom, and how they leave."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from python_calamine import CalamineWorkbook

from studyapp.accounts.models import User
from studyapp.archive.ledgers import LEDGERS, Row
from studyapp.minutes import actions as minutes
from studyapp.papers.models import IssuedFile
from tests.conftest import Cast
from tests.minutes import records

SignIn = Callable[[User], Client]
YEAR = timezone.localdate().year


def rows(cast: Cast, name: str, reader: User | None = None) -> list[dict[str, Any]]:
    ledger = LEDGERS[name]
    found: list[Row] = list(ledger.rows(cast.branch, YEAR, reader or cast.secretary))
    return [dict(zip(ledger.head, row, strict=True)) for row in found]


def test_the_ledger_of_meetings_has_a_whole_row_for_what_is_signed(cast: Cast) -> None:
    record = records.signed(cast)
    meeting, version = record.meeting, record.versions.get()
    (row,) = rows(cast, "meetings")
    start, end = (timezone.localtime(at) for at in (meeting.actual_start, meeting.actual_end))
    expected = {
        "党组织": "刑侦支队第一党支部", "日期": start.date(), "月份": start.month,
        "季度": f"第{(start.month + 2) // 3}季度", "会议类型": "集中学习", "主题": meeting.title,
        "开始": start.time().replace(second=0, microsecond=0), "时长（分钟）": (end - start).seconds // 60, "主持人": "陈卫东",
        "记录人": "孙丽华", "记录状态": "第1版", "校验码": version.code, "上报日期": "",
    }  # fmt: skip
    assert {key: row[key] for key in expected} == expected
    assert row["应到"] == row["实到"] + row["请假"] + row["缺席"]


def test_what_waits_for_signatures_stands_by_its_plain_facts(cast: Cast) -> None:
    record = records.submitted(cast)
    (row,) = rows(cast, "meetings")
    assert (row["主题"], row["记录状态"], row["校验码"]) == (record.meeting.title, "未签字", "")
    assert rows(cast, "attendance") == rows(cast, "hours") == []
    # From above only what is signed is seen.
    assert rows(cast, "meetings", cast.inspector) == []


def test_what_is_void_is_marked_among_the_meetings_and_counted_nowhere(cast: Cast) -> None:
    void, kept = (
        records.signed(cast, kind="lecture", title=title, lecturer="陈卫东", lecture_topic="守纪")
        for title in ("没开成", "开了的")
    )
    minutes.void(void, reason="会没有开成", by=cast.secretary, at=timezone.now())
    first, second = rows(cast, "meetings")
    version, meeting = void.versions.get(), void.meeting
    day = timezone.localdate(meeting.actual_start)
    assert {key: value for key, value in first.items() if value != ""} == {
        "党组织": "刑侦支队第一党支部", "年度": YEAR, "季度": f"第{(day.month + 2) // 3}季度",
        "月份": day.month, "日期": day, "会议类型": "党课", "主题": "没开成",
        "主持人": "陈卫东", "记录人": "孙丽华", "记录状态": "第1版，作废", "校验码": version.code,
    }  # fmt: skip
    assert (second["主题"], second["记录状态"]) == (kept.meeting.title, "第1版")
    assert {row["主题"] for row in rows(cast, "attendance")} == {"开了的"}
    assert [row["主题"] for row in rows(cast, "hours")] == ["开了的"]


def test_everybody_on_the_roll_has_one_plain_row(cast: Cast) -> None:
    record = records.signed(cast)
    found = rows(cast, "attendance")
    names = set(record.meeting.attendances.values_list("name", flat=True))
    assert ({row["姓名"] for row in found}, len(found)) == (names, len(names))
    assert {row["到会情况"] for row in found} <= {
        "出席",
        "迟到",
        "请假",
        "缺席",
        "列席",
        "中途离会",
    }
    assert "合计" not in {str(cell) for row in found for cell in row.values()}


def test_the_ledgers_ask_as_often_for_three_meetings_as_for_one(cast: Cast) -> None:
    def asked() -> list[int]:
        counts = []
        for name in LEDGERS:
            with CaptureQueriesContext(connection) as queries:
                rows(cast, name)
            counts.append(len(queries))
        return counts

    records.signed(cast)
    rows(cast, "meetings")  # the reader's memberships are read once
    before = asked()
    records.signed(cast)
    records.signed(cast)
    assert asked() == before


@pytest.mark.parametrize("name", LEDGERS)
def test_a_ledger_leaves_as_a_table_and_is_recorded(
    cast: Cast, signed_in: SignIn, name: str
) -> None:
    records.signed(cast)
    client, place = signed_in(cast.secretary), f"/branches/{cast.branch.pk}/archive/ledger/"
    page = client.get(place).text
    assert f"{place}{name}.xlsx?year={YEAR}" in page
    sheet = client.get(f"{place}{name}.xlsx")
    cells = CalamineWorkbook.from_filelike(io.BytesIO(sheet.content)).get_sheet_by_index(0)
    assert tuple(cells.to_python()[0]) == LEDGERS[name].head
    lines = client.get(f"{place}{name}.csv").content.decode("utf-8-sig").splitlines()
    assert lines[0] == ",".join(LEDGERS[name].head)
    assert len(lines) == len(cells.to_python())
    assert [file.paper for file in IssuedFile.objects.all()] == [LEDGERS[name].name] * 2


def test_members_do_not_take_ledgers_and_from_above_the_password_is_asked(
    cast: Cast, signed_in: SignIn
) -> None:
    place = f"/branches/{cast.branch.pk}/archive/ledger/"
    assert signed_in(cast.member).get(place).status_code == 403
    assert signed_in(cast.visitor).get(f"{place}hours.csv").status_code == 404
    answer = signed_in(cast.inspector).get(f"{place}hours.csv")
    assert answer["Location"].startswith("/me/password/again/?next=")
    assert signed_in(cast.secretary).get(f"{place}other.csv").status_code == 404
    assert signed_in(cast.secretary).get(f"{place}hours.txt").status_code == 404
