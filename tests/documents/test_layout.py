"""The reference set under the ruler; the ruler itself under planted faults; the pictures kept."""

import json
from pathlib import Path

import pypdfium2
import pytest
import typst

from studyapp.documents import pdf, pdf_data
from studyapp.documents.blocks import (
    AttachmentNote,
    Document,
    Heading,
    Meta,
    Paragraph,
    Roll,
    SignatureLine,
    SignatureLines,
    Signoff,
    Table,
    fold,
    plain_text,
)
from studyapp.documents.layout import GB, Layout
from tests.documents import reference
from tests.documents.glyphs import lines, read, words
from tests.documents.layout import RULES, findings
from tests.documents.papers import CHECKED, body_only, everything
from tests.documents.pieces import pieces
from tests.documents.reference import NAMES, PAPERS, SAID

TEMPLATES = Path(pdf.__file__).parent / "templates"
OWN = Layout(top=30, left=25, right=20, bottom=25, lines=25, characters=30, page_number="centre")


@pytest.mark.parametrize("name", PAPERS)
def test_a_clerk_with_a_ruler_finds_nothing(name) -> None:
    assert findings(pdf.render(PAPERS[name]), PAPERS[name]) == []


@pytest.mark.parametrize("name", ["minutes", "long-table", "attachments", "votes"])
def test_the_same_papers_keep_an_office_s_own_layout(name) -> None:
    assert findings(pdf.render(PAPERS[name], OWN), PAPERS[name], OWN) == []


def test_the_set_has_what_an_office_files() -> None:
    pages = {name: len(pypdfium2.PdfDocument(pdf.render(paper))) for name, paper in PAPERS.items()}
    assert len(PAPERS) >= 12
    assert pages["minutes"] >= 3
    assert pages["long-record"] >= 9
    assert pages["long-table"] >= 3
    assert pages["hardly-any"] == 1
    for paper in (*PAPERS.values(), everything(**CHECKED)):
        assert "".join(piece.text for piece in pieces(paper)) == fold(plain_text(paper))


@pytest.mark.parametrize("name", PAPERS)
def test_the_pages_look_as_they_did(name) -> None:
    again = "If they should, look at them after: python -m tests.documents.reference"
    drawn = reference.drawn(name)
    files = list(reference.PICTURES.glob(f"{name}-[0-9]*.png"))
    assert len(files) == len(drawn), again
    for number, (width, height, grey) in enumerate(drawn, 1):
        old = reference.kept(name, number)
        assert old[:2] == (width, height), again
        other = sum(abs(a - b) > 4 for a, b in zip(grey, old[2], strict=True))
        assert other < 0.001 * width * height, f"Page {number} looks different. {again}"


def test_the_pictures_are_few_and_small() -> None:
    files = list(reference.PICTURES.glob("*.png"))
    assert {path.stem.rpartition("-")[0] for path in files} == set(PAPERS)
    assert sum(path.stat().st_size for path in files) < 500_000


def rules_broken(data: bytes, document: Document) -> set[str]:
    return {line.partition(":")[0] for line in findings(data, document)}


def spoiled(folder: Path, document: Document, file: str, old: str, new: str) -> bytes:
    """Print the paper by templates in which ``old`` has become ``new``."""
    for path in TEMPLATES.glob("*.typ"):
        words = path.read_text(encoding="utf-8")
        if path.name == file:
            assert old in words
            words = words.replace(old, new)
        (folder / path.name).write_text(words, encoding="utf-8")
    compiler = typst.Compiler(folder / "paper.typ", root=folder, font_paths=pdf._fonts())
    inputs = {
        "doc": json.dumps(pdf_data.of_paper(document, GB)),
        "layout": json.dumps(pdf_data.of_layout(GB)),
    }
    made = compiler.compile(format="pdf", sys_inputs=inputs)
    assert isinstance(made, bytes)
    return made


SMALL = Document(
    "关于学习贯彻全市公安机关基层减负工作会议精神的专题会议",
    (
        Roll("出席", NAMES),
        Heading(1, "一、学习"),
        Heading(2, "（一）主题"),
        *body_only(30, indent=True).blocks,
        Paragraph(SAID),
    ),
)


@pytest.mark.parametrize(
    ("layout", "rules"),
    [
        (Layout(left=24), {"area", "hanging", "titles", "page_numbers"}),
        (Layout(right=28), {"characters"}),
        (Layout(top=35), {"area", "pitch"}),
        (Layout(lines=21), {"pitch"}),
        (Layout(characters=27), {"characters"}),
        (Layout(level1="song"), {"looks"}),
        (Layout(level2="hei"), {"looks"}),
        (Layout(body="kai"), {"looks"}),
        (Layout(title="hei"), {"looks"}),
        (Layout(page_number="centre"), {"page_numbers"}),
        (Layout(page_number="none"), {"page_numbers"}),
    ],
)
def test_a_wrong_layout_is_found(layout, rules) -> None:
    assert rules_broken(pdf.render(SMALL, layout), SMALL) >= rules
    assert findings(pdf.render(SMALL, layout), SMALL, layout) == []


FOUR = SignatureLines(tuple(SignatureLine(f"签名{n}", "张三") for n in range(4)))
TWO = SignatureLines(FOUR.lines[:2])
FAULTY = PAPERS | {
    "small": SMALL,
    "one-line-over": body_only(23),
    "cells": Document("", (Table(("内容",), ((SAID,),) * 12),)),
    "signed": Document("", (*body_only(22).blocks, FOUR)),
    "half-signed": Document("", (*body_only(17).blocks, Heading(1, "一、签字"), FOUR)),
}


@pytest.mark.parametrize(
    ("rule", "name", "file", "old", "new"),
    [
        ("pitch", "small", "grid.typ", "leading: gap,", "leading: gap + 0.3pt,"),
        ("characters", "digits", "grid.typ", "justify: true", "justify: false"),
        ("full_pages", "one-line-over", "grid.typ", "widow: 0%", "widow: 100%"),
        ("page_numbers", "small", "foot.typ", "calc.odd(number)", "calc.even(number)"),
        ("page_numbers", "notes", "grid.typ", "footer-descent: 7mm", "footer-descent: 5mm"),
        ("sign", "minutes", "body.typ", "v(35mm", "v(33mm"),
        ("sign", "minutes", "body.typ", "fill: red", "fill: black"),
        ("hanging", "small", "blocks.typ", "let indent = 2 +", "let indent = 1 +"),
        ("together", "signed", "blocks.typ", "default: 0) > 0", "default: 0) > 99"),
        ("together", "half-signed", "blocks.typ", "2 * b.lines.len() > layout.lines - 2", "true"),
        ("signoff", "attachments", "blocks.typ", "left + 2 * char", "left + 1 * char"),
        ("signoff", "notice", "blocks.typ", "width - 2 * char - name", "width - 3 * char - name"),
        ("tables", "cells", "blocks.typ", "table.header(", "table.header(repeat: false, "),
        ("tables", "cells", "blocks.typ", "breakable: not whole", "breakable: true"),
        ("attachments", "attachments", "blocks.typ", "blank()\n    for line in b.title", "for line in b.title"),
        ("attachments", "attachments", "blocks.typ", "block(label(b.label))", "block(h(5mm) + label(b.label))"),
        ("attachments", "notice", "blocks.typ", "pagebreak(weak: true)\n    attachment-head", "attachment-head"),
        ("titles", "long-title", "grid.typ", "align(center, words)", "align(left, words)"),
        ("looks", "small", "grid.typ", "size: 22pt", "size: 20pt"),
        ("looks", "votes", "blocks.typ", "text(size: 12pt, tracking", "text(size: 11pt, tracking"),
        ("words", "notes", "blocks.typ", "label(b.lead) + b.text", 'b.text + "。"'),
    ],
)  # fmt: skip
def test_a_fault_in_a_template_is_found(tmp_path, rule, name, file, old, new) -> None:
    document = FAULTY[name]
    assert findings(pdf.render(document), document) == []
    assert rule in rules_broken(spoiled(tmp_path, document, file, old, new), document)


@pytest.mark.parametrize("after", [FOUR, Signoff("支部委员会", "2026年3月5日")])
def test_signatures_take_the_last_row_of_a_table_along(after) -> None:
    for rows in (0, 1, 2, 20, 24, 26, 28, 30):
        table = Table(("序号", "内容"), (("1", "学"),) * rows)
        document = Document("", (table, after))
        assert findings(pdf.render(document), document) == []


def test_lines_broken_at_a_forbidden_place_are_found() -> None:
    printed = Document(
        "", tuple(Paragraph(part, indent=False) for part in ("他说", "，好（", "天"))
    )
    one = Document("", (Paragraph("他说，好（天", indent=False),))
    assert [line for line in findings(pdf.render(printed), one) if "forbidden" in line] == [
        "forbidden: page 1: a line is broken between “说” and “，”",
        "forbidden: page 1: a line is broken between “（” and “天”",
    ]


def test_every_rule_has_its_planted_fault() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    assert [rule.__name__ for rule in RULES if f'"{rule.__name__[1:]}"' not in text] == []


SHORT = tuple(Paragraph(f"第{number}行。") for number in range(1, 22))
SHEET = Table(("序号",), tuple((f"{number}",) for number in range(1, 16)), row_height=10)
RULE = Paragraph("由本人签名，不得代签。迟到、早退的在备注栏写明，请假的由记录人在备注栏写明类别。")
LISTED, SIGNED = AttachmentNote(("会议议程", "签到表")), Signoff("中共云州市局", "2026年3月5日")


@pytest.mark.parametrize(
    ("blocks", "top", "rows"),
    [
        ((*SHORT[:18], TWO, TWO), "第18行。", 5),
        ((*SHORT[:20], LISTED, SIGNED), "第20行。", 5),
        ((*SHORT[:20], Roll("出席", NAMES)), "出席：", 2),
        ((SHEET, RULE, TWO), "序号", 6),
        ((*SHORT[:16], Meta("依据", SAID[:60]), TWO, TWO), "依据：", 7),
        ((*SHORT[:17], Heading(2, "（一）", "台账。"), TWO, TWO), "（一）", 5),
    ],
)  # fmt: skip
def test_what_would_tell_nothing_alone_takes_something_along(blocks, top, rows) -> None:
    document = Document("", blocks)
    _, second = read(pdf.render(document))
    body = [line for line in lines(second) if 37 < line[0].base < 262]
    assert (words(body[0])[: len(top)], len(body)) == (top, rows)


def test_more_signatures_than_a_page_has_are_parted_and_none_is_lost() -> None:
    many = SignatureLines(tuple(SignatureLine("与会人", f"张{n}") for n in range(15)))
    document = Document("", (many,))
    body = [
        [line for line in lines(page) if 37 < line[0].base < 262]
        for page in read(pdf.render(document))
    ]
    assert [len(page) for page in body] == [11, 4]
