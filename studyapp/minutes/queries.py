"""Questions over records: which content a paper is made from, the papers, copyable fields."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.conf import settings
from django.db.models import Exists, Min, OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.branches.models import Unit
from studyapp.documents.blocks import Document, plain_text
from studyapp.meetings.models import Attendance, ItemKind, Kind
from studyapp.meetings.queries import people_sentence
from studyapp.minutes import papers
from studyapp.minutes.content import Content, gather, read
from studyapp.minutes.models import Record, RecordState, SentBack, SignedVersion, Voided
from studyapp.minutes.unsettled import Unsettled, kept, unsettled
from studyapp.papers.models import IssuedFile, PaperProfile, Remarks
from studyapp.speeches.models import UNVOUCHED
from studyapp.text.cjk import bracketed

PAPERS = {"record": "会议记录", "minutes": "纪要"}


SENT_BACK = ("sent_back", "退回更正")
"""A filter of the list beside the states: what the organ above returned and nobody answered."""


def listed(
    user: User,
    *,
    state: str = "",
    unit: Unit | None = None,
    kind: str = "",
    year: int | None = None,
) -> QuerySet[Record]:
    """Return the visible records, newest meeting first; ``unit`` with all below it.

    ``returned`` tells of each whether an answer to the organ above is open, to whom that is shown;
    ``filed`` is the 件号 of its newest version in the archive, None while that is not filed.
    """
    waiting = SentBack.objects.unsettled().shown_to(user).filter(version__record=OuterRef("pk"))
    newest = SignedVersion.objects.order_by("-number")
    within = newest.filter(record=OuterRef(OuterRef("pk")))
    void = Voided.objects.filter(version=Subquery(within.values("pk")[:1]))
    filed = newest.filter(record=OuterRef("pk")).values("filed__number")
    found = (
        Record.objects.visible_to(user)
        .select_related("meeting__unit", "meeting__chair", "meeting__recorder")
        .annotate(returned=Exists(waiting), has_void=Exists(void))
        .annotate(filed=Subquery(filed[:1]))
    )
    if state == SENT_BACK[0]:
        found = found.filter(returned=True)
    elif state in RecordState.values:
        found = found.filter(state=state)
    if unit:
        found = found.filter(meeting__unit__in=Unit.objects.under([unit]))
    if kind in Kind.values:
        found = found.filter(meeting__kind=kind)
    return found.filter(meeting__planned_start__year=year) if year else found


def years_of(user: User) -> list[int]:
    """Return the years from this one back to the first visible record."""
    first = Record.objects.visible_to(user).aggregate(at=Min("meeting__planned_start"))["at"]
    now = timezone.localdate().year
    return list(range(now, min(now, timezone.localtime(first).year if first else now) - 1, -1))


@dataclass(frozen=True, slots=True)
class Reading:
    """What a person reads of a record: a signed version, or words that are not signed yet."""

    content: Content
    version: SignedVersion | None = None
    superseded: bool = False

    @property
    def mark(self) -> str:
        """The word in the head margin of its papers: 草稿, 已作废, 已更正, or none."""
        if self.version is None:
            return papers.DRAFT
        if self.version.is_void:
            return papers.VOID
        return papers.SUPERSEDED if self.superseded else ""


def reading(
    record: Record, *, number: int | None = None, worker: bool = False, outside: bool = False
) -> Reading | None:
    """Return version ``number``, or the record as it stands; None for a version that is not.

    Whoever works on the record (``worker``) sees today's words while it is open; other members
    the newest signed version, or what was submitted last. From ``outside`` the branch only what
    is signed is seen.
    """
    versions = record.versions.select_related("voided")
    newest = versions.order_by("-number").first()
    if number is not None:
        version = versions.filter(number=number).first()
        return _signed(version, newest) if version else None
    open_to = worker or (record.state == RecordState.SUBMITTED and not outside)
    if newest and (record.state == RecordState.SIGNED or not open_to):
        return _signed(newest, newest)
    if record.content and not (worker and record.open_for_editing):
        return Reading(read(record.content))
    return Reading(gather(record))


def _signed(version: SignedVersion, newest: SignedVersion | None) -> Reading:
    later = newest is not None and newest.number > version.number
    return Reading(read(version.content), version, superseded=later)


def paper(
    found: Reading,
    kind: str,
    *,
    profile: PaperProfile | None = None,
    objections: Sequence[Unsettled] = (),
) -> Document:
    """Return the paper of ``kind`` («record» or «minutes»); what is not signed carries 草稿.

    ``profile`` says how it prints remarks and what the red sign reads; without one as 国标 does.

    ``objections`` go into the record alone, where they were asked for.
    """
    version = found.version
    seal: dict[str, str] = {"mark": found.mark}
    if version is not None:
        seal |= {"version": f"第{version.number}版", "code": version.code}
    if kind == "minutes":
        document = papers.minutes(found.content, sign=profile.sign if profile else "", **seal)
    else:
        points = profile is not None and profile.remarks == Remarks.POINTS
        document = papers.record(found.content, objections=objections, points=points, **seal)
    if version is None:
        return document
    return replace(document, address=check_address(version), moment=version.signed_at)


def check_address(version: SignedVersion) -> str:
    """Return where whoever holds the paper can check it; "" where the site has no known address."""
    if not settings.PUBLIC_ADDRESS:
        return ""
    return settings.PUBLIC_ADDRESS + reverse("minutes:checked", args=[version.code])


def objections(record: Record, found: Reading) -> list[Unsettled]:
    """Return what is open now; of a signed version what was open when it was signed (ADR 0016)."""
    return kept(found.version) if found.version else unsettled(record)


def made_up_since(record: Record, found: Reading) -> list[Attendance]:
    """Return who made the study up after what is shown was submitted: no paper changes by it."""
    known = {p["name"] for key in ("leave", "absent") for p in found.content[key] if "made_up" in p}
    rows = record.meeting.attendances.filter(made_up_at__isnull=False).order_by("made_up_at", "pk")
    return [row for row in rows if row.name not in known]


def issued(record: Record, most: int = 20) -> tuple[list[IssuedFile], int]:
    """Return the files of a record that were handed out last, and how many there were before."""
    files = IssuedFile.objects.filter(subject=f"record-{record.pk}")
    shown = list(files[: most + 1])
    return shown[:most], files.count() - most if len(shown) > most else 0


def attended(record: Record, user: User) -> bool:
    """Tell whether somebody was in the room for at least part of the meeting, 列席 included."""
    row = record.meeting.attendances.filter(user=user).first()
    return row is not None and row.is_present


def heard(record: Record, user: User) -> bool:
    """Tell whether somebody may object to passages of the record now."""
    return (
        record.meeting.may_object
        and record.state in {RecordState.SUBMITTED, RecordState.RETURNED}
        and attended(record, user)
    )


def file_name(record: Record, kind: str, found: Reading) -> str:
    """Return 2026-03-05-第一党支部-支部党员大会-会议记录; drafts and old versions say so.

    The day in front, in figures of one length, so that a folder sorts by time.
    """
    meeting = record.meeting
    held = timezone.localtime(meeting.actual_start or meeting.planned_start)
    parts = [f"{held:%Y-%m-%d}", meeting.unit.name, meeting.get_kind_display()]
    parts += [found.mark] if found.mark else []
    return "-".join(part.replace("/", "／") for part in [*parts, PAPERS[kind]])


@dataclass(frozen=True, slots=True)
class CopyField:
    """One field of the record for «复制到上级系统»."""

    label: str
    text: str


def copy_fields(content: Content) -> list[CopyField]:
    """Return each field of the record, to copy with one click."""
    numbers = content["numbers"]
    texts = [
        item["title"]
        + bracketed(
            item["number"] or item["source"],
            item["reader"],
            UNVOUCHED if item.get("unvouched") else "",
        )
        for item in content["items"]
        if item["kind"] == ItemKind.STUDY  # also what has no stored text, a film or a visit
    ]
    parts = [part for item in content["items"] for part in item["parts"]] + content["others"]
    fields = [
        ("党组织", content["organisation"]),
        ("会议类型", content["kind_name"]),
        ("年度第几次", str(content["ordinal"])),
        ("会议主题", content["title"]),
        ("开始时间", content["start"].replace("T", " ")[:16]),
        ("结束时间", content["end"].replace("T", " ")[:16]),
        ("地点", content["place"]),
        ("主持人", content["chair"]["name"]),
        ("记录人", content["recorder"]["name"]),
        ("主讲人", content["lecturer"]),
        ("课题", content["lecture_topic"]),
        ("应到人数", str(numbers["should"])),
        ("实到人数", str(numbers["present"])),
        ("到会情况", people_sentence(numbers)),
        ("出席人员", "、".join(content["present"])),
        ("请假人员", "、".join(p["name"] + bracketed(p["kind"]) for p in content["leave"])),
        ("缺席人员", "、".join(p["name"] + bracketed(p["reason"]) for p in content["absent"])),
        (
            "列席人员",
            "、".join(
                p["name"] + bracketed(p["title"], p["purpose"]) for p in content["observers"]
            ),
        ),
        ("学习内容", "\n".join(texts)),
        ("发言情况", _joined(parts, "remark")),
        ("表决情况", _joined(parts, "vote")),
        (
            "议定事项",
            "\n".join(
                f"{n}. {d['text']}{bracketed(d['responsible'], d['due'])}"
                for n, d in enumerate(content["decisions"], 1)
            ),
        ),
        ("主持人小结", "\n".join(p["text"] for p in parts if p["kind"] == "summary")),
        ("会议记录全文", plain_text(papers.record(content)).split("\n", 1)[1].strip()),
    ]
    return [CopyField(label, text) for label, text in fields if text]


def _joined(parts: list[dict[str, str]], kind: str) -> str:
    return "\n".join(f"{p['heading']}：{p['text']}" for p in parts if p["kind"] == kind)
