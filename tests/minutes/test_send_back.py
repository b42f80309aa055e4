"""退回更正: the organ above returns a signed record, the branch corrects it or explains."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.audit.models import Entry
from studyapp.branches.models import Membership
from studyapp.errors import Refused, Stale
from studyapp.minutes import actions, queries
from studyapp.minutes.models import Record, SentBack
from studyapp.minutes.sent_back import open_return, returned
from tests.conftest import Cast
from tests.minutes.records import NOW, amended, sign, signed, submitted

SignIn = Callable[[User], Client]
OPINION = "议定事项没有写负责人。"
ANSWER = "负责人写在第三段，没有漏。"


def newest(record: Record) -> dict[str, int]:
    return {"version": record.versions.latest("number").number}


def send_back(record: Record, by: User, opinion: str = OPINION) -> SentBack:
    version = record.versions.latest("number")
    return actions.send_back(version, opinion=opinion, by=by, at=NOW())


# --- Returning -----------------------------------------------------------------------------------


def test_the_organ_returns_a_signed_version_which_stays_signed(cast: Cast) -> None:
    record = signed(cast)
    row = send_back(record, cast.inspector, f" {OPINION}\r\n")
    assert (row.version.number, row.opinion, row.by_name, row.by_unit, row.explanation) == (
        1, OPINION, "何建国", "机关党委", "",
    )  # fmt: skip
    entry = Entry.objects.latest("seq")
    assert (entry.name, entry.user_id, entry.condition["version"]) == ("退回更正", "inspector", 1)
    record.refresh_from_db()
    assert (record.state, open_return(record)) == ("signed", returned(record)[0])


def test_one_return_at_a_time(cast: Cast) -> None:
    record = signed(cast)
    with pytest.raises(Refused, match="写明哪里不对"):
        send_back(record, cast.inspector, " \n")
    with pytest.raises(Refused, match="超过2000字"):
        send_back(record, cast.inspector, "长" * 2001)
    send_back(record, cast.inspector)
    with pytest.raises(Refused, match="已退回过"):
        send_back(record, cast.inspector, "还有一处。")
    assert SentBack.objects.count() == 1


def test_nothing_is_returned_that_is_corrected_already(cast: Cast) -> None:
    record = signed(cast)
    version = record.versions.get()
    actions.amend(record, reason="写错", by=cast.recorder, at=NOW())
    with pytest.raises(Refused, match="正在更正"):
        send_back(record, cast.inspector)
    sign(actions.submit(record, by=cast.recorder, at=NOW()))
    with pytest.raises(Stale, match="新的版本"):
        actions.send_back(version, opinion=OPINION, by=cast.inspector, at=NOW())
    assert send_back(record, cast.inspector).version.number == 2


def test_only_an_organ_above_returns_and_never_a_life_meeting(cast: Cast) -> None:
    Membership.objects.create(user=cast.inspector, unit=cast.branch)
    life = signed(cast, kind="life", title="组织生活会")
    with pytest.raises(Refused, match="组织生活会"):
        send_back(life, cast.inspector)
    Membership.objects.filter(user=cast.visitor).update(unit=cast.branch, role="organ")
    with pytest.raises(Refused, match="只能退回下级"):
        send_back(signed(cast), User.objects.get(pk=cast.visitor.pk))
    assert SentBack.objects.count() == 0


# --- Answering -----------------------------------------------------------------------------------


def test_an_explanation_settles_it_once(cast: Cast) -> None:
    record = signed(cast)
    with pytest.raises(Refused, match="不用再说明"):
        actions.explain(record, text=ANSWER, by=cast.recorder, at=NOW())
    send_back(record, cast.inspector)
    with pytest.raises(Refused, match="写明情况"):
        actions.explain(record, text="\n", by=cast.recorder, at=NOW())
    actions.explain(record, text=ANSWER, by=cast.recorder, at=NOW())
    assert Entry.objects.latest("seq").name == "对退回更正作书面说明"
    with pytest.raises(Refused, match="不用再说明"):
        actions.explain(record, text="改口。", by=cast.secretary, at=NOW())
    row = SentBack.objects.get()
    assert (row.opinion, row.explanation, row.explained_by) == (OPINION, ANSWER, cast.recorder)
    assert open_return(record) is None


def test_a_later_version_settles_it_and_another_return_may_follow(cast: Cast) -> None:
    record = signed(cast)
    send_back(record, cast.inspector)
    actions.amend(record, reason=OPINION, by=cast.recorder, at=NOW())
    assert open_return(record) is not None
    sign(actions.submit(record, by=cast.recorder, at=NOW()))
    (one,) = returned(record)
    assert one.later == record.versions.get(number=2)
    assert SentBack.objects.unsettled().count() == 0
    send_back(record, cast.inspector, "还有一处。")
    assert [(r.row.version.number, r.is_open) for r in returned(record)] == [(2, True), (1, False)]


def test_declaring_the_version_void_settles_it(cast: Cast) -> None:
    record = signed(cast)
    send_back(record, cast.inspector)
    actions.void(record, reason="会没有开成", by=cast.secretary, at=NOW())
    assert (open_return(record), SentBack.objects.unsettled().count()) == (None, 0)
    with pytest.raises(Refused, match="已作废这一版"):
        send_back(record, cast.inspector)


# --- The pages -----------------------------------------------------------------------------------


def test_the_organ_returns_on_the_page_and_sees_the_answer_there(
    signed_in: SignIn, cast: Cast
) -> None:
    record = signed(cast)
    url = f"/minutes/{record.pk}/"
    organ, branch = signed_in(cast.inspector), signed_in(cast.recorder)
    assert f'action="{url}send-back/"' in organ.get(url).content.decode()
    empty = organ.post(f"{url}send-back/", {"text": "", **newest(record)})
    assert (empty.status_code, SentBack.objects.count()) == (422, 0)
    assert organ.post(f"{url}send-back/", {"text": OPINION, **newest(record)}).status_code == 302
    page = organ.get(url).content.decode()
    assert (OPINION in page, "等支部更正或者书面说明" in page, "send-back/" in page) == (
        True, True, False,
    )  # fmt: skip
    # Pressed again from an old page: refused, and the words are still there.
    again = organ.post(f"{url}send-back/", {"text": "还有一处不对。", **newest(record)})
    assert again.status_code == 422
    assert ("还有一处不对。" in again.content.decode(), "已退回过" in again.content.decode()) == (
        True, True,
    )  # fmt: skip
    page = branch.get(url).content.decode()
    assert page.index(OPINION) < page.index('class="recordpage"')
    assert (page.count(f'action="{url}amend/"'), page.count(f'action="{url}explain/"')) == (1, 1)
    assert branch.post(f"{url}explain/", {"text": ANSWER}).status_code == 302
    assert ANSWER in organ.get(url).content.decode()
    late = branch.post(f"{url}explain/", {"text": "再说一句话。"})
    assert (late.status_code, "再说一句话。" in late.content.decode()) == (422, True)


def test_a_return_is_before_the_eyes_of_who_corrects(signed_in: SignIn, cast: Cast) -> None:
    record = signed(cast)
    send_back(record, cast.inspector)
    client = signed_in(cast.recorder)
    client.post(f"/minutes/{record.pk}/amend/", {"text": "补写负责人"})
    for url in (f"/minutes/{record.pk}/edit/", f"/minutes/{record.pk}/"):
        page = client.get(url).content.decode()
        assert (OPINION in page, "正在更正。新版本签字以后" in page) == (True, True)
        assert f'action="/minutes/{record.pk}/amend/"' not in page


def test_who_does_not_work_on_the_record_reads_nothing_of_it(signed_in: SignIn, cast: Cast) -> None:
    record = signed(cast)
    send_back(record, cast.inspector)
    url = f"/minutes/{record.pk}/"
    told = {
        name: OPINION in signed_in(person).get(url).content.decode()
        for name, person in cast.people().items()
    }
    assert {name for name, seen in told.items() if seen} == {"secretary", "recorder", "inspector"}
    data = {"text": OPINION, "version": 1}
    assert {
        name: signed_in(person).post(f"{url}send-back/", data).status_code
        for name, person in (
            ("member", cast.member), ("secretary", cast.secretary), ("visitor", cast.visitor),
            ("sysadmin", cast.sysadmin), ("inspector", cast.inspector),
        )
    } == {"member": 403, "secretary": 403, "visitor": 404, "sysadmin": 404, "inspector": 422}  # fmt: skip
    assert {
        name: signed_in(person).post(f"{url}explain/", {"text": ""}).status_code
        for name, person in (
            ("member", cast.member), ("inspector", cast.inspector), ("visitor", cast.visitor),
            ("secretary", cast.secretary),
        )
    } == {"member": 403, "inspector": 403, "visitor": 404, "secretary": 422}  # fmt: skip


def test_an_open_return_is_on_the_start_page_of_who_answers(signed_in: SignIn, cast: Cast) -> None:
    record = signed(cast)
    send_back(record, cast.inspector)

    def told() -> set[str]:
        people = cast.people().items()
        return {
            name
            for name, person in people
            if "机关党委退回更正，看意见"
            in signed_in(person).get("/", follow=True).content.decode()
        }

    assert told() == {"secretary", "recorder"}
    actions.explain(record, text=ANSWER, by=cast.recorder, at=NOW())
    assert told() == set()


# --- The list ------------------------------------------------------------------------------------


def test_the_list_is_narrowed_by_unit_kind_year_and_open_returns(
    signed_in: SignIn, cast: Cast
) -> None:
    first = signed(cast, title="第一次")
    signed(cast, title="第二次", kind="committee", start=NOW() - timedelta(days=2))
    submitted(cast, title="没签的")
    long_ago = timezone.now() - timedelta(days=800)
    signed(cast, title="前年的", start=long_ago, late_entry_reason="补录")
    send_back(first, cast.inspector)
    client = signed_in(cast.inspector)

    def titles(**asked: object) -> list[str]:
        page = client.get("/minutes/", asked).context["page"]
        return [record.meeting.title for record in page]

    assert titles() == ["第一次", "第二次", "前年的"]
    assert titles(state="sent_back") == ["第一次"]
    assert titles(kind="committee") == ["第二次"]
    assert titles(year=timezone.localtime(long_ago).year) == ["前年的"]
    assert titles(unit=cast.general.pk) == ["第一次", "第二次", "前年的"]
    assert titles(unit=cast.other_branch.pk) == []
    assert "没有找到会议记录" in client.get("/minutes/?kind=life").content.decode()
    assert titles(unit="9" * 30, kind="x", year="²") == ["第一次", "第二次", "前年的"]


def test_the_list_tells_of_open_returns_those_who_may_know(signed_in: SignIn, cast: Cast) -> None:
    record = amended(cast)
    send_back(record, cast.inspector)
    told = {
        name: [vars(one)["returned"] for one in queries.listed(person)]
        for name, person in cast.people().items()
    }
    assert told == {
        "secretary": [True], "recorder": [True], "inspector": [True], "member": [False],
        "visitor": [], "sysadmin": [], "secadmin": [], "auditor": [],
    }  # fmt: skip
