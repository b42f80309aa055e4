"""Every way in for a file: what the scanner finds stays outside, and is on record."""

import hashlib
import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client

from studyapp.accounts.models import User
from studyapp.audit.checking import check
from studyapp.audit.models import Entry
from studyapp.errors import Refused
from studyapp.minutes.models import Scan
from studyapp.speeches.models import Speech, Version
from studyapp.uploads.clamd import Address
from studyapp.uploads.taking import look_at
from tests.conftest import Cast
from tests.factories import make_speech
from tests.minutes.records import signed
from tests.uploads import server
from tests.uploads.server import EICAR, scanner

SignIn = Callable[[User], Client]
Way = tuple[Client, str, str, bytes, Callable[[], int]]
WAYS = ["speech", "new version", "roster", "scan"]
FOUND = "文件里查出病毒（Eicar-Signature），没有收，什么都没有存。"
TEXT = "一、夯实基础。要抓实。\n二、服务群众。要做细。\n".encode()
ROSTER = "党组织,姓名,登录名,职务\n刑侦支队第一党支部,王海峰,member,副大队长\n".encode()


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.DATA_DIR = tmp_path


@pytest.fixture
def clamd(settings: Any, tmp_path: Path) -> Iterator[Address]:
    """A scanner that works, and that the site asks."""
    with scanner(tmp_path / "clamd.ctl") as settings.CLAMD:
        yield settings.CLAMD


def way(name: str, cast: Cast, signed_in: SignIn) -> Way:
    """Who uploads what where, a file that would be taken, and how many are kept."""
    if name == "roster":
        return signed_in(cast.sysadmin), "/admin/roster/", "名册.csv", ROSTER, lambda: 0
    if name == "scan":
        address = f"/minutes/{signed(cast).pk}/scans/"
        return signed_in(cast.recorder), address, "签字页.pdf", b"%PDF-1.7\n", Scan.objects.count
    client = signed_in(cast.secretary)
    if name == "speech":
        return client, "/speeches/new/", "讲话.txt", TEXT, Speech.objects.count
    speech = make_speech(cast.branch, cast.secretary)
    return client, f"/speeches/{speech.pk}/version/", "讲话.txt", TEXT, Version.objects.count


def sent(way: Way, data: bytes, cast: Cast) -> tuple[int, str]:
    client, address, name, _, _ = way
    form = {"unit": cast.branch.pk, "file": SimpleUploadedFile(name, data)}
    answer = client.post(address, form)
    return answer.status_code, answer.content.decode()


def refusals() -> list[Entry]:
    return list(Entry.objects.filter(name="拒收上传的文件"))


@pytest.mark.attack(42)
@pytest.mark.parametrize("name", WAYS)
def test_a_virus_is_refused_on_record_and_nothing_of_it_is_kept(
    cast: Cast, signed_in: SignIn, clamd: Address, tmp_path: Path, name: str
) -> None:
    found = way(name, cast, signed_in)
    data, kept, files = found[3] + EICAR, found[4](), sorted(tmp_path.rglob("*"))
    status, page = sent(found, data, cast)
    assert (status, FOUND in page) == (422, True)
    assert (found[4](), sorted(tmp_path.rglob("*"))) == (kept, files)
    [entry] = refusals()
    assert (entry.target, entry.succeeded, entry.error_code) == (found[2], False, "infected")
    assert entry.condition == {
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "signature": "Eicar-Signature",
    }
    assert (entry.failure, check().findings) == ("查出病毒", [])


@pytest.mark.parametrize("name", WAYS)
def test_a_clean_file_goes_in(
    cast: Cast, signed_in: SignIn, clamd: Address, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    found = way(name, cast, signed_in)
    kept = found[4]()
    assert sent(found, found[3], cast)[0] in {200, 302}
    assert found[4]() == kept + (name != "roster")
    assert (refusals(), caplog.text) == ([], "")


@pytest.mark.parametrize("name", WAYS)
def test_without_the_scanner_a_file_goes_in_and_the_log_has_a_line(
    cast: Cast,
    signed_in: SignIn,
    settings: Any,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    name: str,
) -> None:
    settings.CLAMD = tmp_path / "nobody"
    found = way(name, cast, signed_in)
    with caplog.at_level(logging.WARNING):
        assert sent(found, found[3], cast)[0] in {200, 302}
    assert refusals() == []
    lines = [r.getMessage() for r in caplog.records if r.name == "studyapp.uploads.taking"]
    assert lines == ["clamd did not look at a file, it was taken in: 连不上"]


@pytest.mark.parametrize("name", WAYS)
def test_where_the_scanner_is_required_nothing_goes_in_without_it(
    cast: Cast, signed_in: SignIn, settings: Any, tmp_path: Path, name: str
) -> None:
    settings.CLAMD, settings.CLAMD_REQUIRED = tmp_path / "nobody", True
    found = way(name, cast, signed_in)
    kept = found[4]()
    status, page = sent(found, found[3], cast)
    assert (status, "杀毒程序连不上，文件没有收。过几分钟再传" in page) == (422, True)
    [entry] = refusals()
    assert (found[4](), entry.error_code) == (kept, "unscanned")
    assert entry.condition["reason"] == "杀毒程序连不上"


@pytest.mark.parametrize("behaviour", [server.faulty, server.halting, server.closing])
def test_half_an_answer_is_none(
    cast: Cast, signed_in: SignIn, settings: Any, tmp_path: Path, behaviour: server.Behaviour
) -> None:
    settings.CLAMD_REQUIRED = True
    found = way("speech", cast, signed_in)
    with scanner(tmp_path / "clamd.ctl", behaviour) as settings.CLAMD:
        status, page = sent(found, TEXT * 100, cast)
    assert (status, Speech.objects.count()) == (422, 0)
    assert "文件没有收。过几分钟再传" in page


@pytest.mark.django_db
@pytest.mark.parametrize("is_required", [False, True])
def test_who_was_silent_is_not_waited_for_again_for_a_minute(
    settings: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture, *, is_required: bool
) -> None:
    settings.CLAMD_SECONDS, settings.CLAMD_REQUIRED = 0.3, is_required

    def waited() -> bool:
        began = time.monotonic()
        with suppress(Refused):
            look_at(TEXT, "讲话.txt", by=None)
        return time.monotonic() - began >= 0.3

    with scanner(tmp_path / "a.ctl", server.silent) as settings.CLAMD:
        assert [waited() for _ in range(3)] == [True, False, False]
    assert caplog.text.count("clamd did not answer in time: not asked for 60 seconds") == 1
    assert (
        sorted(entry.condition["reason"] for entry in refusals())
        == [
            "杀毒程序刚才没有及时回答",
            "杀毒程序刚才没有及时回答",
            "杀毒程序没有及时回答",
        ]
        * is_required
    )

    with scanner(tmp_path / "b.ctl") as settings.CLAMD:
        for since in (-61, +30):  # a minute is over; the clock was set back
            os.utime(tmp_path / "clamd.silent", (time.time() + since,) * 2)
            with pytest.raises(Refused, match="查出病毒"):
                look_at(EICAR, "讲话.txt", by=None)


def test_a_site_without_a_scanner_asks_nobody(cast: Cast, signed_in: SignIn) -> None:
    found = way("speech", cast, signed_in)
    assert sent(found, TEXT + EICAR, cast)[0] == 302


def test_a_file_over_the_limit_is_not_even_looked_at(
    cast: Cast, signed_in: SignIn, settings: Any, clamd: Address
) -> None:
    settings.UPLOAD_LIMIT = 1000
    found = way("scan", cast, signed_in)
    status, page = sent(found, found[3] + EICAR + bytes(1000), cast)
    assert (status, "文件超过 20 MB，没有收。" in page, refusals()) == (422, True, [])


@pytest.mark.parametrize("command", ["import_speech", "import_roster"])
def test_files_that_come_by_command_are_looked_at_too(
    cast: Cast, clamd: Address, tmp_path: Path, command: str
) -> None:
    path = tmp_path / ("a.txt" if command == "import_speech" else "a.csv")
    path.write_bytes((TEXT if command == "import_speech" else ROSTER) + EICAR)
    options = {"unit": cast.branch.name, "by": "secretary"} if command == "import_speech" else {}
    with pytest.raises(CommandError, match="查出病毒"):
        call_command(command, str(path), stdout=StringIO(), **options)
    assert (Speech.objects.count(), len(refusals())) == (0, 1)
