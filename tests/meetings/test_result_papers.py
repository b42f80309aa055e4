"""签到表 filled from the roll, and 表决结果, each alone and through its page."""

from collections.abc import Callable
from datetime import datetime, time, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from studyapp.accounts.models import Political, User
from studyapp.documents.blocks import Document, SignatureLines, Table, plain_text
from studyapp.errors import Refused
from studyapp.meetings import sign_in_sheets, vote_papers
from studyapp.meetings.models import Candidate, Kind, Meeting, Method, Presence, Vote, VoteKind
from studyapp.papers.models import IssuedFile
from tests.conftest import Cast
from tests.factories import make_attendance, make_meeting, make_user

SignIn = Callable[[User], Client]
HELD = datetime(2026, 3, 5, 9, 0, tzinfo=timezone.get_default_timezone())


@pytest.fixture
def meeting(cast: Cast) -> Meeting:
    return make_meeting(
        cast.branch, chair=cast.secretary, recorder=cast.recorder, kind=Kind.ASSEMBLY, start=HELD,
        state="ended", actual_start=HELD, actual_end=HELD + timedelta(hours=1),
    )  # fmt: skip


def table_of(document: Document) -> Table:
    return next(block for block in document.blocks if isinstance(block, Table))


def test_a_filled_sheet_tells_who_came_when_and_who_was_on_leave(
    cast: Cast, meeting: Meeting
) -> None:
    others = [make_user(name, unit=cast.branch) for name in ("高鹏", "曹敏", "赵强")]
    make_attendance(meeting, cast.secretary, presence=Presence.PRESENT, rank=1, title="党支部书记")
    make_attendance(meeting, cast.recorder, presence=Presence.LATE, rank=2, arrived_at=time(9, 20))
    make_attendance(
        meeting, cast.member, presence=Presence.PRESENT, rank=3, checked_in_by="scan",
        checked_in_at=HELD.replace(hour=8, minute=55),
    )  # fmt: skip
    make_attendance(meeting, others[0], presence=Presence.LEFT, rank=4, left_at=time(9, 40))
    make_attendance(
        meeting, others[1], presence=Presence.LEAVE, rank=5, leave_kind="病假", reason="住院手术"
    )
    make_attendance(meeting, others[2], presence=Presence.ABSENT, rank=6, reason="联系不上")
    meeting.attendances.create(
        name="何建国", is_observer=True, should_attend=False, presence=Presence.PRESENT,
        title="机关党委", political=Political.FULL, purpose="指导",
    )  # fmt: skip
    document = sign_in_sheets.filled(meeting)
    assert [row[1:] for row in table_of(document).rows] == [
        ("陈卫东", "党支部书记", "正式", "到会", "", "", ""),
        ("孙丽华", "", "正式", "迟到", "", "09:20", ""),
        ("王海峰", "", "正式", "到会", "", "08:55", ""),
        ("高　鹏", "", "正式", "中途离会", "", "", "09:40离会"),
        ("曹　敏", "", "正式", "请假", "", "", "病假"),
        ("赵　强", "", "正式", "缺席", "", "", ""),
        ("何建国", "机关党委", "列席", "到会", "", "", "指导"),
    ]
    text = plain_text(document)
    assert (
        "到会情况：应到6人，实到4人，其中正式党员应到6人、实到4人；"
        "有表决权的党员应到6人、实到4人；请假1人，缺席1人，列席1人。" in text.splitlines()
    )
    assert "时间只填签到码或点名记下的到会时间；签名由本人手写，不得代签。" in text
    assert ["住院" in text, "联系不上" in text] == [False, False]


def test_before_the_roll_there_is_no_filled_sheet(cast: Cast, meeting: Meeting) -> None:
    make_attendance(meeting, cast.member)
    with pytest.raises(Refused, match="还没有点名"):
        sign_in_sheets.filled(meeting)


def test_each_sitting_has_its_own_page(cast: Cast, meeting: Meeting) -> None:
    for number, (name, person) in enumerate((("A班", cast.member), ("B班", cast.recorder))):
        start = HELD + timedelta(days=number)
        sitting = meeting.sittings.create(name=name, start=start, end=start + timedelta(hours=1))
        make_attendance(meeting, person, sitting=sitting, presence=Presence.PRESENT)
    make_attendance(meeting, cast.secretary, presence=Presence.LEAVE, leave_kind="出差")
    blocks = sign_in_sheets.filled(meeting).blocks
    tables = [b for b in blocks if isinstance(b, Table)]
    # Who was at none is listed, with nothing to sign.
    assert ["签名" in table.head for table in tables] == [True, True, False]
    assert tables[2].rows[0][1:] == ("陈卫东", "", "正式", "请假", "出差")
    assert sum(isinstance(b, SignatureLines) for b in blocks) == 2
    blank = [b for b in sign_in_sheets.blank(meeting).blocks if isinstance(b, Table)]
    assert len(blank) == 2
    assert [[row[1] for row in table.rows] for table in tables] == [
        ["王海峰"], ["孙丽华"], ["陈卫东"],
    ]  # fmt: skip


def test_each_paper_of_the_notice_page_is_a_page_and_a_file(
    cast: Cast, meeting: Meeting, signed_in: SignIn
) -> None:
    row = make_attendance(meeting, cast.member)
    client, place = signed_in(cast.member), f"/meetings/{meeting.pk}/notice"
    assert "paper=filled" not in client.get(f"{place}/").text
    row.presence = Presence.PRESENT
    row.save(update_fields=["presence"])
    kinds = ("all", "notice", "agenda", "blank", "filled")
    for kind in kinds:
        assert f"notice.pdf?paper={kind}" in client.get(f"{place}/?paper={kind}").text
        assert client.get(f"{place}.docx?paper={kind}").status_code == 200
    assert client.get(f"{place}.pdf?paper=filled").status_code == 200
    assert [file.paper for file in IssuedFile.objects.order_by("pk")] == [
        "会议通知", "通知", "议程", "空白签到表", "签到表（已填）", "签到表（已填）",
    ]  # fmt: skip
    alone = client.get(f"{place}/?paper=notice").text
    assert ["共1人" in alone, "附件" in alone] == [True, False]
    assert client.get(f"{place}/?paper=other").status_code == 404


def test_whoever_is_at_the_meeting_finds_its_papers_behind_one_button(
    cast: Cast, meeting: Meeting, signed_in: SignIn
) -> None:
    client, place = signed_in(cast.member), f"/meetings/{meeting.pk}/"
    assert f'<a class="btn" href="{place}notice/">' in client.get(place).text
    assert f"{place}votes/" not in client.get(f"{place}notice/").text
    Vote.objects.create(
        meeting=meeting, subject="通过年度计划", eligible=10, present=9, ayes=9, position=1
    )
    assert f"{place}votes/" in client.get(f"{place}notice/").text


def test_votes_are_printed_with_rule_result_and_lines_to_sign(cast: Cast, meeting: Meeting) -> None:
    ordinary = Vote.objects.create(
        meeting=meeting, subject="通过年度计划", eligible=10, present=9, ayes=8, noes=1, position=1
    )
    election = Vote.objects.create(
        meeting=meeting, subject="选举支部委员", kind=VoteKind.ELECTION, method=Method.SECRET,
        eligible=10, present=9, ballots_out=9, ballots_back=9, seats=1, tellers="曹敏",
        counters="高鹏", position=2,
    )  # fmt: skip
    Candidate.objects.create(vote=election, name="孙权", ayes=1, is_other=True)
    Candidate.objects.create(vote=election, name="赵强", ayes=7, noes=1, abstentions=1)
    Candidate.objects.create(vote=election, name="钱进", ayes=1)
    document = vote_papers.results(meeting, [ordinary, election])
    found = plain_text(document).splitlines()
    assert found[:7] == [
        "中共云州市公安局刑侦支队第一党支部",
        "支部党员大会表决和选举结果",
        "会议：支部党员大会（2026年第1次）",
        "主题：学习全市公安政治工作会议精神",
        "时间：2026年3月5日（周四）09:00—10:00",
        "地点：三楼会议室",
        "一、通过年度计划",
    ]
    tables = [block for block in document.blocks if isinstance(block, Table)]
    assert tables[0].rows == (("到会表决", "8人", "1人", "0人"),)
    assert tables[1].rows == (
        ("赵强", "7票", "1票", "1票", "当选"),
        ("钱进", "1票", "—", "—", ""),
        ("孙权（另选他人）", "1票", "—", "—", ""),
    )
    alone = plain_text(vote_papers.results(meeting, [election])).splitlines()
    assert alone[1] == "支部党员大会选举结果"
    assert "选举事项：选举支部委员" in alone
    assert "到会：应到会有选举权的党员10人，实到9人" in alone
    assert [line.split("依据")[0] for line in found if "结果：" in line] == [
        "表决结果：应到会有表决权的党员10人，赞成8人，超过应到会有表决权的党员的半数，通过。",
        "选举结果：发出选票9张，收回9张，选举有效；赵强当选。",
    ]
    signed = [b for b in document.blocks if isinstance(b, SignatureLines)]
    assert [[(s.label, s.name) for s in block.lines] for block in signed] == [
        [("监票人", "曹敏"), ("计票人", "高鹏")],
        [("主持人", "陈卫东"), ("记录人", "孙丽华")],
    ]


def test_all_votes_or_one_by_its_page(cast: Cast, meeting: Meeting, signed_in: SignIn) -> None:
    client, place = signed_in(cast.member), f"/meetings/{meeting.pk}/votes"
    assert "记录表决以后" in client.get(f"{place}/").text
    assert client.get(f"{place}.pdf")["Location"] == f"{place}/"
    votes = [
        Vote.objects.create(meeting=meeting, subject=subject, eligible=3, present=3, ayes=3)
        for subject in ("第一件事", "第二件事")
    ]
    assert f'href="{place}/"' in client.get(f"/meetings/{meeting.pk}/").text
    one = client.get(f"{place}/?vote={votes[1].pk}").text
    assert ["第二件事" in one, "一、第" in one] == [True, False]
    assert client.get(f"{place}/?vote={votes[1].pk + 1}").status_code == 404
    answers = [client.get(f"{place}.{suffix}").status_code for suffix in ("pdf", "docx")]
    assert answers == [200, 200]
    assert signed_in(cast.visitor).get(f"{place}/").status_code == 404
