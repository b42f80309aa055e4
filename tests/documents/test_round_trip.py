"""Whole papers of any shape: no writer raises, loses a character or asks the network."""

import socket
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from studyapp.documents import docx as docx_writer
from studyapp.documents import html, pdf
from studyapp.documents.blocks import (
    Attachment,
    AttachmentNote,
    Document,
    Heading,
    Issue,
    Meta,
    PageBreak,
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
from tests.documents.glyphs import read
from tests.documents.papers import docx_text
from tests.documents.pieces import match, sheets

# PDFium reads one hyphen where a line ends with one and the next starts with one: no «---» here.
# What offices type, with all that has ever broken a paper; drawn by every face.
_PARTS = [
    "学习讲话精神", "（一）", "“减负”", "《条例》", "——", "……", "，", "。", "；", "：", "1.", "2026年", "A4", "e-mail",
    "x" * 40, "http://a.b/c?d=e&f", "#read(1)", "$x$", "<b>", "&amp;", "{{7*7}}", "=1+1", "\\", "*_`~@", "䶮㛃𬱖", "㎡",
    "①", "\n", "\r\n", "\t", " ", "\u3000", "\x00", "\x0b", "\ufffe", "\ud800", "\u202e", "\u200b", "'\"",
]  # fmt: skip
texts = st.lists(st.sampled_from(_PARTS), max_size=12).map("".join)
short = st.lists(st.sampled_from(_PARTS), max_size=3).map("".join)
numbers = st.integers(1, 4)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    # No row higher than a page: its cells would be parted, and read back one half after the other.
    columns = draw(st.integers(1, 4))
    row = st.tuples(*[short] * columns)
    widths = draw(st.one_of(st.just(()), st.tuples(*[st.integers(4, 6)] * columns)))
    height = draw(st.sampled_from([0, 8, 12]))
    return Table(draw(row), tuple(draw(st.lists(row, max_size=4))), widths, height)


simple = st.one_of(
    st.builds(Heading, numbers, texts, short),
    st.builds(Paragraph, texts, st.booleans(), short),
    st.builds(Meta, short, texts),
    st.builds(Roll, short, st.lists(short, max_size=6).map(tuple)),
    tables(),
    st.builds(
        SignatureLines,
        st.lists(st.builds(SignatureLine, short, short), min_size=1, max_size=3).map(tuple),
    ),
    st.builds(Signoff, short, short, st.booleans()),
    st.builds(AttachmentNote, st.lists(short, min_size=1, max_size=3).map(tuple)),
    st.just(PageBreak()),
)
attachments = st.builds(
    Attachment, st.integers(0, 3), texts, st.lists(simple, max_size=3).map(tuple)
)
seen = st.one_of(st.just(""), short.filter(fold))


@st.composite
def documents(draw: st.DrawFn) -> Document:
    # Single lines of a few words, by their forms.
    sign = draw(st.sampled_from(["", "支部<纪要>", "中共云州市公安局第一支部委员会纪要"]))
    under = [draw(st.sampled_from(["", "第3期", "吴䶮 $x$"])) for _ in range(2)]
    return Document(
        title=draw(texts),
        blocks=tuple(draw(st.lists(st.one_of(simple, attachments), max_size=8))),
        sign=sign,
        issue=Issue(under[0], under[1], draw(seen), draw(seen), draw(seen)),
        kind="other",
    )


layouts = st.sampled_from(
    [GB, Layout(lines=18, characters=22, body="song"), Layout(left=50, right=50, characters=32)]
)


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(*_: Any, **__: Any) -> None:
        raise AssertionError("a writer asks the network")

    monkeypatch.setattr(socket, "socket", closed)


def of_html(text: str) -> str:
    return fold(lxml_html.fromstring(text).text_content())  # type: ignore[attr-defined]


# Every paper goes through all writers; a handful finds what breaks one of them.
@pytest.mark.attack(35)
@settings(max_examples=max(20, settings().max_examples // 4))
@given(document=documents(), layout=layouts)
def test_the_words_of_every_file_are_those_of_the_blocks(document, layout) -> None:
    wanted = fold(plain_text(document))
    assert of_html(html.render(document, layout)) == wanted
    assert fold(docx_text(docx_writer.render(document))) == wanted
    found = pdf.render(document, layout)
    # Raises where a word differs; knows page numbers and the heads of tables that are repeated.
    match(sheets(read(found), document), document)
    assert b"<pdfaid:part>2<" in found


def test_the_sockets_are_closed() -> None:
    with pytest.raises(AssertionError, match="network"):
        socket.create_connection(("127.0.0.1", 9))
