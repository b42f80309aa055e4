"""批量导出: chosen records in one zip that can be checked without our programs."""

import csv
import hashlib
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client, override_settings
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.branches.models import Membership
from studyapp.jobs import runner
from studyapp.jobs.models import Job, JobState
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
    client.post(ADDRESS, {"record": [r.pk for r in found], "suffix": ["pdf", "docx"],
                          "which": "chosen"})  # fmt: skip
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


def test_the_list_narrows_and_shows_signed_records_only(cast: Cast, signed_in: SignIn) -> None:
    records.signed(cast, title="大会", kind="theme_day")
    records.signed(cast, title="学习")
    records.submitted(cast, title="没签")
    client = signed_in(cast.member)
    pages = {
        query: client.get(ADDRESS + query).content.decode()
        for query in ("", "?kind=theme_day", f"?year={timezone.localdate().year}", f"?year={timezone.localdate().year - 1}",
                      f"?unit={cast.branch.pk}", "?kind=nonsense&unit=x")
    }  # fmt: skip
    shown = [[title for title in ("大会", "学习", "没签") if f"> {title}</label>" in page]
             for page in pages.values()]  # fmt: skip
    both = ["大会", "学习"]
    assert shown == [both, ["大会"], both, [], both, both]


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"which": "chosen", "suffix": "pdf"}, "还没有选记录"),
        ({"which": "all"}, "选一种格式"),
        ({"which": "chosen", "suffix": "pdf", "record": "999"}, "已经不在列表里"),
    ],
)
def test_what_cannot_be_exported_is_said(
    cast: Cast, signed_in: SignIn, form: dict[str, str], said: str
) -> None:
    records.signed(cast)
    answer = signed_in(cast.member).post(ADDRESS, form)
    assert (answer.status_code, said in answer.content.decode()) == (422, True)
    assert Job.objects.count() == 0


def test_another_branch_is_not_reached_and_lost_rights_give_nothing(
    cast: Cast, signed_in: SignIn
) -> None:
    record = records.signed(cast)
    form = {"which": "chosen", "suffix": "pdf", "record": record.pk}
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
    answer = client.post(ADDRESS, {"which": "all", "suffix": "pdf"})
    assert answer.headers["Location"].startswith("/me/password/again/?next=")
    assert Job.objects.count() == 0


def test_a_name_that_no_face_can_draw_is_told_with_its_record(
    cast: Cast, signed_in: SignIn
) -> None:
    records.signed(cast, title="生僻字的会", text="请\U000323af同志发言。")
    signed_in(cast.member).post(ADDRESS, {"which": "all", "suffix": "pdf"})
    job = run()
    assert job.state == JobState.FAILED
    assert job.problem.startswith("“生僻字的会”的PDF字库里没有这些字")
    assert IssuedFile.objects.count() == 0
