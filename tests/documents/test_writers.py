"""The three writers carry the same words, whatever people typed."""

import html as html_module
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html

from studyapp.documents import docx as docx_writer
from studyapp.documents import html, pdf
from studyapp.documents.blocks import (
    Document,
    Heading,
    Issue,
    Meta,
    Paragraph,
    Roll,
    SignatureLine,
    SignatureLines,
    Signoff,
    Table,
    fold,
    from_lines,
    plain_text,
)
from tests.documents.papers import docx_text, everything, issued, pdf_text

PAPERS = {
    "record": everything(),
    "draft": everything(mark="草稿", version="第2版", check_code="7K3M-9QXA-2BCD-EFGH"),
    "minutes": issued(),
}
EVIL = [
    '#read("/etc/passwd")',
    '#import "@preview/x:1.0.0": * #eval("1+1") #sys.inputs #include "a.typ"',
    "$x$ *a* _b_ @c <d> `e` \\ // /* ~ --- ...",
    "{{7*7}} {% x %}",
    "x" * 3000,
    '=HYPERLINK("x")',
    "\x00\x0b\x0c\x1f\ufffe\ud800\u202e",
    "<script>alert(1)</script>&amp;]]>",
    "䶮㛃𬱖𫖮堃玥",
]


def read_pdf(document: Document) -> str:
    """Words of the text area: without page numbers, mark, version and check code."""
    words = re.sub(r"—\d+—(?:共\d+页)?", "", fold(pdf_text(pdf.render(document))))
    for furniture in (document.mark, document.version, document.check_code):
        words = words.replace(fold(furniture), "") if furniture else words
    return words


def read_html(document: Document) -> str:
    tree = lxml_html.fromstring(html.render(document))
    for node in tree.find_class("paper-mark") + tree.find_class("paper-code"):  # type: ignore[attr-defined]
        node.drop_tree()
    return fold(tree.text_content())  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", PAPERS)
def test_the_pdf_carries_the_words_of_the_paper_in_order(name: str) -> None:
    assert read_pdf(PAPERS[name]) == fold(plain_text(PAPERS[name]))


@pytest.mark.parametrize("name", PAPERS)
def test_the_docx_carries_the_words_of_the_paper_in_order(name: str) -> None:
    words = fold(docx_text(docx_writer.render(PAPERS[name])))
    assert words == fold(plain_text(PAPERS[name]))


@pytest.mark.parametrize("name", PAPERS)
def test_the_print_view_carries_the_words_of_the_paper_in_order(name: str) -> None:
    assert read_html(PAPERS[name]) == fold(plain_text(PAPERS[name]))


@pytest.mark.attack(34, 36)
@pytest.mark.parametrize("words", EVIL)
def test_what_people_type_is_printed_and_never_read_as_a_language(words: str) -> None:
    document = Document(
        "记录", (Paragraph(f"前{words}后", lead="甲："), Meta("地点", f"上{words}下"))
    )
    wanted = fold(plain_text(document))
    assert read_pdf(document) == wanted
    assert fold(docx_text(docx_writer.render(document))) == wanted
    assert read_html(document) == wanted


@pytest.mark.attack(25)
def test_the_print_view_makes_no_markup_of_what_people_type() -> None:
    evil = '<script>alert(1)</script><img src=x onerror="y">'
    blocks = (
        Heading(1, evil, evil),
        Heading(2, evil),
        Paragraph(evil, lead=evil),
        Meta(evil, evil),
        Roll(evil, (evil,)),
        Table((evil,), ((evil,),)),
        SignatureLines((SignatureLine(evil, evil, evil),)),
        Signoff(evil, evil),
    )
    issue = Issue(evil, evil, evil, evil, evil)
    made = html.render(
        Document(evil, blocks, sign=evil, issue=issue, mark=evil, version=evil, check_code=evil)
    )
    assert {node.tag for node in lxml_html.fromstring(made).iter()} == {
        "article", "b", "br", "col", "colgroup", "div", "h1", "h3", "p", "span", "table", "tbody",
        "td", "th", "thead", "tr",
    }  # fmt: skip
    assert html_module.escape(evil) in made


def test_the_print_view_has_no_style_of_its_own() -> None:
    made = html.render(everything(mark="草稿"))
    assert not re.search(r"\sstyle=|\son\w+=", made)


@pytest.mark.parametrize(
    ("length", "name"),
    [(14, "paper-sign"), (20, "paper-sign paper-sign--long"), (27, "paper-sign paper-sign--full")],
)
def test_a_long_sign_of_the_print_view_is_set_smaller(length: int, name: str) -> None:
    made = html.render(Document("纪要", (), sign="国" * length))
    assert f'<p class="{name}">' in made


def test_the_paper_as_a_file_needs_nothing_else() -> None:
    made = html.page(everything(), "p { margin: 0 }")
    tree = lxml_html.document_fromstring(made)
    assert tree.findtext(".//title") == "中共云州市公安局第一支部 党员大会会议记录"
    assert tree.findtext(".//style") == "p { margin: 0 }"
    assert 'charset="utf-8"' in made


def test_a_heading_of_the_print_view_has_its_level() -> None:
    tree = lxml_html.fromstring(html.render(everything()))
    found = [(node.tag, node.text_content()) for node in tree.iter("h1", "h2", "h3", "h4", "h5")]  # type: ignore[attr-defined]
    assert found == [
        ("h1", "中共云州市公安局第一支部党员大会会议记录"),
        ("h2", "一、学习情况"),
        ("h3", "（一）围绕主题"),
        ("h5", "（1）责任到人"),
        ("h2", "学习材料清单"),
    ]


@pytest.mark.attack(33)
@given(st.text(max_size=200))
def test_no_text_breaks_a_writer(text: str) -> None:
    document = Document(
        text,
        (
            *from_lines(text),
            Meta(text, text),
            Roll(text, (text, text)),
            Table((text,), ((text,),)),
            Signoff(text, text),
            SignatureLines((SignatureLine(text, text),)),
        ),
        sign=text,
        mark=text,
        version=text,
        issue=Issue(text, text, text, text, text),
    )
    assert docx_writer.render(document)[:2] == b"PK"
    assert pdf.render(document)[:5] == b"%PDF-"
    assert html.render(document).startswith("<article")
    assert isinstance(pdf.missing_glyphs(document), list)


def test_an_empty_paper_is_a_page() -> None:
    document = Document("", ())
    assert pdf.render(document)[:5] == b"%PDF-"
    assert docx_text(docx_writer.render(document)) == ""
    assert html.render(document) == '<article class="paper" lang="zh-CN">\n</article>'
