"""What stands in the way of signing, and what a careful person would look at first."""

import re
from dataclasses import dataclass

from studyapp.meetings.models import State
from studyapp.meetings.queries import head_count, missing
from studyapp.minutes.content import Content
from studyapp.minutes.models import Record

_PLACEHOLDER = re.compile(r"[XＸx×]{2,}|某某|待补|待定|（\s*）|\[\s*\]|_{3,}|○○")
_WARNINGS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("手机号码", re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")),
    ("身份证号", re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")),
    (
        "车牌号",
        re.compile(
            r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][·\s]?[A-Z0-9]{5,6}"
        ),
    ),
    ("案件编号", re.compile(r"(?<![A-Z0-9])[A-Z]\d{15,}(?!\d)")),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding; a blocking one must be mended before the record is submitted."""

    sentence: str
    blocks: bool = True


def find(record: Record, content: Content) -> list[Finding]:
    """Return what is missing or inconsistent, blocking findings first."""
    meeting = record.meeting
    found: list[Finding] = []
    if meeting.state != State.ENDED:
        found.append(Finding("会议还没有散会，散会后才能送签。"))
    found += [Finding(f"还差：{m.text}。") for m in missing(meeting)]
    count = head_count(meeting.attendances.all())
    parts = len(count.leave) + len(count.absent) + count.unknown
    if count.present + parts != count.should:
        found.append(Finding("应到、实到、请假、缺席人数对不上，请核对点名。"))
    for vote in meeting.votes.all():
        if vote.present > count.should_vote:
            found.append(Finding(f"表决“{vote.subject}”的人数多于名单上有表决权的人数。"))
    found += _words(content)
    return sorted(found, key=lambda finding: not finding.blocks)


def _words(content: Content) -> list[Finding]:
    found = []
    texts = [(part["heading"], part["text"]) for item in content["items"] for part in item["parts"]]
    texts += [(part["heading"], part["text"]) for part in content["others"]]
    texts += [("决定", decision["text"]) for decision in content["decisions"]]
    for heading, text in texts:
        if not text.strip():
            found.append(Finding(f"“{heading}”没有文字。写上内容，或者回到会议页删掉它。"))
        place = _PLACEHOLDER.search(text)
        if place:
            around = text[max(0, place.start() - 6) : place.end() + 6].replace("\n", "")
            found.append(Finding(f"“{heading}”里有没填的地方：“{around}”。"))
        for name, pattern in _WARNINGS:
            if pattern.search(text):
                found.append(
                    Finding(
                        f"“{heading}”里像有{name}。本系统不得录入涉密和敏感信息，请核对。",
                        blocks=False,
                    )
                )
    return found
