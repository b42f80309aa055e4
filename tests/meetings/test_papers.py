"""The papers before a meeting: 通知, 议程, 签到表 as one print."""

from datetime import timedelta

import pytest
from django.utils import timezone

from studyapp.accounts.models import Political
from studyapp.documents.blocks import Attachment, Heading, Table, plain_text
from studyapp.meetings import papers, queries
from studyapp.meetings.actions import roll, schedule
from studyapp.meetings.models import Kind, Meeting
from tests.conftest import Cast
from tests.factories import make_speech, make_user

START = timezone.make_aware(timezone.datetime(2026, 11, 23, 14, 30))  # type: ignore[attr-defined]


def planned(cast: Cast, kind: str = Kind.STUDY, **more: object) -> Meeting:
    more.setdefault("title", "学习讲话")
    return schedule.schedule(
        unit=cast.branch,
        kind=kind,
        planned_start=START,
        planned_end=START + timedelta(minutes=90),
        place="三楼会议室",
        chair=cast.secretary,
        recorder=cast.recorder,
        by=cast.secretary,
        at=START - timedelta(days=3),
        **more,  # type: ignore[arg-type]
    )


def lines(meeting: Meeting) -> list[str]:
    return plain_text(papers.notice(meeting)).splitlines()


def test_a_notice_names_what_a_person_has_to_know_and_nothing_twice(cast: Cast) -> None:
    found = lines(planned(cast))
    assert found[: found.index("附件1")] == [
        "中共云州市公安局刑侦支队第一党支部",
        "关于组织集中学习的通知",
        "各位党员：",
        "现将组织集中学习的有关事项通知如下：",
        "主题：学习讲话",
        "时间：2026年11月23日（周一）14:30—16:00",
        "地点：三楼会议室",
        "主持人：陈卫东",
        "记录人：孙丽华",
        "参加人员：全体党员，共3人，名单见附件2",
        "请参会人员提前到场并在签到表上签名，不能参加的提前向记录人说明。",
        "附件：1. 会议议程",
        "2. 会议签到表",
        "中共云州市公安局刑侦支队第一党支部",
        "2026年11月20日",
    ]


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        (Kind.ASSEMBLY, "关于召开支部党员大会的通知"),
        (Kind.COMMITTEE, "关于召开支委会的通知"),
        (Kind.LECTURE, "关于上党课的通知"),
        (Kind.THEME_DAY, "关于开展主题党日活动的通知"),
        (Kind.LIFE, "关于召开组织生活会的通知"),
        (Kind.APPRAISAL, "关于开展民主评议党员的通知"),
    ],
)
def test_each_kind_has_its_verb(cast: Cast, kind: Kind, title: str) -> None:
    assert lines(planned(cast, kind))[1] == title


def test_a_sign_in_sheet_is_blank_and_knows_everybodys_standing(cast: Cast) -> None:
    make_user("高鹏", unit=cast.branch, political=Political.PROBATIONARY, rank=20, duty="民警")
    make_user("曹敏", unit=cast.branch, political=Political.NONE, rank=21)
    meeting = planned(cast)
    roll.add_observer(
        meeting, name="何建国", title="机关党委", purpose="指导", by=cast.recorder, at=START
    )
    *_, sheet = papers.notice(meeting).blocks
    assert isinstance(sheet, Attachment)
    (table,) = (block for block in sheet.blocks if isinstance(block, Table))
    assert table.head == ("序号", "姓名", "单位职务", "类别", "签名", "时间", "备注")
    assert [row[:4] for row in table.rows] == [
        ("1", "陈卫东", "党支部书记", "正式"),
        ("2", "孙丽华", "宣传委员", "正式"),
        ("3", "王海峰", table.rows[2][2], "正式"),
        ("4", "高　鹏", "民警", "预备"),
        ("5", "曹　敏", table.rows[4][2], "非党员"),
        ("6", "何建国", "机关党委", "列席"),
        ("7", "", "", ""),
        ("8", "", "", ""),
        ("9", "", "", ""),
    ]
    assert {cell for row in table.rows for cell in row[4:]} == {""}
    found = lines(meeting)
    assert found[-2].startswith("本人签名，不得代签；")
    assert found[-1] == "记录人：孙丽华　签字：　年　　月　　日"


def test_each_sitting_has_its_sheet(cast: Cast) -> None:
    meeting = planned(cast)
    for number, name in enumerate(("A班", "B班")):
        start = START + timedelta(hours=2 * number)
        sitting = meeting.sittings.create(name=name, start=start, end=start + timedelta(hours=1))
        meeting.attendances.filter(rank=number + 1).update(sitting=sitting)
    found = lines(meeting)
    assert [line for line in found if line.startswith(("附件", "2. ", "3. "))] == [
        "附件：1. 会议议程",
        "2. 会议签到表（A班）",
        "3. 会议签到表（B班）",
        "附件1",
        "附件2",
        "附件3",
    ]
    assert "参加人员：全体党员，共3人，名单见附件2、附件3" in found
    assert [line for line in found if line.startswith("时间（")] == [
        "时间（A班）：2026年11月23日（周一）14:30—15:30",
        "时间（B班）：2026年11月23日（周一）16:30—17:30",
    ]
    sheets = [b for b in papers.notice(meeting).blocks if isinstance(b, Attachment)][1:]
    names = [
        [row[1] for block in s.blocks if isinstance(block, Table) for row in block.rows if row[1]]
        for s in sheets
    ]
    # Who has no sitting yet may come to either.
    assert names == [["陈卫东", "王海峰"], ["孙丽华", "王海峰"]]


def test_a_postponed_meeting_says_from_when_and_why(cast: Cast) -> None:
    meeting = planned(cast)
    schedule.postpone(
        meeting,
        start=START + timedelta(days=2),
        end=START + timedelta(days=2, hours=1),
        reason="当天有安保。",
        by=cast.secretary,
        at=START - timedelta(days=1),
    )
    meeting.refresh_from_db()
    found = lines(meeting)
    assert found[3] == (
        "原定2026年11月23日的集中学习改期（改期原因：当天有安保）。"
        "现将组织集中学习的有关事项通知如下："
    )
    assert "时间：2026年11月25日（周三）14:30—15:30" in found


@pytest.mark.parametrize("kind", [Kind.ASSEMBLY, Kind.COMMITTEE])
def test_a_sheet_names_organisation_kind_and_theme_each_once(cast: Cast, kind: Kind) -> None:
    meeting = planned(cast, kind)
    head = plain_text(papers.paper(meeting, "blank")).splitlines()[1:4]
    assert head == [
        f"党组织：{meeting.paper_organisation}",
        f"会议：{kind.label}（2026年第1次）",
        "主题：学习讲话",
    ]


def test_the_agenda_has_headings_and_the_committees_names_its_own(cast: Cast) -> None:
    speech = make_speech(cast.branch, cast.secretary, title="讲话", source="云州市公安局")
    meeting = planned(cast, Kind.COMMITTEE, speeches=[speech], lead_readers=[cast.recorder])
    items = [block for block in papers.agenda(meeting).blocks if isinstance(block, Heading)]
    assert items == [
        Heading(1, "一、通报到会情况"),
        Heading(1, "二、学习《讲话》", "（云州市公安局，全文，领学人：孙丽华，来源未核实）"),
        # What nobody has named yet is asked for, and not printed.
        Heading(1, "三、主持人小结"),
        Heading(1, "四、散会"),
    ]
    assert "研究的议题还没有写明" in [one.text for one in queries.missing(meeting)]
    attached = next(b for b in papers.notice(meeting).blocks if isinstance(b, Attachment))
    assert attached.blocks == tuple(items)
    assert papers.agenda(meeting).title.split("\n")[1] == "会议议程"


@pytest.mark.parametrize(
    ("kind", "title", "steps"),
    [
        (Kind.COMMITTEE, "研究练兵清单", ["研究练兵清单"]),
        (Kind.COMMITTEE, "支委会", ["研究议题"]),
        (Kind.APPRAISAL, "年度评议", ["个人自评", "党员互评", "民主测评", "组织评定"]),
    ],
)
def test_the_agenda_starts_with_the_steps_of_its_kind(
    cast: Cast, kind: Kind, title: str, steps: list[str]
) -> None:
    found = [item.title for item in planned(cast, kind, title=title).agenda.all()]
    assert found == ["通报到会情况", *steps, "主持人小结", "散会"]


def test_a_notice_says_in_words_who_is_to_come(cast: Cast) -> None:
    make_user("曹敏", unit=cast.branch, political=Political.NONE, rank=21)
    party = [cast.secretary, cast.recorder, cast.member]
    said = []
    for people in (None, party, party[:2]):
        found = lines(planned(cast, Kind.LECTURE, people=people))
        said.append((found[2], next(line for line in found if line.startswith("参加人员"))))
    assert said == [
        ("各位同志：", "参加人员：全体人员，共4人，名单见附件2"),
        ("各位党员：", "参加人员：全体党员，共3人，名单见附件2"),
        ("各位党员：", "参加人员：陈卫东、孙丽华，共2人，名单见附件2"),
    ]
