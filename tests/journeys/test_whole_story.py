"""From a speech to a signed record, through HTTP, as each person does it."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.audit.actions import verify
from studyapp.documents.blocks import fold
from studyapp.meetings.models import Meeting, Note
from studyapp.minutes.models import Record, SignedVersion
from studyapp.speeches.models import Speech, Theme
from tests.conftest import Cast
from tests.documents.papers import docx_text, pdf_text
from tests.factories import PASSWORD

SignIn = Callable[[User], Client]
SPEECH = """在全市公安工作推进会上的讲话
（2026年7月9日）

同志们：

今天的会很重要，我讲两点意见。

一、把稳方向。学习要读原文，读完要回到岗位上改一件事。

二、守住民心。一次告知要做实，进展告知要做实。

同志们，希望大家一件一件改好。
"""


def post(client: Client, url: str, **data: object) -> object:
    answer = client.post(url, data)
    assert answer.status_code == 302, (
        url,
        answer.status_code,
        re.findall(r"<li>(.*?)</li>", answer.content.decode()),
    )
    return answer


def bring_in(secretary: Client, unit: int) -> Speech:
    post(secretary, "/speeches/new/", text=SPEECH, source="推进会材料", unit=unit)
    speech = Speech.objects.get()
    post(secretary, f"/speeches/{speech.pk}/vouch/")
    post(secretary, f"/speeches/{speech.pk}/release/")
    return speech


def plan(secretary: Client, cast: Cast, speech: Speech) -> Meeting:
    page = secretary.get("/meetings/new/").content.decode()
    names = set(re.findall(r'name="([a-z0-9_]+)"', page))
    start = (timezone.localtime() - timedelta(days=1)).replace(hour=9, minute=0)
    values: dict[str, object] = {
        "kind": "study",
        "title": "学习推进会讲话",
        "place": "三楼会议室",
        "chair": cast.secretary.pk,
        "recorder": cast.recorder.pk,
        "text1": speech.pk,
        "reader1": cast.recorder.pk,
        "day": f"{start:%Y-%m-%d}",
        "start": f"{start:%H:%M}",
        "end": f"{start + timedelta(hours=1):%H:%M}",
    }
    assert {"kind", "title", "chair", "recorder", "text1"} <= names
    post(secretary, "/meetings/new/", **values)
    return Meeting.objects.get()


@pytest.mark.django_db
def test_a_speech_becomes_a_signed_record(cast: Cast, signed_in: SignIn) -> None:
    secretary, recorder, member, visitor = (
        signed_in(p) for p in (cast.secretary, cast.recorder, cast.member, cast.visitor)
    )
    speech = bring_in(secretary, cast.branch.pk)
    assert [t.title for t in Theme.objects.in_use()] == ["把稳方向", "守住民心"]

    # A member reads by theme and writes: a draft, then a reflection for everybody.
    reading = member.get(f"/speeches/{speech.pk}/").content.decode()
    assert 'id="t1"' in reading
    assert "一次告知要做实" in reading
    theme = Theme.objects.in_use()[1]
    post(
        member,
        f"/notes/new/?theme={theme.pk}",
        body="我只存草稿",
        kind="reflection",
        theme=theme.pk,
        unit=cast.branch.pk,
        then="draft",
    )
    draft = Note.objects.get()
    assert recorder.get(f"/notes/{draft.pk}/").status_code == 404

    meeting = plan(secretary, cast, speech)
    address = f"/meetings/{meeting.pk}/"
    post(
        member,
        f"/notes/new/?meeting={meeting.pk}",
        body="进展要主动告知",
        kind="remark",
        theme=theme.pk,
        unit=cast.branch.pk,
        then="post",
    )
    note = Note.objects.exclude(pk=draft.pk).get()
    assert visitor.get(address).status_code == 404
    assert visitor.get(f"/notes/{note.pk}/").status_code == 404

    # The recorder runs it: roll call by exception, sheet, decision, summary, end.
    post(recorder, f"{address}move/", to="check_in")
    row = meeting.attendances.get(user=cast.secretary)
    post(recorder, f"{address}roll/", **{f"p-{row.pk}": "present", "rest": "1"})
    post(recorder, f"{address}move/", to="open")
    post(recorder, f"{address}sheet/notes/{note.pk}/take/")
    post(recorder, f"{address}sheet/", speaker="陈卫东", text="窗口要少跑一趟。")
    post(
        recorder,
        f"{address}sheet/decisions/",
        **{"d-text": "列出告知节点清单", "d-responsible": "王海峰", "d-due_on": "2026-12-31"},
    )
    post(recorder, f"{address}sheet/summary/", **{"s-text": "讲得实在。"})
    post(recorder, f"{address}move/", to="end")

    # The record is assembled from that, submitted, signed by both; nothing typed twice.
    post(recorder, f"{address}record/")
    record = Record.objects.get()
    page = f"/minutes/{record.pk}/"
    assert member.get(page).status_code == 404
    post(recorder, f"{page}submit/")
    assert member.get(page).status_code == 200
    assert "草稿" in fold(pdf_text(member.get(f"{page}export.pdf").content))
    wrong = recorder.post(f"{page}confirm/", {"password": "nope", "revision": 2})
    assert wrong.status_code == 422
    record.refresh_from_db()
    post(recorder, f"{page}confirm/", password=PASSWORD, revision=record.revision)
    post(secretary, f"{page}confirm/", password=PASSWORD, revision=record.revision)
    version = SignedVersion.objects.get()
    assert len(version.sha256) == 64

    # Everybody in the branch exports both papers; the visitor does not see that they exist.
    for kind in ("record", "minutes"):
        words = fold(docx_text(member.get(f"{page}export.docx?paper={kind}").content))
        assert "列出告知节点清单" in words
        assert "草稿" not in words
    text = fold(pdf_text(member.get(f"{page}export.pdf?paper=record&version=1").content))
    for said in ("进展要主动告知", "窗口要少跑一趟", "讲得实在", "应到3人，实到3人"):
        assert said in text
    assert visitor.get(f"{page}export.pdf").status_code == 404
    again = secretary.post(f"{page}confirm/", {"password": PASSWORD, "revision": record.revision})
    assert again.status_code == 422
    assert verify() == []
