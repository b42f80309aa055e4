"""What stands in the way of signing, and what a careful person would look at first.

Each rule is one function, so that each has its test. Words are named, never corrected.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from studyapp.documents import pdf
from studyapp.meetings.deadlines import WORKING_DAYS, is_late_entry
from studyapp.meetings.models import Meeting, Remark, State, Vote
from studyapp.meetings.presence import minute_problem, voters_at
from studyapp.meetings.queries import disputed, missing
from studyapp.minutes import papers
from studyapp.minutes.assembly import pending, rows
from studyapp.minutes.content import Content
from studyapp.minutes.models import Part, Record
from studyapp.minutes.unsettled import short, unsettled
from studyapp.text.cjk import format_date

_PLACEHOLDER = re.compile(r"[XＸx×]{2,}|某某|待补|待定|（\s*）|\(\s*\)|\[\s*\]|_{3,}|＿{2,}|○{2,}")
_PLATES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_SENSITIVE: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("手机号码", re.compile(r"(?<!\d)1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)")),
    ("电话号码", re.compile(r"(?<!\d)0\d{2,3}[ -]\d{7,8}(?!\d)")),
    ("身份证号", re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")),
    ("车牌号", re.compile(rf"[{_PLATES}][A-Z][·\s]?[A-Z0-9]{{5,6}}(?![A-Z0-9])")),
    # A number of the case system (A and 22 figures), or of a case paper: ×公（刑）立字〔2026〕12号.
    (
        "案件编号",
        re.compile(r"(?<![A-Z0-9])[A-Z]\d{15,}(?!\d)|公[（(].{1,6}[）)].{0,6}字〔?[［\[]?20\d\d"),
    ),
)
_CLAIM = re.compile(r"(应到|实到)(?:会)?\s*(\d+)\s*人")
_FEWEST_COPIED = 15
"""Characters from which on equal words can hardly be chance («同意。» may be said every time)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding: ``blocks`` until it is mended, or where ``asks`` until a person says it is so.

    What neither blocks nor asks is a warning.
    """

    sentence: str
    blocks: bool = True
    asks: bool = False


def find(record: Record, content: Content, *, at: datetime) -> list[Finding]:
    """Return what is missing, inconsistent or doubtful, blocking findings first."""
    found = [
        *_ended(record.meeting, at),
        *_complete(record, content),
        *_disputed(record),
        *_late(record, at),
        *_unseen(record),
        *_numbers(record, content),
        *_copied(record),
        *_words(content),
        *_glyphs(content),
    ]
    return sorted(found, key=lambda finding: (not finding.blocks, not finding.asks))


def _ended(meeting: Meeting, at: datetime) -> Iterator[Finding]:
    """A record cannot be submitted before the meeting's actual end."""
    if meeting.state != State.ENDED or meeting.actual_end is None:
        yield Finding("会议还没有散会，散会后才能送签。")
    elif meeting.actual_end > at:
        end = timezone.localtime(meeting.actual_end)
        yield Finding(f"实际结束时间是{end:%H:%M}，还没有到。核对结束时间。")


def _complete(record: Record, content: Content) -> Iterator[Finding]:
    """Every field that the record must carry."""
    meeting = record.meeting
    waiting = {disputed(remark) for remark in meeting.remarks.all() if remark.is_unanswered}
    for each in missing(meeting):
        if each.text not in waiting:
            yield Finding(f"还差：{each.text}。")
    if not content["start"]:
        yield Finding("还差：实际开始时间。")
    if not content["numbers"]["should"]:
        yield Finding("还差：应到人员，名单上没有人。")
    for item in content["items"]:
        if item["extent"] and not (item["number"] or item["source"]):
            yield Finding(f"“{item['title']}”没有文号和来源。", blocks=False)
    for person in content["observers"]:
        if not (person["title"] and person["purpose"]):
            yield Finding(f"列席人员{person['name']}没有写全单位职务和事由。", blocks=False)


def _disputed(record: Record) -> Iterator[Finding]:
    """What speakers and others objected to, in their words: a warning, and never a wall."""
    for one in unsettled(record):
        if one.answer:
            more = "已答复，本人没有撤回，签字的人会看到。"
        elif one.reworded:
            more = "提出以后改过这段发言。"
        else:
            more = "改好，或者写个答复；没有答复的，签字的人会看到。"
        yield Finding(f"{one.who}对{one.about}：“{short(one.words, 60)}”。{more}", blocks=False)


def _late(record: Record, at: datetime) -> Iterator[Finding]:
    """Writing up later than three working days is 补录 and needs its reason."""
    end = record.meeting.actual_end
    if end is None or record.submitted_at or record.late_reason:
        return
    if is_late_entry(end, at) and not record.meeting.late_entry_reason:
        yield Finding(f"散会已超过{WORKING_DAYS}个工作日，按补录送签。先填写补录原因。")


def _unseen(record: Record) -> Iterator[Finding]:
    """Nothing gets into the record unseen, and no difference goes unnoticed."""
    for source in pending(record):
        yield Finding(f"会议页新记了“{source.heading}”，还没有列入记录。先列入，看过再送签。")
    for row in rows(record):
        if row.changed:
            yield Finding(f"“{row.part.heading}”的来源改过，还没有核对。", blocks=False)
        if row.gone and row.part.text.strip():
            words = f"“{row.part.heading}”在会议页已删除，记录里还留着。"
            yield Finding(words, blocks=False)


def _numbers(record: Record, content: Content) -> Iterator[Finding]:
    """Votes, and what people wrote of 应到 and 实到, agree with the roll call."""
    numbers = content["numbers"]
    if numbers["present"] + numbers["leave"] + numbers["absent"] != numbers["should"]:
        yield Finding(
            f"应到{numbers['should']}人，而实到、请假、缺席合计"
            f"{numbers['present'] + numbers['leave'] + numbers['absent']}人，对不上。核对点名。"
        )
    for vote in record.meeting.votes.all():
        yield from _voters(record.meeting, vote, content)
    for heading, text in _parts(content, without="vote"):
        for word, number in _CLAIM.findall(text):
            counted = numbers["should" if word == "应到" else "present"]
            if int(number) != counted:
                yield Finding(f"“{heading}”里写{word}{number}人，点名是{counted}人。核对。")
    yield from _vote_words(record)


def _voters(meeting: Meeting, vote: Vote, content: Content) -> Iterator[Finding]:
    """A vote counts who was in the room at its minute; somebody may have stepped out for it."""
    should, here = content["numbers"]["should_vote"], content["numbers"]["present_vote"]
    if vote.eligible != should:
        yield _differs(vote, "应到会", vote.eligible, f"点名是{should}人")
    if vote.held_at is None:
        # Who left early may have missed it.
        if vote.present > here or (vote.present < here and not content["left"]):
            yield _differs(vote, "实到", vote.present, f"点名是{here}人")
        return
    end = meeting.actual_end
    if end and minute_problem(meeting, vote.held_at, end):
        yield Finding(f"表决“{vote.subject}”的时间{vote.held_at:%H:%M}不在会议实际时间之内。核对。")
    there = voters_at(meeting, meeting.attendances.all(), vote.held_at)
    if vote.present != there:
        words = f"{vote.held_at:%H:%M}点名在场{there}人"
        yield _differs(vote, "实到", vote.present, words, blocks=vote.present > there)


def _differs(vote: Vote, what: str, said: int, roll: str, *, blocks: bool = True) -> Finding:
    words = f"表决“{vote.subject}”记的{what}有表决权{said}人，{roll}。核对。"
    return Finding(words, blocks=blocks)


def _vote_words(record: Record) -> Iterator[Finding]:
    """Words may be added to a vote, but its numbers stay those of the sheet."""
    for row in rows(record):
        if row.part.key.startswith("vote-") and not row.gone:
            lost = Counter(re.findall(r"\d+", row.now)) - Counter(re.findall(r"\d+", row.part.text))
            if lost:
                yield Finding(f"表决“{row.part.heading}”的数字和会上记的不一样。核对。")


def _copied(record: Record) -> Iterator[Finding]:
    """Remarks are never copied from an earlier meeting."""
    meeting = record.meeting
    said = {
        part.text.strip(): part.heading
        for part in record.parts.filter(key__startswith="remark-")
        if len("".join(part.text.split())) >= _FEWEST_COPIED
    }
    earlier = Meeting.objects.filter(unit=meeting.unit, planned_start__lt=meeting.planned_start)
    if meeting.gathering_id:
        earlier = earlier.exclude(gathering_id=meeting.gathering_id)
    old = [
        *Remark.objects.filter(meeting__in=earlier, text__in=said).values_list(
            "text", "meeting__planned_start"
        ),
        *Part.objects.filter(
            record__meeting__in=earlier, key__startswith="remark-", text__in=said
        ).values_list("text", "record__meeting__planned_start"),
    ]
    for text, start in sorted(dict(old).items(), key=lambda pair: pair[1]):
        day = format_date(timezone.localtime(start))
        yield Finding(
            f"{said[text.strip()]}的发言和{day}会议上的一字不差。写这次会上说的话，或者删掉。"
        )


def _parts(content: Content, *, without: str = "") -> Iterator[tuple[str, str]]:
    """Headings and words of every part, decisions included."""
    groups = [item["parts"] for item in content["items"]] + [content["others"]]
    for part in (part for parts in groups for part in parts):
        if part["kind"] != without:
            yield part["heading"], part["text"]
    for number, decision in enumerate(content["decisions"], 1):
        yield f"第{number}项决定", decision["text"]


def _texts(content: Content) -> Iterator[tuple[str, str]]:
    """Everything that somebody typed and that will be signed, with where it stands."""
    yield from _parts(content)
    yield "会议主题", content["title"]
    yield "地点", content["place"]
    yield "主讲人", content["lecturer"]
    yield "课题", content["lecture_topic"]
    for item in content["items"]:
        yield "议程", item["title"]
        yield f"“{item['title']}”的来源", f"{item['number']} {item['source']}"
    for decision in content["decisions"]:
        yield "责任人", decision["responsible"]
    for person in content["observers"]:
        yield f"列席人员{person['name']}", f"{person['title']} {person['purpose']}"
    for person in (*content["absent"], *content["excused"]):
        yield f"{person['name']}的说明", person["reason"]
    for name in content["attachments"]:
        yield "附件清单", name


def _words(content: Content) -> Iterator[Finding]:
    for heading, text in _parts(content):
        if not text.strip():
            yield Finding(f"“{heading}”没有文字。写上内容，或者回到会议页删掉它。")
    for heading, text in _texts(content):
        yield from _placeholders(heading, text)
        for name, pattern in _SENSITIVE:
            if pattern.search(text):
                yield Finding(
                    f"“{heading}”里像有{name}。本系统不得录入涉密和敏感信息，请核对。",
                    blocks=False,
                )


def _placeholders(heading: str, text: str) -> Iterator[Finding]:
    """XX, ××× and 某某 are named before signing; a person says whether the words are so."""
    seen = set()
    for place in _PLACEHOLDER.finditer(text):
        around = text[max(0, place.start() - 6) : place.end() + 6].replace("\n", "")
        if around not in seen:
            seen.add(around)
            yield Finding(f"“{heading}”里有没填的地方：“{around}”。", blocks=False, asks=True)


def _glyphs(content: Content) -> Iterator[Finding]:
    """Characters that the PDF's faces lack, with the person or the passage they belong to."""
    for glyph in pdf.missing_glyphs(papers.record(content)):
        yield Finding(
            f"{glyph.place}里的“{glyph.character}”字，PDF字库里没有，印不出PDF。"
            "用DOCX打印，或者换一个字。",
            blocks=False,
        )
