"""版式 of a unit: stored, taken away, previewed without a trace; what papers make of it."""

import zipfile
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.audit.models import Entry
from studyapp.documents.blocks import plain_text
from studyapp.documents.layout import GB, Layout
from studyapp.errors import Refused, Stale
from studyapp.minutes import queries
from studyapp.minutes.models import Record
from studyapp.papers import actions
from studyapp.papers.consequences import refusal, summary, warnings
from studyapp.papers.forms import FIELDS
from studyapp.papers.models import IssuedFile, PaperProfile
from studyapp.papers.queries import profile_for
from studyapp.papers.remarks import said
from studyapp.papers.sample import sample
from tests.conftest import Cast
from tests.minutes.records import opened, submitted

SignIn = Callable[[User], Client]
NOW = timezone.now


def typed(**changed: Any) -> dict[str, Any]:
    """Return what the form sends for 国标 with some values changed."""
    standard = PaperProfile()
    values = {name: getattr(standard, name) for name in FIELDS} | changed
    return {name: value for name, value in values.items() if value is not False}


def test_a_layout_is_stored_with_who_and_what_changed_and_taken_away_again(cast: Cast) -> None:
    values = {"lines": 20, "sign": "云州公安"}
    profile = actions.set_profile(
        cast.branch, seen="", values=values, by=cast.secretary, at=NOW()
    )  # fmt: skip
    assert (profile_for(cast.group).lines, profile_for(cast.group).sign) == (20, "云州公安")
    entry = Entry.objects.order_by("-seq").first()
    assert (entry.name, entry.condition["changed"]) == (
        "设置版式", {"lines": ["22", "20"], "sign": ["", "云州公安"]},
    )  # fmt: skip
    actions.clear_profile(cast.branch, seen=profile.state, by=cast.secretary)
    assert profile_for(cast.branch).layout == GB
    assert Entry.objects.order_by("-seq").first().name == "取消版式"
    with pytest.raises(Refused, match="没有自己的版式"):
        actions.clear_profile(cast.branch, seen="", by=cast.secretary)


def test_what_somebody_else_stored_meanwhile_is_never_overwritten(cast: Cast) -> None:
    actions.set_profile(cast.branch, seen="", values={"lines": 20}, by=cast.secretary, at=NOW())
    with pytest.raises(Stale):
        actions.set_profile(cast.branch, seen="", values={"lines": 24}, by=cast.secretary, at=NOW())
    with pytest.raises(Stale):
        actions.clear_profile(cast.branch, seen="", by=cast.secretary)
    assert PaperProfile.objects.get().lines == 20


def test_what_cannot_be_laid_out_is_refused_and_the_rest_told_in_words() -> None:
    assert (refusal(GB), warnings(GB)) == ("", [])
    assert summary(GB) == (
        "版心156×225毫米，每页22行、每行28字；行距10.23毫米，字距5.57毫米，正文16磅。"
    )
    assert "比小四号" in refusal(Layout(left=50, right=50, characters=32))
    assert warnings(Layout(top=30, lines=24, bottom=22, body="song")) == [
        "上边距30毫米，国标是37毫米。",
        "下边距22毫米，国标是35毫米。",
        "每页行数24行，国标是22行。",
        "正文字体和国标不同。",
        "下边距不到25毫米，有的打印机印不出页码。",
    ]


def test_points_number_each_paragraph_and_keep_every_word() -> None:
    text = "一、台账先理清。还有一句。\n- 每周看一次。\n多到窗口走走。"
    found = [(b.lead, b.text) for b in said("王海峰：", text, points=True)]  # type: ignore[union-attr]
    assert found == [
        ("王海峰：", ""),
        ("", "（1）一、台账先理清。还有一句。"),
        ("", "（2）— 每周看一次。"),
        ("", "（3）多到窗口走走。"),
    ]
    assert said("王海峰：", "只有一段。", points=True) == said("王海峰：", "只有一段。")


def test_the_page_tells_where_the_layout_comes_from_and_stores_one(
    cast: Cast, signed_in: SignIn
) -> None:
    client, address = signed_in(cast.secretary), f"/branches/{cast.branch.pk}/papers/"
    assert address in client.get(f"/branches/{cast.branch.pk}/").text
    assert "国标（GB/T 9704-2012）" in client.get(address).text
    actions.set_profile(cast.organ, seen="", values={"lines": 24}, by=cast.inspector, at=NOW())
    page = client.get(address).text
    assert ["沿用机关党委的版式" in page, "每页行数24行，国标是22行。" in page] == [True, True]
    assert client.post(address, typed(lines=20, then="save")).status_code == 302
    stored = PaperProfile.objects.get(unit=cast.branch)
    assert (stored.lines, stored.prints_code, stored.updated_by) == (20, True, cast.secretary)
    assert "本单位自己的版式" in client.get(address).text
    stale = client.post(address, typed(lines=26, then="save"))
    assert (stale.status_code, "陈卫东改过。现在存的是：每页行数“20”。" in stale.text) == (
        409,
        True,
    )
    assert 'value="26"' in stale.text
    assert f'value="{stored.state}"'.replace("+", "&#x2B;") in stale.text.replace("+", "&#x2B;")
    # Without the tick nothing is given up, with JavaScript or without.
    asked = client.post(address, {"then": "clear", "seen": stored.state})
    said = "没有取消。要取消，到页面最后勾选“不要本单位的版式了”，再点按钮。" in asked.text
    assert (asked.status_code, said, PaperProfile.objects.get(unit=cast.branch)) == (
        422, True, stored,
    )  # fmt: skip
    assert asked.text.count('<input type="checkbox" name="sure"') == 1
    cleared = client.post(address, {"then": "clear", "seen": stored.state, "sure": "on"})
    assert (cleared.status_code, profile_for(cast.branch).lines) == (302, 24)
    statuses = [signed_in(p).get(address).status_code for p in (cast.member, cast.visitor)]
    assert statuses == [403, 404]


def test_a_preview_is_a_sample_of_what_was_typed_and_leaves_no_trace(
    cast: Cast, signed_in: SignIn
) -> None:
    client, address = signed_in(cast.secretary), f"/branches/{cast.branch.pk}/papers/"
    before = Entry.objects.count()
    pdf = client.post(address, typed(lines=20, then="pdf"))
    assert (pdf.status_code, pdf.content[:5]) == (200, b"%PDF-")
    docx = client.post(address, typed(remarks="points", sign="云州公安纪要", then="docx"))
    with zipfile.ZipFile(BytesIO(docx.content)) as file:
        body = file.read("word/document.xml").decode()
    assert ["（1）先看第一条" in body, "云州公安纪要" in body] == [True, True]
    narrow = client.post(address, typed(left=50, right=50, characters=32, then="pdf"))
    assert (narrow.status_code, "比小四号" in narrow.text) == (422, True)
    assert client.post(address, typed(lines=99, then="pdf")).status_code == 422
    after = (PaperProfile.objects.count(), IssuedFile.objects.count(), Entry.objects.count())
    assert after == (0, 0, before)
    assert "张一" in plain_text(sample(PaperProfile(unit=cast.branch)))


def test_a_record_follows_its_units_remarks_and_sign(cast: Cast) -> None:
    record = opened(cast, text="先理台账。\n再跑窗口。")
    found = queries.reading(record, worker=True)
    assert found is not None
    profile = PaperProfile(unit=cast.branch, remarks="points", sign="云州公安")
    lines = plain_text(queries.paper(found, "record", profile=profile)).splitlines()
    at = lines.index("王海峰：")
    assert lines[at + 1 : at + 3] == ["（1）先理台账。", "（2）再跑窗口。"]
    assert queries.paper(found, "minutes", profile=profile).sign == "云州公安"
    assert queries.paper(found, "minutes").sign == f"{cast.branch.full_name}纪要"


def test_objections_are_printed_by_profile_for_who_keeps_the_record_alone(
    cast: Cast, signed_in: SignIn
) -> None:
    record: Record = submitted(cast)
    remark = record.meeting.remarks.get()
    record.meeting.remarks.filter(pk=remark.pk).update(objection="记得不全", checked_at=None)
    values = {"prints_objections": True}
    actions.set_profile(cast.branch, seen="", values=values, by=cast.secretary, at=NOW())
    address = f"/minutes/{record.pk}/print/"
    seen = ["记得不全" in signed_in(p).get(address).text for p in (cast.secretary, cast.recorder)]
    assert seen == [True, True]
    assert "记得不全" not in signed_in(cast.secretary).get(f"{address}?objections=0").text
    other = signed_in(cast.member)
    assert [other.get(address).status_code, "记得不全" in other.get(address).text] == [200, False]
    assert other.get(f"{address}?objections=1").status_code == 403
