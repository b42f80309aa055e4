"""Speakers see what is printed under their name, confirm, correct or object; recorders answer."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.audit.models import Entry
from studyapp.dashboards.queries import tasks
from studyapp.errors import Refused, Stale
from studyapp.meetings import queries
from studyapp.meetings.actions import checking, sheet
from studyapp.meetings.models import Meeting, Remark
from studyapp.minutes import actions, assembly
from studyapp.minutes.content import digest
from studyapp.minutes.models import Part
from studyapp.saving import actions as saving
from studyapp.saving.models import Text
from studyapp.text.marks import stamp
from tests.conftest import Cast
from tests.factories import make_meeting
from tests.minutes.records import NOW, held, opened, submitted

SignIn = Callable[[User], Client]
SAID = "窗口要少跑一趟。"
RIGHT = "窗口要少跑两趟。"


@pytest.fixture
def remark(cast: Cast) -> Remark:
    return held(cast).remarks.get()


def correct(remark: Remark, text: str = RIGHT, **more: str) -> Remark:
    assert remark.speaker
    base = more.get("base", stamp(SAID))
    return checking.correct_remark(remark, text=text, base=base, by=remark.speaker, at=NOW())


def mine(remark: Remark) -> str:
    return f"/meetings/{remark.meeting_id}/remarks/mine/"


def one(remark: Remark) -> str:
    return f"/meetings/{remark.meeting_id}/remarks/{remark.pk}/check/"


# --- What the speaker does -----------------------------------------------------------------------


def test_a_correction_waits_as_a_difference_and_uncounts_the_check(remark: Remark) -> None:
    assert remark.speaker
    checking.check_remark(remark, by=remark.speaker, at=NOW())
    correct(remark)
    remark.refresh_from_db()
    assert (remark.text, remark.correction, remark.checked_at) == (SAID, RIGHT, None)
    assert remark.corrected == [
        ("same", "窗口要少跑"), ("del", "一"), ("ins", "两"), ("same", "趟。"),
    ]  # fmt: skip
    assert Entry.objects.latest("seq").name == "更正本人发言"


def test_words_under_another_name_are_nobody_elses_to_check(remark: Remark, cast: Cast) -> None:
    by, at = cast.recorder, NOW()
    acts: list[Callable[[], object]] = [
        lambda: checking.check_remark(remark, by=by, at=at),
        lambda: checking.correct_remark(remark, text=RIGHT, base=None, by=by, at=at),
        lambda: checking.object_to_remark(remark, objection="不对", by=by, at=at),
        lambda: checking.withdraw_dispute(remark, by=by, at=at),
    ]
    for act in acts:
        with pytest.raises(Refused, match="只有发言人本人可以核对"):
            act()


def test_a_correction_says_something_else(remark: Remark) -> None:
    with pytest.raises(Refused, match="和记录里的一样"):
        correct(remark, SAID)
    with pytest.raises(Refused, match="没有写内容"):
        correct(remark, " \n")


def test_a_correction_of_words_that_changed_meanwhile_is_stale(remark: Remark, cast: Cast) -> None:
    sheet.edit_remark(remark, text="窗口少跑。", by=cast.recorder, at=NOW())
    with pytest.raises(Stale):
        correct(remark)
    with pytest.raises(Stale):
        checking.check_remark(remark, base=stamp(SAID), by=cast.member, at=NOW())
    remark.refresh_from_db()
    assert (remark.correction, remark.checked_at) == ("", None)


def test_all_are_confirmed_as_they_were_read_or_none(remark: Remark, cast: Cast) -> None:
    meeting = remark.meeting
    second = sheet.add_remark(
        meeting, speaker=cast.member, text="第二条", by=cast.recorder, at=NOW()
    )
    seen = {remark.pk: stamp(SAID), second.pk: stamp("别的")}
    with pytest.raises(Stale):
        checking.check_all(meeting, seen=seen, by=cast.member, at=NOW())
    assert meeting.remarks.filter(checked_at__isnull=False).count() == 0
    seen[second.pk] = stamp("第二条")
    assert len(checking.check_all(meeting, seen=seen, by=cast.member, at=NOW())) == 2
    assert meeting.remarks.filter(checked_at__isnull=True).count() == 0


def test_what_is_withdrawn_was_not_confirmed(remark: Remark, cast: Cast) -> None:
    correct(remark)
    checking.object_to_remark(remark, objection="还少一句", by=cast.member, at=NOW())
    checking.withdraw_dispute(remark, by=cast.member, at=NOW())
    remark.refresh_from_db()
    assert (remark.correction, remark.objection, remark.checked_at) == ("", "", None)
    with pytest.raises(Refused, match="没有可以撤回"):
        checking.withdraw_dispute(remark, by=cast.member, at=NOW())


def test_nothing_changes_once_the_record_is_signed(remark: Remark, cast: Cast) -> None:
    Meeting.objects.filter(pk=remark.meeting_id).update(signed_at=NOW())
    with pytest.raises(Refused, match="已签字"):
        correct(remark)


def test_a_correction_that_is_handed_in_is_no_unfinished_copy(remark: Remark, cast: Cast) -> None:
    name = remark.correction_copy
    saving.save(name, owner=cast.member, by=cast.member, at=NOW(), body="窗口要少",
                base=0, client="a", token="1")  # fmt: skip
    correct(remark)
    assert Text.objects.get(key=name, owner=cast.member).body == ""


# --- What the recorder does ----------------------------------------------------------------------


def test_a_correction_taken_over_counts_as_checked(remark: Remark, cast: Cast) -> None:
    correct(remark)
    actions.take_correction(remark, seen=stamp(RIGHT), words="", by=cast.recorder, at=NOW())
    remark.refresh_from_db()
    assert (remark.text, remark.correction, remark.is_taken_over) == (RIGHT, "", True)
    assert Entry.objects.latest("seq").name == "采用本人更正"


def test_a_correction_that_changed_meanwhile_is_not_taken_over_unseen(
    remark: Remark, cast: Cast
) -> None:
    with pytest.raises(Refused, match="没有等着采用的更正"):
        checking.take_over(remark, seen="", by=cast.recorder, at=NOW())
    correct(remark)
    correct(remark, "窗口要少跑三趟。")
    with pytest.raises(Stale):
        checking.take_over(remark, seen=stamp(RIGHT), by=cast.recorder, at=NOW())


def test_the_recorder_keeps_the_words_with_an_answer_and_the_correction_stays(
    remark: Remark, cast: Cast
) -> None:
    correct(remark)
    assert "王海峰更正了自己的发言" in [m.text for m in queries.missing(remark.meeting)]
    with pytest.raises(Refused, match="写一句答复"):
        checking.answer_remark(remark, answer=" ", by=cast.recorder, at=NOW())
    with pytest.raises(Refused, match="超过500字"):
        checking.answer_remark(remark, answer="长" * 501, by=cast.recorder, at=NOW())
    checking.answer_remark(remark, answer="录音里是一趟。", by=cast.recorder, at=NOW())
    remark.refresh_from_db()
    assert (remark.text, remark.correction, remark.answer) == (SAID, RIGHT, "录音里是一趟。")
    assert (remark.is_disputed, remark.is_unanswered) == (True, False)
    assert Entry.objects.latest("seq").name == "答复对发言的意见"


def test_what_the_speaker_changed_meanwhile_is_not_answered_unseen(
    remark: Remark, cast: Cast
) -> None:
    seen = stamp(correct(remark).dispute)
    checking.object_to_remark(remark, objection="还少一句", by=cast.member, at=NOW())
    with pytest.raises(Stale, match="本人刚又改过意见"):
        checking.answer_remark(remark, answer="不改", seen=seen, by=cast.recorder, at=NOW())
    assert Remark.objects.get(pk=remark.pk).is_unanswered


def test_new_words_never_drop_what_the_speaker_said(remark: Remark, cast: Cast) -> None:
    correct(remark)
    sheet.edit_remark(remark, text="窗口少跑。", by=cast.recorder, at=NOW())
    remark.refresh_from_db()
    assert (remark.correction, remark.is_unanswered, remark.waits_for_speaker) == (
        RIGHT, False, True,
    )  # fmt: skip
    checking.check_remark(remark, by=cast.member, at=NOW())
    remark.refresh_from_db()
    assert (remark.correction, remark.answered_at) == ("", None)


def test_a_part_that_still_says_the_old_words_takes_the_new_ones(cast: Cast) -> None:
    record = opened(cast)
    remark = record.meeting.remarks.get()
    correct(remark)
    take = {"seen": stamp(RIGHT), "words": stamp(SAID), "by": cast.recorder, "at": NOW()}
    actions.take_correction(remark, **take)  # type: ignore[arg-type]
    part = record.parts.get(key=remark.text_key)
    assert (part.text, part.source, part.edited_by) == (RIGHT, RIGHT, cast.recorder)
    assert Remark.objects.get(pk=remark.pk).checked_at is not None


def test_a_part_with_other_words_shows_a_changed_source(cast: Cast) -> None:
    record = opened(cast)
    remark = record.meeting.remarks.get()
    part = record.parts.get(key=remark.text_key)
    base = digest(part.text)
    actions.edit_part(part, text="少跑。", base=base, by=cast.recorder, at=NOW())
    correct(remark, base=stamp("少跑。"))
    take = {"seen": stamp(RIGHT), "words": stamp(SAID), "by": cast.recorder, "at": NOW()}
    actions.take_correction(remark, **take)  # type: ignore[arg-type]
    row = next(r for r in assembly.rows(record) if r.part == part)
    assert (row.part.text, row.now, row.changed) == ("少跑。", RIGHT, True)
    # What the paper says has not been seen by its speaker.
    assert Remark.objects.get(pk=remark.pk).checked_at is None


def test_a_submitted_record_is_returned_first(cast: Cast) -> None:
    remark = submitted(cast).meeting.remarks.get()
    correct(remark)
    with pytest.raises(Refused, match="先退回记录"):
        actions.take_correction(remark, seen=stamp(RIGHT), words="", by=cast.recorder, at=NOW())
    assert Remark.objects.get(pk=remark.pk).text == SAID


def test_what_was_checked_are_the_words_for_the_paper(cast: Cast) -> None:
    record = opened(cast)
    remark = record.meeting.remarks.get()
    checking.check_remark(remark, by=cast.member, at=NOW())
    part = record.parts.get(key=remark.text_key)
    actions.edit_part(part, text="少跑。", base=digest(SAID), by=cast.recorder, at=NOW())
    assert Remark.objects.get(pk=remark.pk).checked_at is None
    checking.check_remark(remark, base=stamp("少跑。"), by=cast.member, at=NOW())
    assert Remark.objects.get(pk=remark.pk).checked_at is not None


# --- The pages -----------------------------------------------------------------------------------


def test_the_page_shows_what_will_be_printed_and_what_was_changed_for_it(
    cast: Cast, signed_in: SignIn
) -> None:
    record = opened(cast)
    remark = record.meeting.remarks.get()
    Part.objects.filter(key=remark.text_key).update(text="窗口要少跑半趟。")
    page = signed_in(cast.member).get(mine(remark)).content.decode()
    assert '<p class="pre">窗口要少跑半趟。</p>' in page
    assert "<del>一</del><ins>半</ins>" in page
    others = signed_in(cast.secretary).get(mine(remark)).content.decode()
    assert ("半趟" in others, "记录里没有你的发言" in others) == (False, True)
    assert signed_in(cast.visitor).get(mine(remark)).status_code == 404


def test_the_speaker_confirms_corrects_objects_and_withdraws(
    remark: Remark, cast: Cast, signed_in: SignIn
) -> None:
    client, name = signed_in(cast.member), f"r{remark.pk}"
    seen = f"{remark.pk}:{stamp(SAID)}"
    assert signed_in(cast.secretary).post(one(remark), {"seen": seen}).status_code == 404
    done = {}
    for do, form in {
        "all": {"seen": seen},
        "correct": {f"{name}-text": RIGHT, f"{name}-base": stamp(SAID)},
        "object": {f"{name}-objection": "还少一句"},
        "withdraw": {},
        "right": {"seen": seen},
    }.items():
        address = mine(remark) if do == "all" else one(remark)
        assert client.post(address, form | {"do": do}).status_code == 302
        remark.refresh_from_db()
        done[do] = (remark.correction, remark.objection, remark.checked_at is not None)
    assert done == {
        "all": ("", "", True),
        "correct": (RIGHT, "", False),
        "object": (RIGHT, "还少一句", False),
        "withdraw": ("", "", False),
        "right": ("", "", True),
    }


def test_only_a_button_that_is_known_says_that_words_are_right(
    remark: Remark, cast: Cast, signed_in: SignIn
) -> None:
    client, seen = signed_in(cast.member), f"{remark.pk}:{stamp(SAID)}"
    answer = client.post(one(remark), {"do": "wrong", "seen": seen})
    page = answer.content.decode()
    assert (answer.status_code, "没认出点的是哪个按钮" in page, "已核对。" in page) == (
        422,
        True,
        False,
    )
    # «对» without the mark of the words that were shown is stale.
    assert client.post(one(remark), {"do": "right"}).status_code == 409
    assert Remark.objects.get(pk=remark.pk).checked_at is None
    assert client.post(one(remark), {"seen": seen}).status_code == 302
    assert Remark.objects.get(pk=remark.pk).checked_at is not None


def test_nothing_typed_is_lost_when_a_form_is_refused(
    remark: Remark, cast: Cast, signed_in: SignIn
) -> None:
    client, name = signed_in(cast.member), f"r{remark.pk}"
    long = "很长的更正" * 4001
    answer = client.post(one(remark), {"do": "correct", f"{name}-text": long})
    assert (answer.status_code, long in answer.content.decode()) == (422, True)
    answer = client.post(one(remark), {"do": "object", f"{name}-objection": "不对" * 251})
    assert (answer.status_code, "不对" * 251 in answer.content.decode()) == (422, True)
    Meeting.objects.filter(pk=remark.meeting_id).update(signed_at=NOW())
    form = {"do": "correct", f"{name}-text": RIGHT, f"{name}-base": stamp(SAID)}
    answer = client.post(one(remark), form)
    assert (answer.status_code, "已签字" in answer.content.decode()) == (422, True)


def test_a_stale_correction_shows_both_wordings(
    remark: Remark, cast: Cast, signed_in: SignIn
) -> None:
    sheet.edit_remark(remark, text="书记员改过。", by=cast.recorder, at=NOW())
    client, name = signed_in(cast.member), f"r{remark.pk}"
    form = {"do": "correct", f"{name}-text": RIGHT, f"{name}-base": stamp(SAID)}
    answer = client.post(one(remark), form)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert [words in page for words in (RIGHT, "书记员改过。", stamp("书记员改过。"))] == [True] * 3
    form[f"{name}-base"] = stamp("书记员改过。")
    assert client.post(one(remark), form).status_code == 302


def test_a_stale_right_is_asked_again(remark: Remark, cast: Cast, signed_in: SignIn) -> None:
    sheet.edit_remark(remark, text="书记员改过。", by=cast.recorder, at=NOW())
    client = signed_in(cast.member)
    for address in (mine(remark), one(remark)):
        answer = client.post(address, {"seen": f"{remark.pk}:{stamp(SAID)}"})
        assert (answer.status_code, "记录人刚改过" in answer.content.decode()) == (409, True)
    assert Remark.objects.get(pk=remark.pk).checked_at is None


def test_the_recorder_takes_over_or_answers_where_the_difference_stands(
    cast: Cast, signed_in: SignIn
) -> None:
    record = opened(cast)
    remark = record.meeting.remarks.get()
    correct(remark)
    client, meeting = signed_in(cast.recorder), remark.meeting_id
    shown = "<del>一</del><ins>两</ins>"
    pages = (f"/meetings/{meeting}/sheet/", f"/meetings/{meeting}/sheet/remarks/{remark.pk}/",
             f"/minutes/{record.pk}/edit/")  # fmt: skip
    assert [shown in client.get(page).content.decode() for page in pages] == [True] * 3
    answer = f"/meetings/{meeting}/sheet/remarks/{remark.pk}/answer/"
    assert signed_in(cast.member).post(answer, {"answer": "不改"}).status_code == 403
    seen = {"seen": stamp(Remark.objects.get(pk=remark.pk).dispute)}
    assert client.post(answer, {"answer": "", **seen}).status_code == 422
    assert client.post(answer, {"answer": "会上说的是一趟。"}).status_code == 409
    assert client.post(answer, {"answer": "会上说的是一趟。", **seen}).status_code == 302
    assert "会上说的是一趟。" in signed_in(cast.member).get(mine(remark)).content.decode()
    take = f"/meetings/{meeting}/remarks/{remark.pk}/take/"
    form = {"seen": stamp(RIGHT), "words": stamp(SAID), "next": pages[2]}
    assert signed_in(cast.member).post(take, form).status_code == 403
    assert client.post(take, form)["Location"] == pages[2]
    assert record.parts.get(key=remark.text_key).text == RIGHT


def test_only_the_own_start_page_says_that_words_wait(
    remark: Remark, cast: Cast, signed_in: SignIn
) -> None:
    def waiting(user: User) -> list[str]:
        return [t.text for t in tasks(user) if t.url_name == "meetings:my_remarks"]

    sheet.add_remark(
        remark.meeting, speaker=cast.member, text="再说一句", by=cast.recorder, at=NOW()
    )
    assert (waiting(cast.member), waiting(cast.secretary)) == (["核对本人发言"], [])
    remark.meeting.remarks.exclude(pk=remark.pk).delete()
    correct(remark)
    assert waiting(cast.member) == []
    checking.answer_remark(remark, answer="不改", by=cast.recorder, at=NOW())
    assert waiting(cast.member) == ["看对发言意见的答复"]
    link = f'href="{mine(remark)}"'
    assert link in signed_in(cast.member).get("/").content.decode()


def test_a_former_member_sees_nothing_any_more(
    remark: Remark, cast: Cast, signed_in: SignIn
) -> None:
    cast.member.memberships.update(ended_on=timezone.localdate() + timedelta(days=1))
    client = signed_in(cast.member)
    seen = {"seen": f"{remark.pk}:{stamp(SAID)}"}
    assert (client.get(mine(remark)).status_code, client.post(one(remark), seen).status_code) == (
        404, 404,
    )  # fmt: skip


def test_an_empty_page_says_so(cast: Cast, signed_in: SignIn) -> None:
    meeting = make_meeting(cast.branch, chair=cast.secretary, recorder=cast.recorder)
    page = signed_in(cast.member).get(f"/meetings/{meeting.pk}/remarks/mine/").content.decode()
    assert "记录里没有你的发言" in page
