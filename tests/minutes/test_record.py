"""The record: what stops it, what freezes it, what cannot be undone."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from studyapp.audit.models import Entry
from studyapp.errors import Refused, Stale
from studyapp.meetings.actions import outcomes, roll, schedule, sheet
from studyapp.meetings.models import Meeting
from studyapp.minutes import actions, checks, papers
from studyapp.minutes.content import canonical, check_code, digest, gather
from studyapp.minutes.models import Record, RecordState, SignedVersion
from studyapp.minutes.queries import content_of
from tests.conftest import Cast

NOW = timezone.now


def held(cast: Cast, *, summary: str = "讲得实在。", text: str = "窗口要少跑一趟。") -> Meeting:
    start = NOW() - timedelta(hours=3)
    meeting = schedule.schedule(
        unit=cast.branch,
        kind="study",
        title="学习会",
        planned_start=start,
        planned_end=start + timedelta(hours=1),
        place="会议室",
        chair=cast.secretary,
        recorder=cast.recorder,
        by=cast.secretary,
        at=start - timedelta(days=1),
    )
    by = cast.recorder
    schedule.move(meeting, to="check_in", by=by, at=start)
    roll.rest_present(meeting, by=by, at=start)
    schedule.move(meeting, to="open", by=by, at=start)
    sheet.add_remark(meeting, speaker=cast.member, text=text, by=by, at=start)
    sheet.set_summary(meeting, text=summary, by=by, at=start)
    schedule.move(meeting, to="end", by=by, at=start + timedelta(hours=1))
    return Meeting.objects.get(pk=meeting.pk)


def signed(cast: Cast) -> Record:
    record = actions.open_record(held(cast), by=cast.recorder, at=NOW())
    record = actions.submit(record, by=cast.recorder, at=NOW())
    for person in (cast.recorder, cast.secretary):
        actions.confirm(record, revision=record.revision, by=person, at=NOW())
    return Record.objects.get(pk=record.pk)


def test_the_last_confirmation_freezes_the_words_with_their_digest(cast: Cast) -> None:
    record = signed(cast)
    version = record.versions.get()
    assert record.state == RecordState.SIGNED
    assert version.sha256 == digest(version.content)
    assert Meeting.objects.get().signed_at is not None
    assert [e.name for e in Entry.objects.order_by("-seq")[:1]] == ["会议记录签字完成"]


@pytest.mark.parametrize("change", ["update", "delete"])
def test_the_database_itself_refuses_to_touch_a_signed_version(cast: Cast, change: str) -> None:
    rows = SignedVersion.objects.filter(record=signed(cast))
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.update(content="{}") if change == "update" else rows.delete()
    assert rows.get().content.startswith("{")


def test_a_second_signing_and_an_older_revision_are_refused(cast: Cast) -> None:
    record = actions.open_record(held(cast), by=cast.recorder, at=NOW())
    record = actions.submit(record, by=cast.recorder, at=NOW())
    with pytest.raises(Stale):
        actions.confirm(record, revision=record.revision - 1, by=cast.recorder, at=NOW())
    with pytest.raises(Refused, match="不需要你签字"):
        actions.confirm(record, revision=record.revision, by=cast.member, at=NOW())
    actions.confirm(record, revision=record.revision, by=cast.recorder, at=NOW())
    with pytest.raises(Refused, match="已经签过"):
        actions.confirm(record, revision=record.revision, by=cast.recorder, at=NOW())
    assert SignedVersion.objects.count() == 0


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
    record.refresh_from_db()
    record = actions.submit(record, by=cast.recorder, at=NOW())
    for person in (cast.recorder, cast.secretary):
        actions.confirm(record, revision=record.revision, by=person, at=NOW())
    assert list(record.versions.order_by("number").values_list("number", flat=True)) == [1, 2]
    assert record.versions.get(number=1).content == before
    assert "发言人写错" in record.versions.get(number=2).content


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"summary": ""}, "主持人小结"),
        ({"text": "请XX同志负责"}, "没填的地方"),
        ({"text": "联系13812345678"}, "手机号码"),
    ],
)
def test_checks_name_what_is_missing_or_doubtful(
    cast: Cast, given: dict[str, str], found: str
) -> None:
    record = actions.open_record(held(cast, **given), by=cast.recorder, at=NOW())
    sentences = [f.sentence for f in checks.find(record, gather(record))]
    assert [found in sentence for sentence in sentences] == [True]


def test_a_blocked_record_is_not_submitted(cast: Cast) -> None:
    record = actions.open_record(held(cast, summary=""), by=cast.recorder, at=NOW())
    with pytest.raises(Refused, match="还不能送签"):
        actions.submit(record, by=cast.recorder, at=NOW())
    record.refresh_from_db()
    assert (record.state, record.content) == (RecordState.DRAFT, "")


def test_a_source_that_changes_is_shown_and_never_slipped_in(cast: Cast) -> None:
    meeting = held(cast)
    record = actions.open_record(meeting, by=cast.recorder, at=NOW())
    sheet.edit_remark(meeting.remarks.get(), text="窗口要少跑两趟。", by=cast.recorder, at=NOW())
    actions.open_record(meeting, by=cast.recorder, at=NOW())
    part = record.parts.get(key__startswith="remark")
    assert part.text == "窗口要少跑一趟。"
    actions.take_source(part, keep=False, by=cast.recorder, at=NOW())
    part.refresh_from_db()
    assert part.text == "窗口要少跑两趟。"


def test_an_older_form_keeps_nobody_elses_words(cast: Cast) -> None:
    record = actions.open_record(held(cast), by=cast.recorder, at=NOW())
    part = record.parts.get(key="summary")
    base = digest(part.text)
    actions.edit_part(part, text="第一处改动", base=base, by=cast.recorder, at=NOW())
    with pytest.raises(Stale):
        actions.edit_part(part, text="第二处改动", base=base, by=cast.secretary, at=NOW())
    part.refresh_from_db()
    assert part.text == "第一处改动"


def test_a_returned_record_carries_the_opinion_and_is_open_again(cast: Cast) -> None:
    record = actions.open_record(held(cast), by=cast.recorder, at=NOW())
    record = actions.submit(record, by=cast.recorder, at=NOW())
    with pytest.raises(Refused, match="意见"):
        actions.return_record(record, opinion=" ", by=cast.secretary, at=NOW())
    actions.return_record(record, opinion="补上领学人", by=cast.secretary, at=NOW())
    record.refresh_from_db()
    assert record.state == RecordState.RETURNED
    assert record.opinions.get().text == "补上领学人"


def test_content_survives_storing_and_gives_the_same_paper(cast: Cast) -> None:
    record = signed(cast)
    version = record.versions.get()
    content = content_of(record, version)
    assert canonical(content) == version.content
    paper = papers.record(content, draft=False)
    headings = [b.text for b in paper.blocks if hasattr(b, "level")]
    assert headings[0] == "一、通报到会情况"
    assert headings[-2:] == ["三、主持人小结", "四、散会"]


def test_the_check_code_has_sixteen_letters_that_read_well() -> None:
    assert check_code("f" * 64) == "ZZZZ-ZZZZ-ZZZZ-ZZZZ"
    assert check_code("0" * 64) == "0000-0000-0000-0000"
