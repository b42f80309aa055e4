"""Both papers of a meeting, made from one content: 会议记录 and, on request, 纪要."""

from datetime import date, datetime
from typing import Any

from studyapp.documents.blocks import (
    AttachmentNote,
    Block,
    Document,
    Heading,
    Issue,
    Meta,
    Paragraph,
    Roll,
    SignatureLine,
    SignatureLines,
    Signoff,
    from_lines,
)
from studyapp.meetings.models import Kind
from studyapp.minutes.content import Content, decisions_heading
from studyapp.text.cjk import chinese_number, format_date, format_span

DRAFT = "草稿"


def record(content: Content, *, draft: bool, version: str = "", code: str = "") -> Document:
    """Return the 会议记录: everything, in the order of the agenda, with lines to sign by hand."""
    blocks: list[Block] = [*_facts(content), *_people(content)]
    # Decisions and what stands under no item come before summary and 散会, as in the meeting.
    tail = next(
        (i for i, item in enumerate(content["items"]) if item["summary"] or item["adjourn"]),
        len(content["items"]),
    )
    sections = [_item(content, item) for item in content["items"][:tail]]
    if content["others"]:
        sections.append(("其他记录", _parts(content["others"])))
    if content["decisions"]:
        sections.append((decisions_heading(content["kind"]), _decisions(content)))
    sections += [_item(content, item) for item in content["items"][tail:]]
    for number, (title, inner) in enumerate(sections, 1):
        blocks += [Heading(1, f"{chinese_number(number)}、{title}"), *inner]
    if content["late_entry"]:
        blocks.append(Paragraph(f"本记录为补录，原因：{content['late_entry']}。"))
    if content["amends"]:
        blocks.append(Paragraph(f"本版为更正，原因：{content['amends']}。"))
    if content["attachments"]:
        blocks.append(AttachmentNote(tuple(content["attachments"])))
    lines = [
        SignatureLine("主持人", content["chair"]["name"]),
        SignatureLine("记录人", content["recorder"]["name"]),
    ]
    blocks.append(SignatureLines(tuple(lines)))
    return Document(
        title=f"{content['organisation']}\n{content['kind_name']}会议记录",
        blocks=tuple(blocks),
        kind="record",
        mark=DRAFT if draft else "",
        version=version,
        check_code=code,
    )


def minutes(content: Content, *, draft: bool, version: str = "", code: str = "") -> Document:
    """Return the 纪要: texts, business, votes and decisions, for issue; no one's remarks."""
    day = format_date(_day(content["start"])) if content["start"] else ""
    span = _span(content)
    topic = f"主题为“{content['title']}”"
    blocks: list[Block] = [
        Paragraph(
            f"{span}，{content['organisation']}在{content['place']}召开{content['kind_name']}，"
            f"{topic}，{content['chair']['name']}主持。{content['counts']}"
        )
    ]
    number = 0
    for item in content["items"]:
        parts = [part for part in item["parts"] if part["kind"] != "remark"]
        if not parts and not item["detail"]:
            continue
        number += 1
        head = f"{chinese_number(number)}、{item['title']}"
        blocks.append(Heading(1, head + (f"（{item['detail']}）" if item["detail"] else "")))
        blocks += _parts(parts)
    if content["decisions"]:
        number += 1
        blocks.append(Heading(1, f"{chinese_number(number)}、{decisions_heading(content['kind'])}"))
        blocks += _decisions(content)
    blocks += _rolls(content)
    issue = content["issue"]
    blocks.append(Signoff(content["organisation"], day))
    return Document(
        title=f"{content['kind_name']}纪要"
        if content["kind"] != Kind.COMMITTEE
        else "支委会会议纪要",
        blocks=tuple(blocks),
        kind="minutes",
        sign=f"{content['organisation']}纪要",
        issue=Issue(
            number=f"第{issue['number']}期" if issue["number"] else "",
            signer=issue["issuer"],
            distribution=issue["distribution"],
            issuer=content["organisation"],
            date=day,
        ),
        mark=DRAFT if draft else "",
        version=version,
        check_code=code,
    )


def _item(content: Content, item: dict[str, Any]) -> tuple[str, list[Block]]:
    """Return heading and blocks of one agenda item."""
    blocks: list[Block] = []
    if item["attendance"]:
        blocks.append(Paragraph(content["counts"]))
    blocks += _parts(item["parts"])
    if item["adjourn"] and content["end"]:
        blocks.append(Paragraph(f"{_time(content['end'])}散会。"))
    return item["title"] + (f"（{item['detail']}）" if item["detail"] else ""), blocks


def _facts(content: Content) -> list[Block]:
    facts = [
        (
            "会议",
            f"{content['kind_name']}（{content['start'][:4]}年第{content['ordinal']}次）"
            if content["start"]
            else content["kind_name"],
        ),
        ("主题", content["title"]),
        ("时间", _span(content)),
        ("地点", content["place"]),
        ("主持人", _named(content["chair"])),
        ("记录人", _named(content["recorder"])),
        ("主讲人", content["lecturer"]),
        ("课题", content["lecture_topic"]),
    ]
    found: list[Block] = [Meta(label, value) for label, value in facts if value]
    for sitting in content["sittings"]:
        span = format_span(
            datetime.fromisoformat(sitting["start"]), datetime.fromisoformat(sitting["end"])
        )
        found.append(Meta(sitting["name"], f"{span}　{sitting['place']}".strip()))
    return found


def _people(content: Content) -> list[Block]:
    found: list[Block] = [Meta("到会情况", content["counts"]), *_rolls(content)]
    groups = [
        ("迟到", [f"{p['name']}（{p['at']}到会）" for p in content["late"]]),
        ("中途离会", [f"{p['name']}（{p['at']}离会）" for p in content["left"]]),
        ("缺席", [_with(p["name"], p["reason"]) for p in content["absent"]]),
        ("不计入应到", [_with(p["name"], p["reason"]) for p in content["excused"]]),
    ]
    return found + [Roll(label, tuple(names)) for label, names in groups if names]


def _rolls(content: Content) -> list[Block]:
    groups = [
        ("出席", content["present"]),
        ("请假", [_with(p["name"], p["kind"]) for p in content["leave"]]),
        (
            "列席",
            [
                _with(p["name"], "，".join(x for x in (p["title"], p["purpose"]) if x))
                for p in content["observers"]
            ],
        ),
    ]
    return [Roll(label, tuple(names)) for label, names in groups if names]


def _parts(parts: list[dict[str, str]]) -> list[Block]:
    found: list[Block] = []
    for part in parts:
        blocks = from_lines(part["text"])
        if part["kind"] in {"remark", "vote"} and blocks:
            lead = (
                f"{part['heading']}："
                if part["kind"] == "remark"
                else f"表决事项：{part['heading']}。"
            )
            first = blocks[0]
            if isinstance(first, Paragraph):
                blocks[0] = Paragraph(first.text, lead=lead)
            else:
                blocks.insert(0, Paragraph("", lead=lead))
        found += blocks
    return found


def _decisions(content: Content) -> list[Block]:
    found: list[Block] = []
    for number, decision in enumerate(content["decisions"], 1):
        due = format_date(date.fromisoformat(decision["due"])) if decision["due"] else ""
        tail = "，".join(
            words
            for words in (
                f"责任人：{decision['responsible']}" if decision["responsible"] else "",
                f"完成时限：{due}" if due else "",
            )
            if words
        )
        text = decision["text"].strip().rstrip("。")
        found.append(Paragraph(f"{number}. {text}" + (f"（{tail}）。" if tail else "。")))
    return found


def _named(person: dict[str, str]) -> str:
    return _with(person["name"], person["title"])


def _with(name: str, more: str) -> str:
    return f"{name}（{more}）" if more else name


def _span(content: Content) -> str:
    if not content["start"]:
        return ""
    end = datetime.fromisoformat(content["end"]) if content["end"] else None
    return format_span(datetime.fromisoformat(content["start"]), end)


def _time(moment: str) -> str:
    return f"{datetime.fromisoformat(moment):%H:%M}"


def _day(moment: str) -> date:
    return datetime.fromisoformat(moment).date()
