"""Both papers of a meeting, made from one content: 会议记录 and, on request, 纪要."""

from collections.abc import Sequence
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
    from_lines,
)
from studyapp.meetings import names
from studyapp.meetings.models import FRAME, ItemKind
from studyapp.meetings.queries import people_sentence
from studyapp.minutes.content import Content
from studyapp.minutes.unsettled import Unsettled
from studyapp.papers.remarks import said
from studyapp.speeches.models import UNVOUCHED
from studyapp.text.cjk import bracketed, chinese_number, format_date, format_span, quoted

DRAFT = "草稿"
SUPERSEDED = "已更正"
VOID = "已作废"

_OTHERS = (("remark", "发言情况"), ("vote", "表决情况"), ("summary", "主持人小结"))
_ELSE = "其他记录"


def record(
    content: Content,
    *,
    mark: str = "",
    version: str = "",
    code: str = "",
    objections: Sequence[Unsettled] = (),
    points: bool = False,
) -> Document:
    """Return the 会议记录: everything, in the order of the agenda, with lines to sign by hand.

    ``points`` numbers the paragraphs of each remark (分条). ``objections`` are printed before
    these lines, where somebody asked for them.
    """
    blocks: list[Block] = [*_facts(content), *_people(content)]
    sections = _sections(content, points=points)
    for number, (title, inner) in enumerate(sections, 1):
        blocks += [Heading(1, f"{chinese_number(number)}、{title}"), *inner]
    blocks += _remarks_on_itself(content)
    if objections:
        title = f"{chinese_number(len(sections) + 1)}、{unsettled_title(objections)}"
        blocks += [Heading(1, title), *_objections(objections)]
    if content["attachments"]:
        blocks.append(AttachmentNote(tuple(content["attachments"])))
    signers = [("主持人", content["chair"]), ("记录人", content["recorder"])]
    if content["reviewer"]:
        signers.append(("审阅人", content["reviewer"]))
    blocks.append(SignatureLines(tuple(SignatureLine(label, p["name"]) for label, p in signers)))
    name = names.titled(content["kind"], content["kind_name"])
    return Document(
        title=f"{content['organisation']}\n{name}记录",
        blocks=tuple(blocks),
        kind="record",
        mark=mark,
        version=version,
        check_code=code,
    )


def minutes(
    content: Content, *, mark: str = "", version: str = "", code: str = "", sign: str = ""
) -> Document:
    """Return the 纪要: texts, business, votes and decisions, for issue; no one's remarks.

    It carries no 落款: the red sign names the organisation, the imprint when it was issued
    (GB/T 9704-2012, 10.3 and 7.4).
    """
    held = names.held(content["kind"], content["kind_name"])
    opening = [
        _shifts(content) or _span(content),
        f"{content['organisation']}{_at(content['place'])}{held}",
        f"主题为{quoted(content['title'])}",
        f"{content['chair']['name']}主持",
    ]
    words = "，".join(part for part in opening if part)
    blocks: list[Block] = [Paragraph(f"{words}。{people_sentence(content['numbers'])}")]
    sections = [(title, inner) for title, inner in _sections(content, remarks=False) if inner]
    for number, (title, inner) in enumerate(sections, 1):
        blocks += [Heading(1, f"{chinese_number(number)}、{title}"), *inner]
    if content["amends"]:
        blocks.append(_amended(content))
    if content["attachments"]:
        blocks.append(AttachmentNote(tuple(content["attachments"])))
    blocks += _rolls(content)
    return Document(
        title=f"{names.short(content['kind'], content['kind_name'])}纪要",
        blocks=tuple(blocks),
        kind="minutes",
        sign=sign or f"{content['organisation']}纪要",
        issue=_issue(content),
        mark=mark,
        version=version,
        check_code=code,
    )


def _issue(content: Content) -> Issue:
    """Number and 签发人 under the sign; the imprint once somebody is told or a date is set."""
    issue = content["issue"]
    printed = format_date(date.fromisoformat(issue["date"])) if issue["date"] else ""
    return Issue(
        number=f"第{issue['number']}期" if issue["number"] else "",
        signer=issue["issuer"],
        distribution=issue["distribution"],
        issuer=content["organisation"] if issue["distribution"] or printed else "",
        date=printed,
    )


def _sections(
    content: Content, *, remarks: bool = True, points: bool = False
) -> list[tuple[str, list[Block]]]:
    """Return headings and blocks in the agenda's order; without ``remarks`` neither 散会.

    通报到会情况 has no section of its own unless words were written under it: the head of the
    paper tells who came. Decisions and what stands under no item come before summary and 散会.
    """
    items = [
        item
        for item in content["items"]
        if item["parts"]
        or (
            item["kind"] != ItemKind.ATTENDANCE
            and item["title"] != FRAME
            and (remarks or item["kind"] != ItemKind.ADJOURN)
        )
    ]
    closing = {ItemKind.SUMMARY, ItemKind.ADJOURN}
    tail = next((i for i, item in enumerate(items) if item["kind"] in closing), len(items))
    told: list[tuple[str, list[Block]]] = [
        (item["title"], _item(content, item, remarks=remarks, points=points)) for item in items
    ]
    sections = told[:tail]
    named = {kind for kind, _ in _OTHERS}
    for kind, title in (*_OTHERS, ("", _ELSE)):
        parts = [
            p
            for p in content["others"]
            if (p["kind"] == kind or not (kind or p["kind"] in named))
            and (remarks or p["kind"] != "remark")
        ]
        if parts:
            sections.append((title, _parts(parts, points=points)))
    if content["decisions"]:
        sections.append((_decided(content), _decisions(content)))
    return sections + told[tail:]


def _item(content: Content, item: dict[str, Any], *, remarks: bool, points: bool) -> list[Block]:
    """Return the blocks of one agenda item; those of a study item begin with its text's origin."""
    found: list[Block] = []
    words = [
        f"文号：{item['number']}" if item["number"] else "",
        f"来源：{item['source']}" if item["source"] else "",
        f"领学人：{item['reader']}" if item["reader"] else "",
        f"学习范围：{item['extent']}" if item["extent"] else "",
        UNVOUCHED if item.get("unvouched") else "",
    ]
    if line := "；".join(word for word in words if word):
        found.append(Paragraph(f"{line}。"))
    parts = [p for p in item["parts"] if remarks or p["kind"] != "remark"]
    found += _parts(parts, points=points)
    if item["kind"] == ItemKind.ADJOURN and content["end"]:
        ends = [f"{s['name']}{_time(s['end'])}" for s in content["sittings"]]
        found.append(Paragraph(f"{'，'.join(ends) or _time(content['end'])}散会。"))
    return found


def _facts(content: Content) -> list[Block]:
    kind = content["kind_name"]
    if content["start"]:
        kind = names.counted(kind, content["start"][:4], content["ordinal"])
    facts = [
        ("会议", kind),
        ("主题", content["title"]),
        ("合并召开", "、".join(content["together"])),
        *_times(content),
        ("地点", content["place"]),
        ("主持人", _named(content["chair"])),
        ("记录人", _named(content["recorder"])),
        ("主讲人", content["lecturer"]),
        ("课题", content["lecture_topic"]),
    ]
    return [Meta(label, value) for label, value in facts if value]


def _times(content: Content) -> list[tuple[str, str]]:
    """Return when it was; of a meeting in shifts each 场次: nobody sat through the whole."""
    if not content["sittings"]:
        return [("时间", _span(content))]
    return [(f"时间（{s['name']}）", _whole(s, content["place"])) for s in content["sittings"]]


def _whole(sitting: dict[str, Any], place: str) -> str:
    """Return when and, where it was not in the ``place`` of the meeting, where; and who came."""
    where = sitting["place"] if sitting["place"] != place else ""
    came = f"应到{sitting['should']}人，实到{len(sitting['present'])}人"
    return "，".join(part for part in (_sat(sitting), where, came) if part)


def _shifts(content: Content) -> str:
    """Return the spans of the 场次 in a sentence, a day named once."""
    found, day = [], ""
    for sitting in content["sittings"]:
        span = _sat(sitting)
        same, day = day, span[: span.index("）") + 1]
        found.append(f"{span.removeprefix(same) if same else span}（{sitting['name']}）")
    return "、".join(found)


def _sat(sitting: dict[str, Any]) -> str:
    return format_span(
        datetime.fromisoformat(sitting["start"]), datetime.fromisoformat(sitting["end"])
    )


def _people(content: Content) -> list[Block]:
    found: list[Block] = [Meta("到会情况", people_sentence(content["numbers"])), *_rolls(content)]
    groups = [
        ("迟到", [f"{p['name']}（{p['at']}到会）" for p in content["late"]]),
        ("中途离会", [f"{p['name']}（{p['at']}离会）" for p in content["left"]]),
        ("缺席", [_away(p, p["reason"]) for p in content["absent"]]),
        ("不计入应到", [p["name"] + bracketed(p["reason"]) for p in content["excused"]]),
    ]
    return found + [Roll(label, tuple(names)) for label, names in groups if names]


def _rolls(content: Content) -> list[Block]:
    """出席 (by 场次 where there are several), 请假 with category, 列席 with post and purpose."""
    in_sittings = {name for sitting in content["sittings"] for name in sitting["present"]}
    groups = [(f"出席（{s['name']}）", s["present"]) for s in content["sittings"]]
    groups += [
        ("出席", [name for name in content["present"] if name not in in_sittings]),
        ("请假", [_away(p, p["kind"]) for p in content["leave"]]),
        (
            "列席",
            [p["name"] + bracketed(p["title"], p["purpose"]) for p in content["observers"]],
        ),
    ]
    return [Roll(label, tuple(names)) for label, names in groups if names]


def _parts(parts: list[dict[str, str]], *, points: bool) -> list[Block]:
    found: list[Block] = []
    for part in parts:
        if part["kind"] == "remark":
            found += said(f"{part['heading']}：", part["text"], points=points)
            continue
        if part["kind"] == "vote":
            lead = f"{part.get('lead', '表决事项')}："
            found.append(Paragraph(f"{part['heading'].rstrip('。')}。", lead=lead))
        found += from_lines(part["text"])
    return found


def unsettled_title(objections: Sequence[Unsettled]) -> str:
    """Return 未答复的意见; with 保留的 where a speaker was answered and did not take it back."""
    return "未答复和保留的意见" if any(one.answer for one in objections) else "未答复的意见"


def _objections(objections: Sequence[Unsettled]) -> list[Block]:
    """Who, on what, in which words; with what the recorder answered, or did."""
    found: list[Block] = []
    for one in objections:
        found += said(f"{one.who}对{one.about}：", one.words)
        if one.answer:
            found.append(Paragraph(f"（{one.answered_by}答复：{one.answer}）"))
        elif one.reworded:
            found.append(Paragraph("（意见提出以后，记录人改过这段发言。）"))
    return found


def _decided(content: Content) -> str:
    """形成决议 at a 党员大会, 议定事项 elsewhere (glossary)."""
    word: str = content["decision_word"]
    return f"形成{word}" if word == "决议" else word


def _decisions(content: Content) -> list[Block]:
    """Each decision with its number, its person and its time at the end of its last line."""
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
        lines = [line.strip() for line in text.split("\n") if line.strip()] or [""]
        lines[0] = f"{number}. {lines[0]}"
        lines[-1] += f"（{tail}）。" if tail else "。"
        found += [Paragraph(line) for line in lines]
    return found


def _remarks_on_itself(content: Content) -> list[Block]:
    """What the paper says of itself: that it is 补录, that it corrects an earlier version."""
    found: list[Block] = []
    late = content["late_entry"]
    if late:
        at = f"，补录时间：{_moment(late['at'])}" if late["at"] else ""
        found.append(Paragraph(f"本记录为补录，补录原因：{late['reason'].rstrip('。')}{at}。"))
    if content["amends"]:
        found.append(_amended(content))
    return found


def _amended(content: Content) -> Paragraph:
    amends = content["amends"]
    reason = amends["reason"].rstrip("。")
    return Paragraph(f"本版更正第{amends['version']}版，更正原因：{reason}。")


def _named(person: dict[str, str]) -> str:
    return person["name"] + bracketed(person["title"])


def _away(person: dict[str, str], why: str) -> str:
    """Name with the reason, and the day of 补学: 张三（出差，11月28日补学）."""
    made_up = person.get("made_up")
    day = date.fromisoformat(made_up) if made_up else None
    return person["name"] + bracketed(why, f"{day.month}月{day.day}日补学" if day else "")


def _at(place: str) -> str:
    return f"在{place}" if place else ""


def _span(content: Content) -> str:
    if not content["start"]:
        return ""
    end = datetime.fromisoformat(content["end"]) if content["end"] else None
    return format_span(datetime.fromisoformat(content["start"]), end)


def _time(moment: str) -> str:
    return f"{datetime.fromisoformat(moment):%H:%M}"


def _moment(moment: str) -> str:
    at = datetime.fromisoformat(moment)
    return f"{format_date(at)}{at:%H:%M}"
