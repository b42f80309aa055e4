"""档案包: everything that is filed, checked by its own script with nothing but Python."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client, override_settings
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.archive.actions import file_records
from studyapp.errors import Refused
from studyapp.jobs import runner
from studyapp.jobs.models import Job, JobState
from studyapp.minutes import actions
from studyapp.papers.models import IssuedFile
from tests.conftest import Cast
from tests.minutes import records

SignIn = Callable[[User], Client]
YEAR = timezone.localdate().year


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def package(cast: Cast, signed_in: SignIn, tmp_path: Path) -> Path:
    """The unpacked package of a year with one record and its scan."""
    record = records.signed(cast)
    actions.attach_scan(
        record, data=b"%PDF-1.7 scan", name="签字页.pdf", by=cast.recorder, at=records.NOW()
    )
    file_records(cast.branch, record.versions.all(), by=cast.secretary, at=records.NOW())
    address = f"/branches/{cast.branch.pk}/archive/"
    client = signed_in(cast.secretary)
    assert "做档案包" in client.get(address).text
    answer = client.post(f"{address}package/", {"year": YEAR})
    job = Job.objects.get()
    assert answer["Location"] == f"/jobs/{job.pk}/"
    with override_settings(JOBS=1):
        runner.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.problem) == (JobState.DONE, "")
    folder = tmp_path / "package"
    with job.file.open("rb") as file, zipfile.ZipFile(file) as archive:
        archive.extractall(folder)
    assert IssuedFile.objects.get().sha256 == job.sha256
    return folder


def checked(folder: Path) -> tuple[int, str]:
    """What the script says, run by a plain Python that knows nothing of this project."""
    done = subprocess.run(
        [sys.executable, "-I", "-X", "utf8", "verify.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    return done.returncode, done.stdout


def test_it_holds_papers_words_scan_index_and_manifest(cast: Cast, package: Path) -> None:
    manifest = json.loads((package / "manifest.json").read_text(encoding="utf-8"))
    (item,) = manifest["items"]
    folder = package / item["folder"]
    assert sorted(path.name for path in folder.iterdir()) == [
        "content.json", "objections.json", "signatures.json", "会议记录.docx", "会议记录.pdf",
        "扫描件1.pdf",
    ]  # fmt: skip
    assert (item["number"], item["version"]) == (1, 1)
    assert item["check_code"] in (package / "目录.html").read_text(encoding="utf-8")
    assert checked(package) == (0, "全部一致。\n")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("会议记录.pdf", "改过"),
        ("content.json", "改过"),
        ("扫描件1.pdf", "缺少"),
        ("多的.txt", "多出"),
        ("manifest.json", "manifest.json 改过"),
    ],
)
def test_whatever_is_changed_is_named(package: Path, name: str, told: str) -> None:
    item = json.loads((package / "manifest.json").read_text(encoding="utf-8"))["items"][0]
    folder = package if name == "manifest.json" else package / item["folder"]
    if told == "缺少":
        (folder / name).unlink()
    else:
        with (folder / name).open("ab") as file:
            file.write(b" ")
    code, words = checked(package)
    where = "" if name == "manifest.json" else f" {item['folder']}/{name}"
    assert (code, words) == (1, f"{told}{where}\n有1处不一致。\n")


def test_a_link_that_was_made_up_does_not_fit_its_parts(package: Path) -> None:
    path = package / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["items"][0]["chain"]["sequence"] = 7
    path.write_text(json.dumps(manifest), encoding="utf-8")
    assert f"{manifest['items'][0]['folder']} 的链值不对" in checked(package)[1]


def test_a_year_without_filed_records_and_a_member_get_none(
    cast: Cast, signed_in: SignIn, tmp_path: Path
) -> None:
    from studyapp.archive.package import pack

    with pytest.raises(Refused, match="还没有归档的记录"):
        pack(tmp_path / "x.zip", unit=cast.branch, year=YEAR, reader=cast.secretary, tell=print)
    address = f"/branches/{cast.branch.pk}/archive/package/"
    assert signed_in(cast.member).post(address).status_code == 403
    assert signed_in(cast.visitor).post(address).status_code == 404
    answer = signed_in(cast.inspector).post(address, {"year": YEAR})
    assert answer["Location"].startswith("/me/password/again/?next=")
