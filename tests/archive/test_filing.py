"""归档: signed versions go into the archive of their year, numbered by class, for good."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.archive import actions, filing
from studyapp.archive.models import Filed, RetentionRule
from studyapp.archive.retention import retention_of
from studyapp.audit.models import Entry
from studyapp.branches.models import Membership, Unit
from studyapp.errors import Refused
from studyapp.meetings.models import Kind, Meeting
from studyapp.minutes import actions as minutes
from studyapp.minutes.models import Record, SignedVersion
from tests.conftest import Cast
from tests.minutes.records import NOW, amended, held, sign, signed, submitted

SignIn = Callable[[User], Client]
YEAR = 2025


def day(month: int, year: int = YEAR) -> datetime:
    return datetime(year, month, 5, 15, tzinfo=timezone.get_current_timezone())


def late(cast: Cast, month: int, *, year: int = YEAR, **more: object) -> Record:
    """A signed record of a meeting in a month of the year."""
    return signed(cast, start=day(month, year), late_entry_reason="补录", **more)


def newest(record: Record) -> SignedVersion:
    return record.versions.latest("number")


def put(cast: Cast, *records: Record) -> list[Filed]:
    chosen = [newest(record) for record in records]
    return actions.file_records(cast.branch, chosen, by=cast.secretary, at=NOW())


def told(rows: list[Filed]) -> list[tuple[int, str, int]]:
    return [(row.year, row.period, row.number) for row in rows]


def table(cast: Cast, **changed: str) -> None:
    """Give the organ a table: 30年 but for what is changed."""
    lines = dict.fromkeys(Kind.values, "30年") | changed
    actions.set_retention(cast.organ, general="10年", lines=lines, by=cast.inspector)


# --- Filing --------------------------------------------------------------------------------------


def test_numbers_run_within_year_and_class_by_the_day_of_the_meeting(cast: Cast) -> None:
    table(cast, committee="永久")
    march, january = late(cast, 3), late(cast, 1)
    committee, before = late(cast, 2, kind="committee"), late(cast, 12, year=YEAR - 1)
    rows = put(cast, march, january, committee, before)
    assert told(rows) == [
        (YEAR - 1, "30年", 1), (YEAR, "30年", 1), (YEAR, "永久", 1), (YEAR, "30年", 2),
    ]  # fmt: skip
    assert [row.version.record for row in rows] == [before, january, committee, march]
    assert told(put(cast, late(cast, 2))) == [(YEAR, "30年", 3)]
    entry = Entry.objects.latest("seq")
    assert (entry.name, entry.user_name, entry.condition["period"], entry.condition["piece"]) == (
        "归档", "陈卫东", "30年", 3,
    )  # fmt: skip


def test_a_later_version_is_filed_beside_the_earlier_one(cast: Cast) -> None:
    record = amended(cast)
    first, second = record.versions.order_by("number")
    with pytest.raises(Refused, match="看过新版本再归档"):
        actions.file_records(cast.branch, [first], by=cast.secretary, at=NOW())
    put(cast, record)
    with pytest.raises(Refused, match="第2版已归档"):
        put(cast, record)
    minutes.amend(record, reason="又错", by=cast.recorder, at=NOW())
    sign(minutes.submit(record, by=cast.recorder, at=NOW()))
    put(cast, record)
    assert [(f.version.number, f.number) for f in Filed.objects.order_by("number")] == [
        (2, 1), (3, 2),
    ]  # fmt: skip
    assert second.filed.period == "30年"


def test_all_are_filed_or_none_and_every_reason_is_told(cast: Cast) -> None:
    good, returned, corrected = (
        late(cast, 1),
        late(cast, 2, title="退过"),
        late(cast, 3, title="改着"),
    )
    version = newest(returned)
    minutes.send_back(version, opinion="不对", by=cast.inspector, at=NOW())
    minutes.amend(corrected, reason="写错", by=cast.recorder, at=NOW())
    with pytest.raises(Refused) as refusal:
        put(cast, good, returned, corrected)
    assert str(refusal.value) == (
        "没有归档：“退过”上级退回还没有答复，先更正或者书面说明。"
        "“改着”正在更正，等新版本签字后再归档。"
    )
    assert Filed.objects.count() == 0
    minutes.explain(returned, text="没有错", by=cast.recorder, at=NOW())
    assert told(put(cast, good, returned)) == [(YEAR, "30年", 1), (YEAR, "30年", 2)]
    with pytest.raises(Refused, match="还没有选记录"):
        put(cast)
    with pytest.raises(Refused, match="不是这个党组织的"):
        actions.file_records(cast.other_branch, [version], by=cast.visitor, at=NOW())


def test_a_void_version_is_not_filed_and_a_filed_one_that_becomes_void_is_marked(
    cast: Cast,
) -> None:
    void, kept = late(cast, 1, title="没开成"), late(cast, 2, title="后来作废")
    put(cast, kept)
    for record in (void, kept):
        minutes.void(record, reason="没有开成", by=cast.secretary, at=NOW())
    assert filing.unfiled(cast.branch, YEAR, cast.secretary) == []
    with pytest.raises(Refused, match="“没开成”已作废，不归档"):
        put(cast, void)
    items, _ = filing.filed_in(cast.branch, YEAR, cast.secretary)
    assert [(one.title, one.mark) for one in items] == [("后来作废", "已作废")]


def test_nothing_leaves_the_archive(cast: Cast) -> None:
    (row,) = put(cast, signed(cast))
    for change in (
        lambda: Filed.objects.filter(pk=row.pk).update(period="10年"),
        row.delete,
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()
    assert Filed.objects.get().period == "30年"


# --- The table of classes ------------------------------------------------------------------------


def test_the_nearest_table_holds_and_without_one_the_own_general_class(cast: Cast) -> None:
    Unit.objects.filter(pk=cast.branch.pk).update(retention="永久")
    branch = Unit.objects.get(pk=cast.branch.pk)
    assert (retention_of(branch).owner, retention_of(branch).period("study")) == (None, "永久")
    table(cast, study="10年")
    found = retention_of(branch)
    assert (found.owner, found.period("study"), found.period("life"), found.general) == (
        cast.organ, "10年", "30年", "10年",
    )  # fmt: skip
    RetentionRule.objects.create(unit=cast.general, kind="life", period="永久")
    found = retention_of(branch)
    assert (found.owner, found.period("life"), found.period("study")) == (
        cast.general, "永久", "30年",
    )  # fmt: skip
    assert retention_of(cast.other_branch).owner == cast.organ


def test_changing_the_table_changes_nothing_that_is_filed(cast: Cast) -> None:
    put(cast, late(cast, 1))
    table(cast, study="永久")
    entry = Entry.objects.latest("seq")
    assert (entry.name, entry.condition["集中学习"], entry.condition["一般"]) == (
        "修改保管期限表", "30年→永久", "30年→10年",
    )  # fmt: skip
    assert told(put(cast, late(cast, 2))) == [(YEAR, "永久", 1)]
    assert Filed.objects.order_by("pk")[0].period == "30年"
    lines = dict.fromkeys(Kind.values, "30年")
    for wrong in ({**lines, "study": "5年"}, {"study": "30年"}):
        with pytest.raises(Refused, match="每一类会议都要选"):
            actions.set_retention(cast.branch, general="30年", lines=wrong, by=cast.secretary)


def test_a_unit_gives_its_table_up_for_the_one_above(cast: Cast) -> None:
    with pytest.raises(Refused, match="没有单独的保管期限表"):
        actions.follow_superior(cast.branch, by=cast.secretary)
    lines = dict.fromkeys(Kind.values, "永久")
    actions.set_retention(cast.branch, general="永久", lines=lines, by=cast.secretary)
    with pytest.raises(Refused, match="上级没有保管期限表"):
        actions.follow_superior(cast.branch, by=cast.secretary)
    table(cast)
    actions.follow_superior(cast.branch, by=cast.secretary)
    assert retention_of(cast.branch).owner == cast.organ
    assert Entry.objects.latest("seq").name == "改用上级的保管期限表"


# --- The pages -----------------------------------------------------------------------------------


def test_the_secretary_files_what_is_ticked_and_finds_it_by_number(
    signed_in: SignIn, cast: Cast
) -> None:
    record = late(cast, 4, title="四月的学习")
    later = late(cast, 5, title="五月的学习")
    url, client = f"/branches/{cast.branch.pk}/archive/", signed_in(cast.secretary)
    page = client.get(f"{url}?year={YEAR}")
    assert [(one.title, period) for one, period, _ in page.context["waiting"]] == [
        ("四月的学习", "30年"), ("五月的学习", "30年"),
    ]  # fmt: skip
    assert 'href="/branches/" aria-current="page"' in page.content.decode()
    nothing = client.post(f"{url}file/", {"year": YEAR})
    assert (nothing.status_code, "还没有选记录" in nothing.content.decode()) == (422, True)
    minutes.amend(later, reason="写错", by=cast.recorder, at=NOW())
    ticked = {"year": YEAR, "version": [newest(record).pk, newest(later).pk]}
    refused = client.post(f"{url}file/", ticked).content.decode()
    box = f'value="{newest(record).pk}" checked'
    assert (box in " ".join(refused.split()), "“五月的学习”正在更正" in refused) == (True, True)
    done = client.post(f"{url}file/", {"year": YEAR, "version": newest(record).pk})
    assert (done.status_code, done["Location"]) == (302, f"{url}?year={YEAR}")
    page = client.get(done["Location"])
    assert [(i.title, i.filed.number) for i in page.context["filed"]] == [("四月的学习", 1)]
    mark = f"{YEAR}年 30年"
    assert mark in " ".join(client.get(f"/minutes/{record.pk}/").content.decode().split())
    listed = client.get("/minutes/").context["page"]
    assert {vars(one)["filed"] for one in listed} == {None, 1}


def test_what_is_not_signed_is_stated_without_names(signed_in: SignIn, cast: Cast) -> None:
    held(cast, start=day(6), title="没整理的会", late_entry_reason="补录")
    submitted(cast, start=day(7), title="待签的会", late_entry_reason="补录")
    url = f"/branches/{cast.branch.pk}/archive/?year={YEAR}"
    page = signed_in(cast.secretary).get(url)
    assert [m.title for m in page.context["unsigned"]] == ["没整理的会", "待签的会"]
    words = page.content.decode()
    assert ("还没有整理记录" in words, "待签字" in words, cast.recorder.name in words) == (
        True, True, False,
    )  # fmt: skip
    # The organ above reads what is signed, and is told of nothing else.
    above = signed_in(cast.inspector).get(url)
    assert (list(above.context["unsigned"]), "没整理的会" in above.content.decode()) == ([], False)


def test_the_organ_reads_the_shelf_but_for_life_meetings(signed_in: SignIn, cast: Cast) -> None:
    life, study = late(cast, 1, kind="life", title="生活会"), late(cast, 2, title="学习会")
    put(cast, life, study)
    url = f"/branches/{cast.branch.pk}/archive/?year={YEAR}"
    page = signed_in(cast.inspector).get(url)
    assert ([one.title for one in page.context["filed"]], page.context["hidden"]) == (["学习会"], 1)
    assert ("生活会" in page.content.decode(), "另有 1 件" in page.content.decode()) == (
        False,
        True,
    )
    assert filing.filed_in(cast.branch, YEAR, cast.secretary)[1] == 0


def test_only_who_files_ticks_and_changes_the_table(signed_in: SignIn, cast: Cast) -> None:
    version = newest(late(cast, 1))
    url = f"/branches/{cast.branch.pk}/archive/"
    people = {
        "secretary": (200, 302, 200), "recorder": (200, 403, 403), "inspector": (200, 403, 403),
        "member": (403, 403, 403), "visitor": (404, 404, 404), "sysadmin": (403, 403, 403),
        "auditor": (404, 404, 404),
    }  # fmt: skip
    found = {}
    for name in reversed(people):
        client = signed_in(getattr(cast, name))
        page = client.get(f"{url}?year={YEAR}")
        assert name == "secretary" or b'type="checkbox"' not in page.content
        posted = client.post(f"{url}file/", {"year": YEAR, "version": version.pk})
        found[name] = (
            page.status_code, posted.status_code, client.get(f"{url}retention/").status_code,
        )  # fmt: skip
    assert found == people


@pytest.mark.attack(4)
def test_a_version_of_elsewhere_is_not_filed_here(signed_in: SignIn, cast: Cast) -> None:
    Membership.objects.filter(user=cast.visitor).update(role="secretary")
    version = newest(signed(cast))
    client = signed_in(User.objects.get(pk=cast.visitor.pk))
    url = f"/branches/{cast.other_branch.pk}/archive/file/"
    answer = client.post(url, {"version": [version.pk, "x", "9" * 30]})
    assert (answer.status_code, Filed.objects.count()) == (422, 0)


def test_a_version_that_is_no_longer_seen_is_not_filed(signed_in: SignIn, cast: Cast) -> None:
    record = signed(cast)
    version, url = newest(record), f"/branches/{cast.branch.pk}/archive/file/"
    Meeting.objects.filter(pk=record.meeting_id).update(unit=cast.other_branch)
    client = signed_in(cast.secretary)
    answer = client.post(url, {"version": version.pk})
    assert (answer.status_code, Filed.objects.count()) == (422, 0)
    Meeting.objects.filter(pk=record.meeting_id).update(unit=cast.branch)
    answer = client.post(url, {"version": version.pk})
    assert (answer.status_code, Filed.objects.get().version) == (302, version)


def test_the_table_is_set_on_its_page(signed_in: SignIn, cast: Cast) -> None:
    url, client = f"/branches/{cast.branch.pk}/archive/retention/", signed_in(cast.secretary)
    data = dict.fromkeys(Kind.values, "30年") | {"general": "10年", "assembly": "永久"}
    assert client.post(url, {**data, "life": "一年"}).status_code == 422
    assert client.post(url, data).status_code == 302
    found = retention_of(cast.branch)
    assert (found.owner, found.period("assembly"), set(found.lines)) == (
        cast.branch, "永久", set(Kind.values),
    )  # fmt: skip
    assert "改用" not in client.get(url).content.decode()
    refused = client.post(url, {"do": "follow"})
    assert (refused.status_code, "上级没有保管期限表" in refused.content.decode()) == (422, True)
    table(cast)
    assert "改用机关党委的表" in client.get(url).content.decode()
    assert client.post(url, {"do": "follow"}).status_code == 302
    assert "现在用机关党委的表" in client.get(url).content.decode()
