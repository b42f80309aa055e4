"""Questions over records: which content a paper is made from, the papers, copyable fields."""

import json
from dataclasses import dataclass

from django.db.models import QuerySet

from studyapp.accounts.models import User
from studyapp.documents.blocks import Document, plain_text
from studyapp.minutes import papers
from studyapp.minutes.content import Content, check_code, gather
from studyapp.minutes.models import Record, RecordState, SignedVersion
from studyapp.text.cjk import format_date

PAPERS = {"record": "会议记录", "minutes": "纪要"}


def listed(user: User, state: str = "") -> QuerySet[Record]:
    """Return the visible records, newest meeting first."""
    found = Record.objects.visible_to(user).select_related(
        "meeting__unit", "meeting__chair", "meeting__recorder"
    )
    return found.filter(state=state) if state in RecordState.values else found


def signed(record: Record, number: int | None = None) -> SignedVersion | None:
    """Return signed version ``number``, or the newest when the record is signed as it stands."""
    if number is not None:
        return record.versions.filter(number=number).first()
    if record.state != RecordState.SIGNED:
        return None
    return record.versions.order_by("-number").first()


def content_of(record: Record, version: SignedVersion | None) -> Content:
    """Return what a paper shows: signed words, else the submitted ones, else today's."""
    stored = record.content if record.state == RecordState.SUBMITTED else ""
    stored = version.content if version is not None else stored
    content: Content = json.loads(stored) if stored else gather(record)
    return content


def paper(record: Record, kind: str, version: SignedVersion | None) -> Document:
    """Return the paper of ``kind`` («record» or «minutes»); unsigned ones carry 草稿."""
    content = content_of(record, version)
    make = papers.minutes if kind == "minutes" else papers.record
    if version is None:
        return make(content, draft=True)
    return make(
        content, draft=False, version=f"第{version.number}版", code=check_code(version.sha256)
    )


def file_name(record: Record, kind: str, suffix: str) -> str:
    """Return 2026年3月5日-…第一党支部-党员大会-会议记录.pdf."""
    meeting = record.meeting
    held = meeting.actual_start or meeting.planned_start
    parts = [format_date(held.date()), meeting.unit.name, meeting.get_kind_display(), PAPERS[kind]]
    return "-".join(part.replace("/", "／") for part in parts) + f".{suffix}"


@dataclass(frozen=True, slots=True)
class CopyField:
    """One field of the record for «复制到上级系统»."""

    label: str
    text: str


def copy_fields(record: Record, version: SignedVersion | None) -> list[CopyField]:
    """Return each field of the record, to copy with one click."""
    content = content_of(record, version)
    body = plain_text(papers.record(content, draft=False)).split("\n", 1)[1]
    names = "、".join(content["present"])
    decisions = "\n".join(
        f"{n}. {d['text']}（{d['responsible']}，{d['due']}）"
        for n, d in enumerate(content["decisions"], 1)
    )
    texts = "\n".join(
        i["title"] + (f"（{i['detail']}）" if i["detail"] else "")
        for i in content["items"]
        if i["detail"]
    )
    fields = [
        ("党组织", content["organisation"]),
        ("会议类型", content["kind_name"]),
        ("会议主题", content["title"]),
        ("开始时间", content["start"].replace("T", " ")[:16]),
        ("结束时间", content["end"].replace("T", " ")[:16]),
        ("地点", content["place"]),
        ("主持人", content["chair"]["name"]),
        ("记录人", content["recorder"]["name"]),
        ("到会情况", content["counts"]),
        ("出席人员", names),
        ("请假人员", "、".join(f"{p['name']}（{p['kind']}）" for p in content["leave"])),
        ("缺席人员", "、".join(p["name"] for p in content["absent"])),
        ("列席人员", "、".join(p["name"] for p in content["observers"])),
        ("学习内容", texts),
        ("议定事项", decisions),
        ("会议记录全文", body),
    ]
    return [CopyField(label, text) for label, text in fields if text]
