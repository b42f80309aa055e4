"""Who sees a record before it is signed, and what an organ above sees of it."""

from studyapp.meetings.models import Kind
from studyapp.minutes.models import Record, RecordState
from tests.conftest import Cast
from tests.factories import make_meeting, make_user
from tests.minutes.records import sign, submitted


def test_a_draft_is_seen_by_who_leads_chairs_or_records_and_then_by_the_unit(cast: Cast) -> None:
    people = {
        "书记": cast.secretary,
        "副书记": make_user(unit=cast.branch, role="deputy"),
        "支委": cast.recorder,
        "主持": make_user(unit=cast.branch),
        "记录": make_user(unit=cast.branch),
        "成员": cast.member,
        # No form gives this role in a branch (ROLES_IN).
        "支部里的小组长": make_user(unit=cast.branch, role="leader"),
        "小组长": make_user(unit=cast.group, role="leader"),
        "小组主持": make_user(unit=cast.group),
        "小组记录": make_user(unit=cast.group),
        "组员": make_user(unit=cast.group),
        "总支书记": make_user(unit=cast.general, role="secretary"),
        "外支部": cast.visitor,
        "机关工作人员": cast.inspector,
        "系统管理员": cast.sysadmin,
    }
    meetings = {
        "支部": make_meeting(cast.branch, chair=people["主持"], recorder=people["记录"]),
        "小组": make_meeting(cast.group, chair=people["小组主持"], recorder=people["小组记录"]),
    }
    seen = {}
    for where, meeting in meetings.items():
        record = Record.objects.create(meeting=meeting)
        for state in (RecordState.DRAFT, RecordState.SUBMITTED):
            record.state = state
            record.save()
            seen[where, state.value] = [
                who for who, user in people.items() if record in Record.objects.visible_to(user)
            ]
    led = ["书记", "副书记"]
    assert seen == {
        ("支部", "draft"): [*led, "主持", "记录"],
        ("支部", "submitted"): [*led, "支委", "主持", "记录", "成员", "支部里的小组长"],
        ("小组", "draft"): [*led, "小组长", "小组主持", "小组记录"],
        ("小组", "submitted"): [*led, "小组长", "小组主持", "小组记录", "组员"],
    }


def test_an_organ_above_sees_what_is_signed_and_nothing_of_a_life_meeting(cast: Cast) -> None:
    found = {}
    for kind in (Kind.STUDY, Kind.LIFE):
        record = submitted(cast, kind=kind)
        above = [Record.objects.visible_to(cast.inspector).contains(record)]
        sign(record)
        above.append(Record.objects.visible_to(cast.inspector).contains(record))
        found[kind.value] = above
    assert found == {"study": [False, True], "life": [False, False]}
