"""/v/ and /v/<code>: one word to whoever holds the paper, and nothing else."""

import hashlib
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from studyapp.accounts.models import User
from studyapp.minutes import queries
from studyapp.minutes.content import gather
from studyapp.minutes.models import SignedVersion
from studyapp.minutes.views import checking
from studyapp.papers.models import IssuedFile
from tests.conftest import Cast
from tests.minutes.records import amended, signed, tamper

SignIn = Callable[[User], Client]
PAPER = b"%PDF-1.7 " + b"x" * 200_000


def issue(version: SignedVersion, data: bytes = PAPER) -> None:
    IssuedFile.objects.create(
        unit=version.unit,
        subject=f"record-{version.record_id}",
        paper="会议记录",
        version=version.number,
        check_code=version.code,
        file_name="会议记录.pdf",
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        by=version.record.meeting.recorder,
        by_name="孙丽华",
    )


def word(page: str) -> str:
    found = re.search(r'class="verdict[^>]*>([^<]+)<', page)
    return found[1] if found else ""


def ask(client: Client, code: str, **more: Any) -> tuple[int, str, str]:
    answer = client.get(f"/v/{code}", **more)
    page = answer.content.decode()
    return answer.status_code, word(page), page


def send(client: Client, code: str, data: bytes, name: str = "x.pdf") -> tuple[int, str]:
    answer = client.post(f"/v/{code}", {"file": SimpleUploadedFile(name, data)})
    return answer.status_code, answer.content.decode()


@pytest.mark.attack(11)
def test_a_code_says_one_word_in_each_state(cast: Cast, client: Client) -> None:
    first, second = amended(cast).versions.order_by("number")
    assert ask(client, second.code)[:2] == (200, "有效")
    assert ask(client, first.code)[:2] == (200, "已更正")
    assert ask(client, "0000-0000-0000-0000")[:2] == (404, "不存在")
    assert ask(client, "x")[:2] == (404, "不存在")


def test_the_page_names_nobody_and_nothing(cast: Cast, client: Client) -> None:
    version = signed(cast, title="专题研究").versions.get()
    issue(version)
    pages = [ask(client, version.code)[2], send(client, version.code, PAPER)[1]]
    meeting = version.record.meeting
    secrets = [
        *(person.name for person in cast.people().values()),
        *(meeting.title, meeting.unit.name, meeting.paper_organisation, meeting.place),
        *("会议记录.pdf", version.link, version.sha256, version.seal, "第1版"),
        *(f"{version.signed_at:%Y-%m-%d}", f"{version.signed_at:%Y年}"),
    ]
    assert [secret for secret in secrets for page in pages if secret in page] == []


def test_the_page_is_the_same_for_whoever_asks_and_is_kept_nowhere(
    cast: Cast, client: Client, signed_in: SignIn
) -> None:
    code = signed(cast).versions.get().code
    pages = []
    for one in (client, signed_in(cast.recorder), signed_in(cast.sysadmin)):
        for path in ("/v/", f"/v/{code}"):
            answer = one.get(path)
            pages.append(re.sub(r'"X-CSRFToken": "\w+"', "", answer.content.decode()))
            assert answer["Cache-Control"] == "no-store"
            assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
    assert pages[:2] == pages[2:4] == pages[4:]


def test_a_code_is_typed_as_people_type_it(cast: Cast, client: Client) -> None:
    code = signed(cast).versions.get().code
    typed = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    answer = client.get("/v/", {"code": f" {typed} "})
    assert (answer.status_code, answer["Location"]) == (302, f"/v/{code}")
    assert ask(client, code.replace("-", "").lower())[:2] == (200, "有效")
    answer = client.get("/v/", {"code": "12<b>"})
    page = answer.content.decode()
    assert (answer.status_code, "校验码是16位" in page, "12&lt;b&gt;" in page) == (422, True, True)


def test_a_file_is_compared_with_those_of_its_code_only(cast: Cast, client: Client) -> None:
    first, second = amended(cast).versions.order_by("number")
    issue(second)
    same, other = "和导出的文件一致，没有改动。", "和导出的任何文件都不一致。"
    for code, data, said, unsaid in (
        (second.code, PAPER, same, other),
        (second.code, PAPER + b" ", other, same),
        (first.code, PAPER, other, same),
    ):
        status, page = send(client, code, data)
        assert (status, said in page, unsaid in page) == (200, True, False)
    assert send(client, "0000-0000-0000-0000", PAPER)[0] == 404


def test_nothing_to_compare_is_told_in_words(cast: Cast, client: Client) -> None:
    code = signed(cast).versions.get().code
    for form in ({}, {"file": SimpleUploadedFile("x.pdf", b"")}, {"file": "words"}):
        answer = client.post(f"/v/{code}", form)
        assert (answer.status_code, "选一个文件再核对。" in answer.content.decode()) == (422, True)


@pytest.mark.parametrize("envelope", [checking._ENVELOPE, 10**9])
def test_a_file_that_is_too_large_is_not_read_to_its_end(
    cast: Cast, client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch, envelope: int
) -> None:
    """Told by its announced length, or where that says less than what comes."""
    settings.UPLOAD_LIMIT = 100_000
    monkeypatch.setattr(checking, "_ENVELOPE", envelope)
    status, page = send(client, signed(cast).versions.get().code, PAPER)
    assert (status, "文件超过20 MB，没有核对。" in page) == (422, True)


@pytest.mark.attack(11, 19)
def test_who_asks_too_often_waits(cast: Cast, client: Client) -> None:
    code = signed(cast).versions.get().code
    for _ in range(10):
        assert ask(client, code)[0] == 200
        assert ask(client, "0000-0000-0000-0000")[0] == 404
    status, said, page = ask(client, code)
    assert (status, said, "查得太频繁" in page) == (429, "", True)
    # A forged header makes no new address; another address asks.
    assert ask(client, code, headers={"X-Forwarded-For": "6.6.6.6"})[0] == 429
    assert ask(client, code, REMOTE_ADDR="10.1.2.3")[:2] == (200, "有效")


def test_the_paper_leads_to_its_page_where_the_site_has_an_address(
    cast: Cast, settings: Any
) -> None:
    record = amended(cast)
    for number, version in enumerate(record.versions.order_by("number"), 1):
        for address in ("https://study.example", ""):
            settings.PUBLIC_ADDRESS = address
            found = queries.reading(record, number=number)
            assert found is not None
            for kind in queries.PAPERS:
                paper = queries.paper(found, kind)
                told = (paper.address, paper.check_code, paper.moment, paper.mark)
                assert told == (
                    f"{address}/v/{version.code}" if address else "",
                    version.code,
                    version.signed_at,
                    "已更正" if number == 1 else "",
                )
    draft = queries.paper(queries.Reading(gather(record)), "record")
    assert (draft.address, draft.check_code, draft.moment) == ("", "", None)


def test_who_works_on_a_record_sees_which_files_left(cast: Cast, signed_in: SignIn) -> None:
    version = signed(cast).versions.get()
    for number in range(22):
        issue(version, PAPER + bytes([number]))
    pages = {
        name: signed_in(getattr(cast, name)).get(f"/minutes/{version.record_id}/").content.decode()
        for name in ("recorder", "secretary", "member", "inspector")
    }
    assert {name: page.count("会议记录.pdf") for name, page in pages.items()} == {
        "recorder": 20,
        "secretary": 20,
        "member": 0,
        "inspector": 0,
    }
    newest = hashlib.sha256(PAPER + bytes([21])).hexdigest()[:16]
    assert (newest in pages["recorder"], "更早的还有 2 个" in pages["recorder"]) == (True, True)


def test_a_row_that_does_not_fit_its_seal_is_not_called_valid(
    cast: Cast, client: Client, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    version = signed(cast).versions.get()
    tamper("UPDATE minutes_signedversion SET content = replace(content, '少跑', '多跑')")
    assert ask(client, version.code)[:2] == (503, "暂时不能核验")
    assert f"signed version {version.pk} does not fit" in caplog.text
    settings.RECORD_KEYS = {"k9": b"x"}
    assert ask(client, version.code)[:2] == (503, "暂时不能核验")
