"""The record: what stops it, what freezes it, what cannot be undone."""

from datetime import time, timedelta

import pytest

from studyapp.accounts.models import Political
from studyapp.audit.models import Entry
from studyapp.branches.models import Membership, MembershipRole
from studyapp.dashboards.queries import tasks
from studyapp.errors import Refused, Stale
from studyapp.meetings.actions import notes, outcomes, roll, schedule, sheet
from studyapp.meetings.models import Meeting
from studyapp.meetings.queries import Stage, stage
from studyapp.minutes import actions, signers
from studyapp.minutes.assembly import pending, rows
from studyapp.minutes.chain import code_of
from studyapp.minutes.content import canonical, digest, gather
from studyapp.minutes.models import Capacity, Record, RecordState, SignedVersion
from studyapp.minutes.queries import reading
from studyapp.saving.models import Text
from studyapp.saving.queries import history
from tests.conftest import Cast
from tests.factories import make_note, make_user
from tests.minutes.records import NOW, amended, held, opened, sign, signed, submitted


def test_the_last_confirmation_freezes_the_words_with_their_digest(cast: Cast) -> None:
    record = signed(cast)
    version = record.versions.get()
    assert record.state == RecordState.SIGNED
    assert version.sha256 == digest(version.content)
    assert version.revision == record.revision
    assert Meeting.objects.get().signed_at is not None
    assert [e.name for e in Entry.objects.order_by("-seq")[:1]] == ["会议记录签字完成"]


def test_what_was_signed_is_what_the_meeting_says(cast: Cast) -> None:
    record = signed(cast)
    found = reading(record)
    assert found is not None
    assert found.version == record.versions.get()
    assert canonical(found.content) == found.version.content
    assert found.content == gather(record)


@pytest.mark.attack(49)
def test_a_second_signing_and_an_older_revision_are_refused(cast: Cast) -> None:
    record = submitted(cast)
    with pytest.raises(Stale):
        actions.confirm(record, revision=record.revision - 1, by=cast.recorder, at=NOW())
    with pytest.raises(Refused, match="不需要你签字"):
        actions.confirm(record, revision=record.revision, by=cast.member, at=NOW())
    actions.confirm(record, revision=record.revision, by=cast.recorder, at=NOW())
    with pytest.raises(Refused, match="已经签过"):
        actions.confirm(record, revision=record.revision, by=cast.recorder, at=NOW())
    assert SignedVersion.objects.count() == 0
    actions.confirm(record, revision=record.revision, by=cast.secretary, at=NOW())
    with pytest.raises(Refused, match="不用再签"):
        actions.confirm(record, revision=record.revision, by=cast.secretary, at=NOW())
    assert SignedVersion.objects.count() == 1


def test_a_meeting_that_changed_after_submitting_is_not_signed(cast: Cast) -> None:
    record = submitted(cast)
    row = record.meeting.attendances.get(user=cast.member)
    roll.mark(row, presence="leave", leave_kind="值班", by=cast.recorder, at=NOW())
    with pytest.raises(Refused, match="送签以后会议页改过"):
        actions.confirm(record, revision=record.revision, by=cast.recorder, at=NOW())
    assert record.confirmations.count() == 0


def test_after_signing_nothing_of_the_meeting_changes(cast: Cast) -> None:
    meeting = signed(cast).meeting
    with pytest.raises(Refused, match="已签字"):
        sheet.set_summary(meeting, text="改一下", by=cast.recorder, at=NOW())
    with pytest.raises(Refused, match="已签字"):
        outcomes.add_decision(meeting, text="补一条", by=cast.recorder, at=NOW())


def test_a_correction_is_a_new_version_and_the_old_one_stays(cast: Cast) -> None:
    record = signed(cast)
    before = record.versions.get().content
    actions.amend(record, reason="发言人写错", by=cast.recorder, at=NOW())
    record = sign(actions.submit(record, by=cast.recorder, at=NOW()))
    assert list(record.versions.order_by("number").values_list("number", flat=True)) == [1, 2]
    assert record.versions.get(number=1).content == before
    found = reading(record, number=2)
    assert found is not None
    assert found.content["amends"] == {"version": 1, "reason": "发言人写错"}


def test_a_correction_can_mend_the_roll_and_ends_with_the_meeting_closed(cast: Cast) -> None:
    record = signed(cast)
    actions.amend(record, reason="王海峰当天值班", by=cast.recorder, at=NOW())
    row = record.meeting.attendances.get(user=cast.member)
    roll.mark(row, presence="leave", leave_kind="值班", by=cast.recorder, at=NOW())
    record = sign(actions.submit(record, by=cast.recorder, at=NOW()))
    found = reading(record)
    assert found is not None
    assert found.content["leave"] == [{"name": "王海峰", "kind": "值班"}]
    with pytest.raises(Refused, match="已签字"):
        roll.mark(row, presence="present", by=cast.recorder, at=NOW())


def test_a_correction_needs_a_signed_record_and_a_reason(cast: Cast) -> None:
    record = submitted(cast)
    with pytest.raises(Refused, match="只有已签字"):
        actions.amend(record, reason="写错", by=cast.recorder, at=NOW())
    sign(record)
    with pytest.raises(Refused, match="更正原因"):
        actions.amend(record, reason=" ", by=cast.recorder, at=NOW())
    record.refresh_from_db()
    assert record.state == RecordState.SIGNED


def test_while_a_correction_is_made_others_read_the_signed_version(cast: Cast) -> None:
    record = signed(cast)
    record = actions.amend(record, reason="写错", by=cast.recorder, at=NOW())
    part = record.parts.get(key="summary")
    actions.edit_part(part, text="新小结", base=digest(part.text), by=cast.recorder, at=NOW())
    version = record.versions.get()
    seen = [reading(record), reading(record, outside=True), reading(record, worker=True)]
    assert [found and found.version for found in seen] == [version, version, None]
    record = actions.submit(record, by=cast.recorder, at=NOW())
    seen = [reading(record), reading(record, outside=True), reading(record, worker=True)]
    assert [found and found.version for found in seen] == [None, version, None]


def test_while_a_returned_record_is_mended_members_read_what_was_submitted(cast: Cast) -> None:
    record = submitted(cast)
    record = actions.return_record(record, opinion="改", by=cast.secretary, at=NOW())
    part = record.parts.get(key="summary")
    actions.edit_part(part, text="还没写完", base=digest(part.text), by=cast.recorder, at=NOW())
    member, worker = reading(record), reading(record, worker=True)
    assert member is not None
    assert worker is not None
    summaries = [found.content["items"][-2]["parts"][0]["text"] for found in (member, worker)]
    assert summaries == ["讲得实在。", "还没写完"]


def test_a_version_that_was_corrected_says_so(cast: Cast) -> None:
    record = amended(cast)
    old, new = reading(record, number=1), reading(record, number=2)
    assert old is not None
    assert new is not None
    assert (old.superseded, old.mark, new.superseded, new.mark) == (True, "已更正", False, "")
    assert reading(record, number=3) is None


def test_a_blocked_record_is_not_submitted(cast: Cast) -> None:
    record = opened(cast, summary="")
    with pytest.raises(Refused, match="还不能送签"):
        actions.submit(record, by=cast.recorder, at=NOW())
    record.refresh_from_db()
    assert (record.state, record.content) == (RecordState.DRAFT, "")


def test_placeholders_are_signed_only_when_a_person_says_they_belong(cast: Cast) -> None:
    record = opened(cast, text="材料里写的是XX局长讲话。")
    with pytest.raises(Refused, match="没填的地方"):
        actions.submit(record, by=cast.recorder, at=NOW())
    record = actions.submit(record, by=cast.recorder, at=NOW(), as_it_is=True)
    assert "XX局长" in record.content


def test_a_source_that_changes_is_shown_and_never_slipped_in(cast: Cast) -> None:
    meeting = held(cast)
    record = actions.open_record(meeting, by=cast.recorder, at=NOW())
    sheet.edit_remark(meeting.remarks.get(), text="窗口要少跑两趟。", by=cast.recorder, at=NOW())
    actions.open_record(meeting, by=cast.recorder, at=NOW())
    part = record.parts.get(key__startswith="remark")
    row = rows(record)[0]
    assert (part.text, row.changed, row.now) == ("窗口要少跑一趟。", True, "窗口要少跑两趟。")
    with pytest.raises(Stale):
        actions.take_source(part, seen=digest("别的"), keep=False, by=cast.recorder, at=NOW())
    seen = digest(row.now)
    actions.take_source(part, seen=seen, keep=False, by=cast.recorder, at=NOW())
    part.refresh_from_db()
    assert part.text == "窗口要少跑两趟。"


def test_the_words_of_the_paper_can_be_kept_when_the_source_changes(cast: Cast) -> None:
    meeting = held(cast)
    record = actions.open_record(meeting, by=cast.recorder, at=NOW())
    sheet.edit_remark(meeting.remarks.get(), text="窗口要少跑两趟。", by=cast.recorder, at=NOW())
    row = rows(record)[0]
    actions.take_source(row.part, seen=digest(row.now), keep=True, by=cast.recorder, at=NOW())
    row = rows(record)[0]
    assert (row.part.text, row.changed, row.edited) == ("窗口要少跑一趟。", False, True)


def test_what_is_written_down_later_waits_until_somebody_takes_it_in(cast: Cast) -> None:
    record = opened(cast)
    sheet.add_remark(
        record.meeting, speaker=cast.secretary, text="再补一句。", by=cast.recorder, at=NOW()
    )
    assert [source.heading for source in pending(record)] == ["陈卫东"]
    with pytest.raises(Refused, match="还没有列入记录"):
        actions.submit(record, by=cast.recorder, at=NOW())
    actions.open_record(record.meeting, by=cast.recorder, at=NOW())
    assert pending(record) == []
    assert "再补一句。" in actions.submit(record, by=cast.recorder, at=NOW()).content


def test_a_note_edited_after_it_was_taken_in_is_shown_as_a_difference(cast: Cast) -> None:
    meeting = held(cast, ends=False)
    note = make_note(cast.member, cast.branch, body="我先说一半。", meeting=meeting)
    sheet.take_note(meeting, note, by=cast.recorder, at=NOW())
    schedule.move(meeting, to="end", by=cast.recorder, at=NOW())
    record = actions.open_record(meeting, by=cast.recorder, at=NOW())
    assert [row.note for row in rows(record)] == [[], [], []]
    notes.edit(note, body="我说完了。", kind="remark", revision=1, by=cast.member, at=NOW())
    texts = [["".join(text for kind, text in row.note if kind != "del")] for row in rows(record)]
    assert texts == [[""], ["我说完了。"], [""]]
    assert record.parts.filter(heading="王海峰", text="我先说一半。").count() == 1


def test_an_older_form_keeps_nobody_elses_words(cast: Cast) -> None:
    record = opened(cast)
    part = record.parts.get(key="summary")
    base = digest(part.text)
    actions.edit_part(part, text="第一处改动", base=base, by=cast.recorder, at=NOW())
    with pytest.raises(Stale):
        actions.edit_part(part, text="第二处改动", base=base, by=cast.secretary, at=NOW())
    part.refresh_from_db()
    assert part.text == "第一处改动"


def test_every_earlier_wording_is_kept(cast: Cast) -> None:
    meeting = held(cast)
    record = actions.open_record(meeting, by=cast.recorder, at=NOW())
    part = record.parts.get(key__startswith="remark")
    part = actions.edit_part(
        part, text="少跑一趟。", base=digest(part.text), by=cast.recorder, at=NOW()
    )
    sheet.remove_remark(meeting.remarks.get(), by=cast.recorder, at=NOW())
    actions.remove_part(part, by=cast.recorder, at=NOW())
    kept = history(Text.objects.get(key=part.text_key))
    assert [(row.body, row.by.name if row.by else "") for row in kept] == [
        ("", "孙丽华"),
        ("少跑一趟。", "孙丽华"),
        ("窗口要少跑一趟。", ""),
    ]


def test_a_part_with_a_source_is_not_removed(cast: Cast) -> None:
    part = opened(cast).parts.get(key="summary")
    with pytest.raises(Refused, match="会议页操作"):
        actions.remove_part(part, by=cast.recorder, at=NOW())


def test_nothing_is_edited_while_it_waits_or_once_it_is_signed(cast: Cast) -> None:
    record = submitted(cast)
    part = record.parts.get(key="summary")
    with pytest.raises(Refused, match="先退回"):
        actions.edit_part(part, text="改", base=digest(part.text), by=cast.recorder, at=NOW())
    sign(record)
    with pytest.raises(Refused, match="发起更正"):
        actions.edit_part(part, text="改", base=digest(part.text), by=cast.recorder, at=NOW())


def test_a_returned_record_carries_the_opinion_and_is_open_again(cast: Cast) -> None:
    record = submitted(cast)
    with pytest.raises(Refused, match="意见"):
        actions.return_record(record, opinion=" ", by=cast.secretary, at=NOW())
    actions.confirm(record, revision=record.revision, by=cast.recorder, at=NOW())
    actions.return_record(record, opinion="补上领学人", by=cast.secretary, at=NOW())
    record.refresh_from_db()
    assert record.state == RecordState.RETURNED
    assert record.opinions.get().text == "补上领学人"
    # The confirmation was for the returned words: the next revision needs its own.
    record = actions.submit(record, by=cast.recorder, at=NOW())
    assert signers.capacities_of(record, cast.recorder) == [Capacity.RECORDER]


def test_the_secretary_reviews_where_another_chaired(cast: Cast) -> None:
    deputy = make_user("李明远", unit=cast.branch, role=MembershipRole.DEPUTY, rank=2)
    record = submitted(cast, chair=deputy)
    assert signers.needed(record) == {
        Capacity.RECORDER: [cast.recorder],
        Capacity.CHAIR: [deputy],
        Capacity.REVIEWER: [cast.secretary],
    }
    for person in (cast.recorder, deputy):
        assert actions.confirm(record, revision=record.revision, by=person, at=NOW()) is None
    version = actions.confirm(record, revision=record.revision, by=cast.secretary, at=NOW())
    assert version == record.versions.get()


def test_nobody_reviews_what_the_secretary_chaired(cast: Cast) -> None:
    make_user("李明远", unit=cast.branch, role=MembershipRole.DEPUTY, rank=2)
    assert list(signers.needed(opened(cast))) == [Capacity.RECORDER, Capacity.CHAIR]


def test_without_a_secretary_another_deputy_reviews(cast: Cast) -> None:
    one = make_user("李明远", unit=cast.branch, role=MembershipRole.DEPUTY, rank=2)
    two = make_user("赵一鸣", unit=cast.branch, role=MembershipRole.DEPUTY, rank=3)
    record = opened(cast, chair=one)
    Membership.objects.filter(user=cast.secretary).update(role=MembershipRole.MEMBER)
    assert signers.reviewers(record.meeting) == [two]


def test_writing_up_after_three_working_days_needs_a_reason_and_keeps_the_time(cast: Cast) -> None:
    record = opened(cast)
    later = NOW() + timedelta(days=8)
    with pytest.raises(Refused, match="补录"):
        actions.submit(record, by=cast.recorder, at=later)
    _facts(record, cast, late_reason="记录人出差")
    record = actions.submit(record, by=cast.recorder, at=later)
    assert record.late_at == later
    late = gather(record)["late_entry"]
    assert late["reason"] == "记录人出差"
    assert late["at"].startswith(f"{later.astimezone():%Y-%m-%d}")


def test_a_returned_record_sent_again_is_no_late_entry(cast: Cast) -> None:
    record = submitted(cast)
    record = actions.return_record(record, opinion="改", by=cast.secretary, at=NOW())
    record = actions.submit(record, by=cast.recorder, at=NOW() + timedelta(days=8))
    assert (record.late_at, gather(record)["late_entry"]) == (None, None)


def _facts(record: Record, cast: Cast, **more: object) -> Record:
    values: dict[str, object] = {
        "attachments": "",
        "issue_number": None,
        "issuer": "",
        "issued_on": None,
        "distribution": "",
        **more,
    }
    return actions.set_facts(record, by=cast.recorder, at=NOW(), **values)  # type: ignore[arg-type]


def test_sittings_carry_their_own_times_and_people(cast: Cast) -> None:
    meeting = held(cast)
    start = meeting.planned_start
    one, two = (
        meeting.sittings.create(name=name, start=start, end=start + timedelta(hours=1))
        for name in ("A班", "B班")
    )
    meeting.attendances.filter(user=cast.member).update(sitting=two)
    meeting.attendances.exclude(user=cast.member).update(sitting=one)
    record = actions.open_record(meeting, by=cast.recorder, at=NOW())
    found = [(s["name"], s["should"], s["present"]) for s in gather(record)["sittings"]]
    assert found == [("A班", 2, ["陈卫东", "孙丽华"]), ("B班", 1, ["王海峰"])]


def test_numbers_are_split_as_the_record_must_carry_them(cast: Cast) -> None:
    make_user("高鹏", unit=cast.branch, political=Political.PROBATIONARY, rank=20)
    make_user("曹敏", unit=cast.branch, political=Political.NONE, rank=21)
    meeting = held(cast)
    by = cast.recorder
    row = meeting.attendances.get(user=cast.member)
    roll.mark(row, presence="leave", leave_kind="出警", by=by, at=NOW())
    roll.add_observer(meeting, name="何建国", title="机关党委", purpose="指导", by=by, at=NOW())
    row = meeting.attendances.get(name="曹敏")
    roll.mark(row, presence="late", arrived_at=time(9, 10), by=by, at=NOW())
    numbers = gather(actions.open_record(meeting, by=by, at=NOW()))["numbers"]
    assert numbers == {
        "should": 5, "present": 4, "should_full": 3, "present_full": 2,
        "should_probationary": 1, "present_probationary": 1, "should_other": 1,
        "present_other": 1, "should_vote": 3, "present_vote": 2, "unknown": 0, "leave": 1,
        "absent": 0, "observers": 1,
    }  # fmt: skip


def test_the_check_code_has_sixteen_letters_that_read_well() -> None:
    assert code_of("f" * 64) == "ZZZZ-ZZZZ-ZZZZ-ZZZZ"
    assert code_of("0" * 64) == "0000-0000-0000-0000"


def test_a_correction_is_called_by_its_name_wherever_the_meeting_is_shown(cast: Cast) -> None:
    record = signed(cast)
    assert stage(record.meeting).label == "已签字"
    actions.amend(record, reason="写错", by=cast.recorder, at=NOW())
    assert stage(Meeting.objects.get(pk=record.meeting_id)) == Stage("更正中", "warn", 3)
    assert "更正会议记录，送签" in [task.text for task in tasks(cast.recorder)]
