"""The papers as files: addresses, parameters, who may have them, what they carry."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.audit.models import Entry
from studyapp.documents.blocks import fold
from studyapp.meetings.actions import course
from studyapp.minutes import actions, queries
from studyapp.minutes.content import digest
from tests.conftest import Cast
from tests.documents.papers import docx_text, pdf_text
from tests.minutes.records import NOW, amended, held, opened, signed, submitted

SignIn = Callable[[User], Client]
EVIL = [
    '#import "@preview/x:1.0.0": * #eval("1+1")',
    '#read("/etc/passwd") $x$ *a* _b_ @c \\\\ // ~',
    "{{7*7}} {% x %} <script>alert(1)</script>&amp;",
    "x" * 300,
    '=HYPERLINK("x")',
    "\x0b\x0c\x1f\ufffe\u202e",
    "一、不是标题的一行\n（一）第二行\n1. 第三行",
]


@pytest.mark.parametrize(
    ("query", "title"),
    [("", "集中学习记录"), ("?paper=record", "集中学习记录"), ("?paper=minutes", "集中学习纪要")],
)
def test_a_member_exports_each_paper_in_each_format(
    cast: Cast, signed_in: SignIn, query: str, title: str
) -> None:
    record = submitted(cast)
    client = signed_in(cast.member)
    address = f"/minutes/{record.pk}"
    pdf = client.get(f"{address}/export.pdf{query}")
    docx = client.get(f"{address}/export.docx{query}")
    html = client.get(f"{address}/print/{query}")
    assert [a.status_code for a in (pdf, docx, html)] == [200, 200, 200]
    assert pdf["Content-Type"] == "application/pdf"
    assert title in fold(pdf_text(pdf.content))
    assert title in fold(docx_text(docx.content))
    assert title in html.content.decode()


def test_a_paper_carries_draft_until_it_is_signed_and_its_code_after(
    cast: Cast, signed_in: SignIn
) -> None:
    record = submitted(cast)
    client = signed_in(cast.member)
    address = f"/minutes/{record.pk}/export.pdf"
    before = fold(pdf_text(client.get(address).content))
    for person in (cast.recorder, cast.secretary):
        actions.confirm(record, revision=record.revision, by=person, at=NOW())
    after = fold(pdf_text(client.get(address).content))
    assert ["草稿" in before, "第1版" in before] == [True, False]
    assert ["草稿" in after, "第1版" in after] == [False, True]


def test_an_old_version_is_exported_as_it_was_and_says_that_it_was_corrected(
    cast: Cast, signed_in: SignIn
) -> None:
    record = amended(cast, reason="发言人写错")
    client = signed_in(cast.member)
    for suffix, read in (("pdf", pdf_text),):
        old, new = (
            fold(read(client.get(f"/minutes/{record.pk}/export.{suffix}?version={n}").content))
            for n in (1, 2)
        )
        assert ["已更正" in old, "更正第1版" in old] == [True, False]
        assert ["已更正" in new, "更正第1版，更正原因：发言人写错" in new] == [False, True]


@pytest.mark.parametrize(
    "address", ["export.pdf?paper=x", "export.txt", "export.PDF", "print/?paper="]
)
def test_other_papers_and_formats_are_not_found(
    cast: Cast, signed_in: SignIn, address: str
) -> None:
    record = submitted(cast)
    assert signed_in(cast.member).get(f"/minutes/{record.pk}/{address}").status_code == 404


def test_a_draft_is_exported_by_those_who_write_it_only(cast: Cast, signed_in: SignIn) -> None:
    record = opened(cast)
    statuses = {
        name: signed_in(user).get(f"/minutes/{record.pk}/export.docx").status_code
        for name, user in cast.people().items()
    }
    assert {name for name, status in statuses.items() if status == 200} == {"secretary", "recorder"}
    assert set(statuses.values()) == {200, 404}


def test_a_file_has_a_name_that_an_office_can_sort(cast: Cast, signed_in: SignIn) -> None:
    record = submitted(cast)
    found = queries.reading(record)
    assert found is not None
    name = queries.file_name(record, "minutes", found)
    held = timezone.localdate(record.meeting.actual_start)
    assert name == f"{held}-刑侦支队第一党支部-集中学习-草稿-纪要"
    answer = signed_in(cast.member).get(f"/minutes/{record.pk}/export.docx?paper=minutes")
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''")


def test_each_export_is_logged_with_the_digest_of_the_file(cast: Cast, signed_in: SignIn) -> None:
    record = signed(cast)
    signed_in(cast.member).get(f"/minutes/{record.pk}/export.docx?version=1")
    entry = Entry.objects.order_by("-seq")[0]
    assert (entry.name, entry.user_name) == ("导出会议记录", "王海峰")
    assert (entry.condition["version"], len(entry.condition["sha256"])) == (1, 64)


def test_a_pdf_with_a_missing_glyph_is_refused_by_name_and_the_docx_is_not(
    cast: Cast, signed_in: SignIn
) -> None:
    record = submitted(cast, text="这个名字写作\U00020b9f。")
    client = signed_in(cast.member)
    answer = client.get(f"/minutes/{record.pk}/export.pdf")
    assert answer.status_code == 422
    assert "“王海峰”这一段里的“\U00020b9f”" in answer.content.decode()
    docx = client.get(f"/minutes/{record.pk}/export.docx")
    assert "写作\U00020b9f。" in fold(docx_text(docx.content))
    assert "PDF字库里没有这些字" in client.get(f"/minutes/{record.pk}/").content.decode()


@pytest.mark.parametrize("name", ["䶮", "㛃", "𬱖", "𫖮", "堃", "玥"])
def test_rare_names_are_in_every_format(cast: Cast, signed_in: SignIn, name: str) -> None:
    cast.member.name = f"吴{name}"
    cast.member.save(update_fields=["name"])
    record = submitted(cast)
    client = signed_in(cast.member)
    address = f"/minutes/{record.pk}"
    wanted = f"吴{name}：窗口要少跑一趟。"
    assert wanted in fold(pdf_text(client.get(f"{address}/export.pdf").content))
    assert wanted in fold(docx_text(client.get(f"{address}/export.docx").content))
    assert f"吴{name}" in client.get(f"{address}/print/").content.decode()


@pytest.mark.attack(34, 36)
@pytest.mark.parametrize("words", EVIL, ids=range(len(EVIL)))
def test_odd_words_come_through_every_format_as_they_are(
    cast: Cast, signed_in: SignIn, words: str
) -> None:
    record = opened(cast)
    part = record.parts.get(key__startswith="remark")
    values = {
        "part": part.pk,
        f"{part.pk}-text": f"前{words}后",
        f"{part.pk}-base": digest(part.text),
    }
    client = signed_in(cast.recorder)
    # Whitespace-like controls of the browser's post are cleaned; nothing is read as a language.
    answer = client.post(f"/minutes/{record.pk}/edit/", values)
    assert answer.status_code == 302
    kept = fold(f"前{words}后")
    address = f"/minutes/{record.pk}"
    assert kept in fold(pdf_text(client.get(f"{address}/export.pdf").content))
    assert kept in fold(docx_text(client.get(f"{address}/export.docx").content))
    page = client.get(f"{address}/print/").content.decode()
    assert kept in fold(unescape(re.sub("<[^>]+>", "", page)))


def test_every_field_is_there_to_copy(cast: Cast, signed_in: SignIn) -> None:
    meeting = held(cast)
    film = {"kind": "study", "title": "看专题片", "lead_reader": cast.member}
    course.add_item(meeting, **film, by=cast.recorder, at=NOW())
    record = actions.open_record(meeting, by=cast.recorder, at=NOW())
    actions.submit(record, by=cast.recorder, at=NOW())
    found = queries.reading(record)
    assert found is not None
    fields = {field.label: field.text for field in queries.copy_fields(found.content)}
    assert fields["党组织"] == "中共云州市公安局刑侦支队第一党支部"
    assert (fields["应到人数"], fields["实到人数"]) == ("3", "3")
    assert fields["发言情况"] == "王海峰：窗口要少跑一趟。"
    assert fields["主持人小结"] == "讲得实在。"
    assert fields["学习内容"] == "看专题片（王海峰）"
    assert fields["会议记录全文"].startswith("集中学习记录\n会议：")
    body = signed_in(cast.member).get(f"/minutes/{record.pk}/copy/").content.decode()
    assert body.count("data-copy=") == len(fields)


@pytest.mark.parametrize("paper", ["record", "minutes"])
@pytest.mark.parametrize(
    ("suffix", "head"), [("pdf", b"%PDF-"), ("docx", b"PK"), ("html", b"<!doctype html>")]
)
def test_the_command_writes_each_paper(
    cast: Cast, tmp_path, paper: str, suffix: str, head: bytes
) -> None:
    record = signed(cast)
    to = tmp_path / f"paper.{suffix}"
    call_command("export_minutes", str(record.pk), paper=paper, format=suffix, output=to)
    assert to.read_bytes().startswith(head)


def test_the_command_says_what_it_cannot_do(cast: Cast, tmp_path) -> None:
    record = submitted(cast, text="写作\U00020b9f。")
    with pytest.raises(CommandError, match="没有编号为 999"):
        call_command("export_minutes", "999", output=tmp_path / "x.pdf")
    with pytest.raises(CommandError, match="没有第 1 个签字版本"):
        call_command("export_minutes", str(record.pk), version_number=1, output=tmp_path / "x")
    with pytest.raises(CommandError, match="\U00020b9f"):
        call_command("export_minutes", str(record.pk), output=tmp_path / "x.pdf")
    with pytest.raises(CommandError, match="写不进"):
        call_command(
            "export_minutes", str(record.pk), format="docx", output=tmp_path / "no" / "x.docx"
        )
