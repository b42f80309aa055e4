"""党支部工作手册: what is in it, for whom, and how it is asked for."""

import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from studyapp.accounts.models import Political, User
from studyapp.archive import making
from studyapp.archive.handbook import compose
from studyapp.archive.holdings import signed_in_year
from studyapp.archive.rights import may_read_unit, roles_of
from studyapp.branches.models import Membership
from studyapp.documents.blocks import plain_text
from studyapp.documents.book import Book
from studyapp.jobs import runner
from studyapp.jobs.models import Job, JobState
from studyapp.minutes import actions as minutes
from studyapp.papers.models import IssuedFile, PaperProfile
from studyapp.text.cjk import format_date
from tests.conftest import Cast
from tests.factories import make_user
from tests.minutes import records

SignIn = Callable[[User], Client]
TODAY = timezone.localdate()
THIS_YEAR = TODAY.year


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def book(
    cast: Cast, reader: User | None = None, *, outside: bool = False, year: int = THIS_YEAR
) -> Book:
    return compose(
        cast.branch,
        year,
        reader=reader or cast.secretary,
        today=TODAY,
        outside=outside,
        tell=lambda *_: None,
    )


def words(found: Book) -> str:
    return "\n".join(plain_text(each.document) for each in found.entries())


def test_it_has_everything_in_the_order_of_the_organisation(cast: Cast) -> None:
    records.signed(cast)
    found = book(cast)
    assert [chapter.title for chapter in found.chapters] == [
        "组织情况", "工作计划", "会议一览", "集中学习", "组织生活会和民主评议党员", "党员教育管理",
        "年度总结", "检查指导",
    ]  # fmt: skip
    assert [each.title for each in found.entries()][:7] == [
        "基本情况", "换届选举和任期", "领导班子", "委员分工", "党小组划分", "党员名册",
        f"{THIS_YEAR}年工作计划",
    ]  # fmt: skip
    titles = {each.title for each in found.entries()}
    assert titles >= {
        "谈心谈话记录", "发展党员情况", "组织关系接转", "党费收缴登记", "表彰奖励", "走访慰问",
        "组织生活会记录", "民主评议党员登记", "检查指导记录",
    }  # fmt: skip
    assert found.title == "党支部工作手册"
    assert found.cover[0] == cast.branch.full_name


def test_people_stand_by_rank_with_their_dates(cast: Cast) -> None:
    make_user("赵六一", unit=cast.branch, rank=20, political=Political.PROBATIONARY,
              joined_on=date(THIS_YEAR, 1, 2))  # fmt: skip
    gone = make_user("钱七七", unit=cast.branch, rank=3)
    Membership.objects.filter(user=gone).update(
        started_on=TODAY - timedelta(days=9), ended_on=TODAY - timedelta(days=1)
    )
    pages = {each.title: plain_text(each.document) for each in book(cast).entries()}
    listed = [line.split("\t")[1] for line in pages["党员名册"].split("\n") if "\t" in line]
    assert [name for name in listed if name] == ["姓名", "陈卫东", "孙丽华", "王海峰", "赵六一"]
    assert f"{THIS_YEAR}.1.2" in pages["发展党员情况"]
    assert "4人，其中正式党员3人，预备党员1人" in pages["基本情况"]
    assert "王海峰" not in pages["领导班子"]


def test_what_is_not_stored_of_the_committee_is_left_to_be_written_by_hand(cast: Cast) -> None:
    Membership.objects.filter(unit=cast.branch).update(started_on=date(THIS_YEAR - 2, 3, 5))

    def lines(year: int) -> dict[str, list[list[str]]]:
        return {
            each.title: [line.split("\t") for line in plain_text(each.document).split("\n")]
            for each in book(cast, year=year).entries()
        }

    now, before = lines(THIS_YEAR), lines(THIS_YEAR - 1)
    # When somebody came to the unit is not since when they have the post.
    assert ["陈卫东", "党支部书记", "", "", ""] in now["领导班子"]
    # Posts of a past year are not stored, its people are.
    assert ["陈卫东" in str(before[title]) for title in ("领导班子", "委员分工", "党员名册")] == [
        False, False, True,
    ]  # fmt: skip
    said = {title: ["系统里只有现在的职务" in str(of[title]) for of in (now, before)]
            for title in ("领导班子", "委员分工", "党小组划分")}  # fmt: skip
    assert set(map(tuple, said.values())) == {(False, True)}
    marked = f"正式或预备按{format_date(TODAY)}的登记"
    assert [marked in str(of["党员名册"]) for of in (now, before)] == [False, True]


def test_signed_records_are_whole_and_others_only_named(cast: Cast) -> None:
    records.signed(cast, title="签了的会", text="这句话签了字。")
    void = records.signed(cast, title="没开成的会")
    minutes.void(void, reason="会没有开成", by=cast.secretary, at=timezone.now())
    records.submitted(cast, title="没签的会", text="这句话没签字。")
    found = book(cast)
    study = next(chapter for chapter in found.chapters if chapter.title == "集中学习")
    assert [each.title.partition("　")[2] for each in study.entries] == [
        "签了的会",
        "没开成的会",
    ]
    said = words(found)
    assert "这句话签了字。" in said
    assert "没签的会" in said
    assert "这句话没签字。" not in said
    # What was declared void is shown as such, and was no meeting.
    assert "第1版，作废" in said
    assert "全年开会：集中学习2次（其中1次的记录还没有签字）。" in said


def test_the_newest_version_is_in_it(cast: Cast) -> None:
    records.amended(cast, reason="数字写错")
    study = next(c for c in book(cast).chapters if c.title == "集中学习")
    assert len(study.entries) == 1
    assert "本版更正第1版，更正原因：数字写错。" in plain_text(study.entries[0].document)


def test_a_life_meeting_stays_inside_the_branch(cast: Cast) -> None:
    records.signed(cast, kind="life", title="批评和自我批评", text="只在会上说的话。")
    records.submitted(cast, title="没签的会")
    inside, above = words(book(cast)), words(book(cast, cast.inspector, outside=True))
    assert "只在会上说的话。" in inside
    for secret in ("只在会上说的话。", "批评和自我批评", "没签的会"):
        assert secret not in above
    assert "组织生活会的内容留在本支部" in above


@pytest.mark.parametrize(("who", "inside"), [("secretary", True), ("inspector", False)])
def test_the_file_is_bound_for_where_its_owner_stands(
    cast: Cast, who: str, *, inside: bool
) -> None:
    records.submitted(cast, title="没签的会")
    params = {"unit": cast.branch.pk, "year": THIS_YEAR, "suffix": "docx"}
    job = Job.objects.create(kind="handbook", by=getattr(cast, who), params=params)
    made = making.handbook(job, lambda *_: None)
    with zipfile.ZipFile(BytesIO(made.content)) as file:
        text = file.read("word/document.xml").decode()
    assert ("没签的会" in text, "组织生活会的内容留在本支部" in text) == (inside, not inside)


def test_it_asks_the_database_as_often_for_three_records_as_for_one(cast: Cast) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as made:
            book(cast)
        return len(made)

    records.signed(cast)
    # Who the reader is in the unit is asked once and kept.
    asked()
    one = asked()
    records.signed(cast)
    records.signed(cast)
    assert asked() == one


@pytest.mark.parametrize(("suffix", "magic"), [("pdf", b"%PDF-"), ("docx", b"PK")])
def test_the_page_starts_it_and_the_file_is_recorded(
    cast: Cast, signed_in: SignIn, suffix: str, magic: bytes
) -> None:
    records.signed(cast)
    client, address = signed_in(cast.secretary), f"/branches/{cast.branch.pk}/archive/handbook/"
    assert "已签字的 1 份" in client.get(address).content.decode()
    answer = client.post(address, {"suffix": suffix})
    job = Job.objects.get()
    assert answer.headers["Location"] == f"/jobs/{job.pk}/"
    with override_settings(JOBS=1):
        runner.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.problem) == (JobState.DONE, "")
    fetched = b"".join(client.get(f"/jobs/{job.pk}/file/").streaming_content)  # type: ignore[attr-defined]
    assert fetched.startswith(magic)
    issued = IssuedFile.objects.get()
    subject = f"handbook-{cast.branch.pk}-{THIS_YEAR}"
    assert (issued.sha256, issued.subject, issued.by) == (job.sha256, subject, cast.secretary)
    assert client.post(address, {"suffix": suffix}).status_code == 302
    refused = client.post(address, {"suffix": suffix})
    assert (refused.status_code, "一次只做一项" in refused.content.decode()) == (422, True)


def test_from_above_the_password_is_asked_first(cast: Cast, signed_in: SignIn) -> None:
    client, address = signed_in(cast.inspector), f"/branches/{cast.branch.pk}/archive/handbook/"
    assert "先核对密码" in client.get(address).content.decode()
    answer = client.post(address, {"suffix": "pdf"})
    assert answer.headers["Location"].startswith("/me/password/again/?next=")
    assert Job.objects.count() == 0
    session = client.session
    session["password_again"] = timezone.now().timestamp()
    session.save()
    assert client.post(address, {"suffix": "pdf"}).status_code == 302
    assert Job.objects.get().params == {
        "suffix": "pdf", "unit": cast.branch.pk, "year": THIS_YEAR, "roles": ["ORGAN"],
    }  # fmt: skip


def test_a_binder_made_with_a_role_that_is_lost_is_not_given_out(cast: Cast) -> None:
    params = {"unit": cast.branch.pk, "roles": roles_of(cast.secretary, cast.branch)}
    assert may_read_unit(cast.secretary, params)
    Membership.objects.filter(user=cast.secretary).update(role="committee")
    now = User.objects.get(pk=cast.secretary.pk)
    assert not may_read_unit(now, params)
    assert may_read_unit(now, {**params, "roles": roles_of(now, cast.branch)})


def test_a_unit_above_binds_its_own_records_alone(cast: Cast) -> None:
    records.signed(cast)
    found = signed_in_year(cast.organ, THIS_YEAR, cast.inspector)
    assert list(found) == []
    assert signed_in_year(cast.branch, THIS_YEAR, cast.inspector).count() == 1


def test_records_are_set_by_the_profile_of_their_unit(cast: Cast) -> None:
    records.signed(cast, text="先学原文。\n再讲体会。")
    assert "（1）先学原文。" not in words(book(cast))
    PaperProfile.objects.create(unit=cast.branch, remarks="points", updated_by=cast.secretary)
    assert "（1）先学原文。" in words(book(cast))
