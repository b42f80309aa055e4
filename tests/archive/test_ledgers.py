"""台账: what the rows say, for whom, and how they leave."""

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from python_calamine import CalamineWorkbook

from studyapp.accounts.models import User
from studyapp.archive.actions import file_records
from studyapp.archive.ledgers import LEDGERS, Row
from studyapp.meetings import hours
from studyapp.meetings.actions import make_up, outcomes
from studyapp.minutes import actions as minutes
from studyapp.papers.models import IssuedFile
from tests.conftest import Cast
from tests.factories import make_user
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
        "记录编号": "",
    }  # fmt: skip
    assert {key: row[key] for key in expected} == expected
    assert row["应到"] == row["实到"] + row["请假"] + row["缺席"]
    file_records(cast.branch, [version], by=cast.secretary, at=timezone.now())
    assert [one["记录编号"] for one in rows(cast, "meetings")] == [f"{YEAR}-30年-1"]


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


def test_a_meeting_in_shifts_counts_by_sitting_as_on_the_own_page(cast: Cast) -> None:
    meeting = records.held(cast)
    begun = meeting.actual_start
    assert begun is not None
    meeting.agenda.create(position=2, kind="study", title="学习《党章》", lead_reader=cast.member)
    meeting.actual_start, meeting.actual_end = begun - timedelta(hours=7), begun + timedelta(0)
    meeting.save(update_fields=["actual_start", "actual_end"])
    early, late = (
        meeting.sittings.create(name=name, start=begun - before, end=begun - before + length)
        for name, before, length in (
            ("A班", timedelta(hours=7), timedelta(minutes=80)),
            ("B班", timedelta(hours=1), timedelta(minutes=60)),
        )
    )
    meeting.attendances.update(sitting=late)
    meeting.attendances.filter(user=cast.member).update(sitting=early)
    meeting.attendances.filter(user=cast.secretary).update(sitting=None)
    record = minutes.open_record(meeting, by=cast.recorder, at=timezone.now())
    records.sign(minutes.submit(record, by=cast.recorder, at=timezone.now()))
    (row,) = rows(cast, "meetings")
    assert (row["时长（分钟）"], row["学时"]) == ("A班 80；B班 60", "A班 1.5；B班 1")
    of_ledger = {one["场次"]: (one["学时"], one["实到"]) for one in rows(cast, "hours")}
    assert of_ledger == {
        "A班": (1.5, 1), "B班": (1.0, row["实到"] - 2), "未分场次": (1.0, 1),
    }  # fmt: skip
    year = timezone.localtime(meeting.actual_start).year
    assert [
        hours.of_person(person, year)[0].hours
        for person in (cast.member, cast.recorder, cast.secretary)
    ] == [1.5, 1.0, 1.0]
    sat = {one["姓名"]: one["场次"] for one in rows(cast, "attendance")}
    assert [sat[name] for name in ("王海峰", "孙丽华", "陈卫东")] == ["A班", "B班", ""]


def test_what_is_made_up_after_the_signatures_stands_in_the_ledgers_and_is_marked(
    cast: Cast,
) -> None:
    other = make_user("甲", unit=cast.branch, rank=50)
    meeting = records.held(cast)
    # Two people of one name: each keeps the own day.
    meeting.attendances.filter(user__in=[cast.member, other]).update(
        presence="leave", leave_kind="值班", name="王海峰"
    )
    first, second = meeting.attendances.filter(name="王海峰")
    make_up.make_up(first, by=first.user or cast.member, at=timezone.now())
    record = minutes.open_record(meeting, by=cast.recorder, at=timezone.now())
    records.sign(minutes.submit(record, by=cast.recorder, at=timezone.now()))
    make_up.make_up(second, by=second.user or cast.member, at=timezone.now())
    today = timezone.localdate()
    (row,) = rows(cast, "meetings")
    assert row["补学"] == f"王海峰 {today}；王海峰 {today}（送签后补）"
    away = [
        (one["说明"], one["补学日期"])
        for one in rows(cast, "attendance")
        if one["到会情况"] == "请假"
    ]
    assert away == [("值班", today), ("值班，送签后补", today)]
    # What was signed is all that is seen from above.
    (row,) = rows(cast, "meetings", cast.inspector)
    assert row["补学"] == f"王海峰 {today}"


def test_texts_topics_and_decisions_are_told_without_the_frame_of_the_agenda(cast: Cast) -> None:
    meeting, day = records.held(cast, kind="committee"), timezone.localdate()
    for kind, title in (
        ("study", "学习《党章》第一章"), ("study", "传达学习《条例》"), ("study", "重温入党誓词"),
        ("vote", "表决"), ("other", "研究值班安排"),
    ):  # fmt: skip
        meeting.agenda.create(
            position=9, kind=kind, title=title, lead_reader=cast.member, words="议过了。"
        )
    begun = timezone.localtime(meeting.actual_start).time()
    vote: dict[str, Any] = {"method": "hands", "subject": "下月到社区走访", "ayes": 2}
    outcomes.add_vote(
        meeting, kind="committee", by=cast.recorder, at=timezone.now(), held_at=begun, **vote
    )
    for number, text in enumerate(("清单月底前列出。", "每周三回访；")):
        meeting.decisions.create(position=number, text=text, responsible="王海峰", due_on=day)
    record = minutes.open_record(meeting, by=cast.recorder, at=timezone.now())
    records.sign(minutes.submit(record, by=cast.recorder, at=timezone.now()))
    (row,) = rows(cast, "meetings")
    assert (row["学习材料"], row["议题"], row["议定事项"]) == (
        "《党章》第一章（领学人：王海峰）；《条例》（领学人：王海峰）；重温入党誓词（领学人：王海峰）",
        "下月到社区走访；研究值班安排",
        "清单月底前列出；每周三回访",
    )  # fmt: skip


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
