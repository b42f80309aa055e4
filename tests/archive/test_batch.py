"""批量导出: chosen records in one zip that can be checked without our programs."""

import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client, override_settings
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.archive import batch
from studyapp.branches.models import Membership
from studyapp.jobs import actions as jobs
from studyapp.jobs import runner
from studyapp.jobs.models import Job, JobState
from studyapp.minutes import actions as minutes
from studyapp.papers.models import IssuedFile
from tests.conftest import Cast
from tests.factories import make_user
from tests.minutes import records

SignIn = Callable[[User], Client]
ADDRESS = "/archive/batch/"


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def run() -> Job:
    job = Job.objects.get()
    with override_settings(JOBS=1):
        assert runner.run(job.pk) is True
    job.refresh_from_db()
    return job


def test_the_zip_holds_each_paper_once_with_an_index_and_hashes(
    cast: Cast, signed_in: SignIn
) -> None:
    found = [records.signed(cast, title="=1+1"), records.signed(cast, title="第二次")]
    client = signed_in(cast.member)
    client.post(ADDRESS, {"record": [r.pk for r in found], "paper": ["record"],
                          "suffix": ["pdf", "docx"], "which": "chosen"})  # fmt: skip
    job = run()
    assert (job.state, job.problem) == (JobState.DONE, "")
    content = b"".join(client.get(f"/jobs/{job.pk}/file/").streaming_content)  # type: ignore[attr-defined]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        data = {name: archive.read(name) for name in names}
    papers = [name for name in names if name.endswith((".pdf", ".docx"))]
    # Both were held on one day by one branch: the second one gets a number.
    assert (len(papers), len(set(map(str.casefold, papers)))) == (4, 4)
    assert sum("（2）" in name for name in papers) == 2
    sums = [line.split("  ") for line in data["sha256.txt"].decode().splitlines()]
    assert {name: hashlib.sha256(data[name]).hexdigest() for name in papers} == {
        name: sha256 for sha256, name in sums
    }
    rows = list(csv.DictReader(io.StringIO(data["目录.csv"].decode("utf-8-sig"))))
    assert [row["会议主题"] for row in rows] == ["'=1+1", "'=1+1", "第二次", "第二次"]
    assert [row["文件"] for row in rows] == papers
    issued = IssuedFile.objects.order_by("pk")
    assert [(each.file_name, each.sha256) for each in issued] == [
        (row["文件"], row["SHA-256"]) for row in rows
    ]
    assert [each.check_code for each in issued] == [row["校验码"] for row in rows]


@pytest.mark.parametrize(
    ("chosen", "names", "title"),
    [
        ({"papers": ["record", "minutes"]}, ["会议记录", "纪要"], "会议记录和纪要"),
        ({"papers": ["minutes"]}, ["纪要"], "纪要"),
        # Asked for before there was a choice of papers.
        ({}, ["会议记录"], "会议记录"),
    ],
)
def test_the_chosen_papers_are_in_the_zip_the_index_and_what_was_issued(
    cast: Cast, chosen: dict[str, list[str]], names: list[str], title: str
) -> None:
    record = records.signed(cast, kind="committee")
    params = {"records": [record.pk], "suffixes": ["docx", "pdf"], **chosen}
    jobs.start("batch", params=params, by=cast.member, at=timezone.now())
    job = run()
    assert (job.state, job.file_name) == (
        JobState.DONE, f"{timezone.localdate()}-{title}-{job.pk}.zip",
    )  # fmt: skip
    with zipfile.ZipFile(job.file.path) as archive:
        papers = archive.namelist()[:-2]
        rows = list(csv.DictReader(io.StringIO(archive.read("目录.csv").decode("utf-8-sig"))))
    each = [name for name in names for _ in range(2)]
    assert [name.removesuffix(".pdf").removesuffix(".docx").split("-")[-1] for name in papers] == (
        each
    )
    assert [(row["文件"], row["文书"]) for row in rows] == list(zip(papers, each, strict=True))
    version = record.versions.get()
    assert list(
        IssuedFile.objects.order_by("pk").values_list(
            "subject", "paper", "file_name", "sha256", "version", "check_code"
        )
    ) == [
        (f"record-{record.pk}", row["文书"], row["文件"], row["SHA-256"], 1, version.code)
        for row in rows
    ]


def test_progress_counts_files(cast: Cast, tmp_path: Path) -> None:
    found, told = [records.signed(cast).pk, records.signed(cast).pk], list[tuple[int, int, str]]()
    batch.pack(
        tmp_path / "x.zip",
        pks=found,
        kinds=["record", "minutes"],
        suffixes=["docx"],
        reader=cast.member,
        tell=lambda *said: told.append(said),
    )
    assert told == [(done, 4, f"第{done + 1}个文件，共4个") for done in range(4)]


def test_the_form_offers_both_papers_and_takes_the_record_by_itself(
    cast: Cast, signed_in: SignIn
) -> None:
    records.signed(cast)
    client = signed_in(cast.member)
    page = client.get(ADDRESS).text
    boxes = [
        re.search(rf'<input type="checkbox" name="paper" value="{kind}"[^>]*>', page)
        for kind in ("record", "minutes")
    ]
    assert [box is not None and "checked" in box[0] for box in boxes] == [True, False]
    client.post(ADDRESS, {"which": "all", "paper": ["record", "minutes"], "suffix": "pdf"})
    job = Job.objects.get()
    assert (job.title, job.params["papers"]) == (
        "批量导出会议记录和纪要（1次会议）", ["record", "minutes"],
    )  # fmt: skip


def test_the_list_narrows_and_shows_signed_records_only(cast: Cast, signed_in: SignIn) -> None:
    records.signed(cast, title="大会", kind="theme_day")
    void = records.signed(cast, title="学习")
    minutes.void(void, reason="录错了", by=cast.secretary, at=timezone.now())
    records.submitted(cast, title="没签")
    client = signed_in(cast.member)
    pages = {
        query: client.get(ADDRESS + query).content.decode()
        for query in ("", "?kind=theme_day", f"?year={timezone.localdate().year}", f"?year={timezone.localdate().year - 1}",
                      f"?unit={cast.branch.pk}", "?kind=nonsense&unit=x")
    }  # fmt: skip
    assert [page.count("已作废") for page in pages.values()] == [1, 0, 1, 0, 1, 1]
    shown = [[title for title in ("大会", "学习", "没签") if f"> {title}</label>" in page]
             for page in pages.values()]  # fmt: skip
    both = ["大会", "学习"]
    assert shown == [both, ["大会"], both, [], both, both]
    # Other branches are not even named.
    assert [name.name in pages[""] for name in (cast.group, cast.other_branch)] == [True, False]


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"which": "chosen"}, "还没有选记录"),
        ({"which": "all", "suffix": []}, "选一种格式：PDF 或 DOCX。"),
        ({"which": "all", "paper": []}, "选一种文书：会议记录或纪要。"),
        ({"which": "all", "paper": "notice"}, "notice"),
        ({"which": "chosen", "record": "999"}, "已经不在列表里"),
    ],
)
def test_what_cannot_be_exported_is_said(
    cast: Cast, signed_in: SignIn, form: dict[str, Any], said: str
) -> None:
    records.signed(cast)
    answer = signed_in(cast.member).post(ADDRESS, {"paper": "record", "suffix": "pdf"} | form)
    assert (answer.status_code, said in answer.content.decode()) == (422, True)
    assert Job.objects.count() == 0


@pytest.mark.attack(37)
def test_an_export_of_everything_is_one_job_of_so_many_and_the_only_one(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studyapp.archive.views.batch.MOST", 2)
    for title in ("第一次", "第二次", "第三次"):
        records.signed(cast, title=title)
    client = signed_in(cast.member)
    form = {"which": "all", "paper": "record", "suffix": "pdf"}
    assert client.post(ADDRESS, form)["Location"] == f"/jobs/{Job.objects.get().pk}/"
    assert len(Job.objects.get().params["records"]) == 2
    again = client.post(ADDRESS, form)
    said = "还没有做完，一次只做一项" in again.content.decode()
    assert (again.status_code, said, Job.objects.count()) == (422, True, 1)
    # Somebody else's is another one.
    assert signed_in(cast.recorder).post(ADDRESS, form).status_code == 302


@pytest.mark.attack(4, 37)
def test_another_branch_is_not_reached_and_lost_rights_give_nothing(
    cast: Cast, signed_in: SignIn
) -> None:
    record = records.signed(cast)
    form = {"which": "chosen", "paper": "record", "suffix": "pdf", "record": record.pk}
    # The visitor's list is empty: a foreign number is refused like any that does not exist.
    assert signed_in(cast.visitor).post(ADDRESS, form).status_code == 422
    moving = make_user("调动的", unit=cast.branch)
    client = signed_in(moving)
    client.post(ADDRESS, form)
    Membership.objects.filter(user=moving).update(ended_on=timezone.localdate())
    assert "没有权限" in run().problem


def test_from_above_the_password_is_asked_first(cast: Cast, signed_in: SignIn) -> None:
    records.signed(cast)
    client = signed_in(cast.inspector)
    assert "先核对密码" in client.get(ADDRESS).content.decode()
    answer = client.post(ADDRESS, {"which": "all", "paper": "record", "suffix": "pdf"})
    assert answer.headers["Location"].startswith("/me/password/again/?next=")
    assert Job.objects.count() == 0


def test_a_name_that_no_face_can_draw_is_told_with_its_record(
    cast: Cast, signed_in: SignIn
) -> None:
    records.signed(cast, title="生僻字的会", text="请\U000323af同志发言。")
    signed_in(cast.member).post(ADDRESS, {"which": "all", "paper": "record", "suffix": "pdf"})
    job = run()
    assert job.state == JobState.FAILED
    assert job.problem.startswith("“生僻字的会”的PDF字库里没有这些字")
    assert IssuedFile.objects.count() == 0
