"""Upload or paste through the pages: what is stored, what is refused, what stays in the form."""

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from studyapp.accounts.models import User
from studyapp.branches.models import Membership
from studyapp.speeches.models import Speech, Version
from tests.conftest import Cast
from tests.factories import make_speech

SignIn = Callable[[User], Client]
TEXT = "在夏训班上的讲话\n同志们：\n夏训开始了。\n一、先学\n慢慢来。\n二、再练\n天天练。\n"


def send(client: Client, cast: Cast, **more: object) -> tuple[int, str]:
    """Post the form for the branch; status, and the address or the page."""
    answer = client.post("/speeches/new/", {"unit": cast.branch.pk, **more})
    return answer.status_code, answer.get("Location") or answer.content.decode()


def upload(data: bytes, name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


@pytest.fixture
def secretary(cast: Cast, signed_in: SignIn) -> Client:
    return signed_in(cast.secretary)


def test_a_pasted_text_goes_to_its_review(cast: Cast, secretary: Client) -> None:
    assert secretary.get("/speeches/new/").status_code == 200
    status, address = send(
        secretary, cast, text=TEXT, source="市局文件", document_number="〔2026〕3号"
    )
    speech = Speech.objects.get()
    assert (status, address) == (302, f"/speeches/{speech.pk}/review/")
    assert (speech.title, speech.source, speech.document_number, speech.unit) == (
        "在夏训班上的讲话",
        "市局文件",
        "〔2026〕3号",
        cast.branch,
    )
    assert (speech.is_vouched, speech.released_at) == (False, None)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb18030"])
def test_a_file_is_read_and_comes_back_byte_for_byte(
    cast: Cast, secretary: Client, encoding: str
) -> None:
    data = TEXT.encode(encoding)
    status, _ = send(secretary, cast, file=upload(data, "讲话.txt"))
    speech = Speech.objects.get()
    assert (status, speech.title) == (302, "在夏训班上的讲话")
    answer = secretary.get(f"/speeches/{speech.pk}/original/")
    assert b"".join(answer.streaming_content) == data  # type: ignore[attr-defined]
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "还没有内容。选一个文件"),
        ({"text": " \n　"}, "还没有内容。选一个文件"),
        ({"text": "\u200b"}, "还没有内容。选一个文件"),
        ({"file": upload(b"\xd0\xcf\x11\xe0", "a.doc")}, "另存为 .docx 再上传"),
        ({"file": upload(b"MZ\x90", "a.docx")}, "这个文件的内容不是 .docx"),
        ({"file": upload(b"x" * (20 * 2**20 + 1), "a.txt")}, "超过 20 MB"),
        ({"file": upload(b"abc", "a.txt"), "text": "abc"}, "只能用一样"),
    ],
    ids=["nothing", "blank", "invisible", "doc", "exe", "too big", "both"],
)
def test_what_cannot_be_taken_is_answered_and_the_rest_stays(
    cast: Cast, secretary: Client, fields: dict[str, object], sentence: str
) -> None:
    status, page = send(secretary, cast, source="从市局网站来", **fields)
    assert (status, sentence in page, 'value="从市局网站来"' in page) == (422, True, True)
    assert Speech.objects.count() == 0


def test_an_endless_paste_stays_in_the_form(cast: Cast, secretary: Client) -> None:
    text = "字" * 500_001
    status, page = send(secretary, cast, text=text)
    assert (status, "超过50万字" in page, text in page) == (422, True, True)


@pytest.mark.attack(3)
def test_only_own_units_and_only_who_may(cast: Cast, signed_in: SignIn) -> None:
    foreign = signed_in(cast.secretary).post(
        "/speeches/new/", {"unit": cast.other_branch.pk, "text": TEXT}
    )
    assert (foreign.status_code, "不能给这个组织录入" in foreign.content.decode()) == (422, True)
    statuses = [
        signed_in(person).post("/speeches/new/", {"unit": cast.branch.pk, "text": TEXT}).status_code
        for person in (cast.member, cast.recorder, cast.sysadmin)
    ]
    assert (statuses, Speech.objects.count()) == ([403, 403, 404], 0)


def test_organ_staff_who_are_members_of_a_branch_bring_texts_in_for_the_organ(
    cast: Cast, signed_in: SignIn
) -> None:
    Membership.objects.create(user=cast.inspector, unit=cast.branch, rank=5)
    client = signed_in(cast.inspector)
    form = client.get("/speeches/new/").context["form"]
    assert list(form.fields["unit"].queryset) == [cast.organ]
    answer = client.post("/speeches/new/", {"unit": cast.organ.pk, "text": TEXT})
    assert client.get(answer["Location"]).status_code == 200


def test_a_new_version_keeps_the_speech_and_asks_for_the_source_once_sent(
    cast: Cast, signed_in: SignIn
) -> None:
    speech = make_speech(cast.organ, cast.inspector, sent=True)
    client, url = signed_in(cast.inspector), f"/speeches/{speech.pk}/version/"
    assert client.get(url).status_code == 200
    refused = client.post(url, {"text": TEXT})
    page = refused.content.decode()
    assert (refused.status_code, "新稿的来源也要核实" in page) == (422, True)
    assert "夏训开始了" in page
    taken = client.post(url, {"text": TEXT, "vouched": "on"})
    assert taken["Location"] == f"/speeches/{speech.pk}/review/"
    assert Version.objects.filter(speech=speech).count() == 2
