"""Files into text: what each format gives, and what bad files get."""

import io
import zipfile
import zlib
from pathlib import Path

import docx
import pypdfium2
import pytest
import typst

from studyapp.errors import Refused
from studyapp.speeches.parsing import parse
from studyapp.speeches.readers import LARGEST, read, read_safely

ROOT = Path(__file__).parents[2]
TEXT = "在夏训班上的讲话\n同志们：\n夏训开始了。\n一、先学\n慢慢来。\n二、再练\n天天练。\n"
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
EXTRA = (
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:v="urn:schemas-microsoft-com:vml"'
)
TYPES = b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'


def package(body: str, **parts: bytes) -> bytes:
    """A small Word file; more parts by name with __ for / and _dot_ for a dot."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr(
            "word/document.xml", f"<w:document {W} {EXTRA}><w:body>{body}</w:body></w:document>"
        )
        for name, data in parts.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), data)
    return target.getvalue()


def paragraph(text: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def pdf(source: str) -> bytes:
    """A PDF with the project's own fonts."""
    fonts = typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(ROOT / "studyapp" / "documents" / "fonts")],
    )
    made = typst.Compiler(source.encode(), font_paths=fonts).compile(format="pdf")
    assert isinstance(made, bytes)
    return made


def raw_pdf(*objects: str, trailer: str = "") -> bytes:
    out = b"%PDF-1.4\n"
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    table = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{place:010d} 00000 n \n".encode() for place in places)
    return out + (
        f"trailer\n<</Size {len(objects) + 1}/Root 1 0 R{trailer}>>\nstartxref\n{table}\n%%EOF\n"
    ).encode("latin-1")


def refusal(data: bytes, name: str) -> str:
    with pytest.raises(Refused) as caught:
        read_safely(data, name)
    return str(caught.value)


# --- plain text ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "gbk"]
)
def test_plain_text_is_read_in_every_encoding_offices_have(encoding):
    assert read(TEXT.encode(encoding), "讲话.txt") == TEXT


def test_rare_names_survive_gb18030():
    text = "主讲人：王䶮、李𬱖\n在支部学习会上的讲话，请大家讨论。\n"
    assert read(text.encode("gb18030"), "a.TXT") == text


def test_a_file_without_text_characters_is_refused():
    assert refusal(bytes(range(256)) * 40, "a.txt").startswith("这个文件不是文本")


# --- Word ----------------------------------------------------------------------------------------


def test_a_word_file_gives_paragraphs_and_tables_in_order():
    document = docx.Document()
    document.add_paragraph("第一段")
    table = document.add_table(rows=1, cols=2)
    table.cell(0, 0).text, table.cell(0, 1).text = "左", "右"
    document.add_paragraph("最后一段")
    target = io.BytesIO()
    document.save(target)
    assert read_safely(target.getvalue(), "讲话.docx").split("\n") == [
        "第一段",
        "左",
        "右",
        "最后一段",
    ]


def test_deleted_words_are_left_out_and_inserted_ones_kept():
    body = (
        "<w:p><w:r><w:t>要</w:t></w:r><w:del><w:r><w:delText>不</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>抓紧</w:t></w:r></w:ins></w:p>"
    )
    assert read(package(body), "a.docx") == "要抓紧"


def test_text_boxes_come_once():
    box = "<w:txbxContent><w:p><w:r><w:t>框里的话</w:t></w:r></w:p></w:txbxContent>"
    body = (
        "<w:p><w:r><w:t>正文</w:t></w:r><w:r><mc:AlternateContent><mc:Choice Requires='wps'>"
        f"<wps:txbx>{box}</wps:txbx></mc:Choice><mc:Fallback><v:textbox>{box}</v:textbox>"
        "</mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )
    assert read(package(body), "a.docx").split("\n") == ["正文", "框里的话"]


def test_automatic_numbers_are_put_back_level_by_level():
    level = '<w:lvl w:ilvl="{}"><w:start w:val="1"/><w:numFmt w:val="{}"/><w:lvlText w:val="{}"/></w:lvl>'
    numbering = (
        f'<w:numbering {W}><w:abstractNum w:abstractNumId="7">'
        + level.format(0, "chineseCountingThousand", "%1、")
        + level.format(1, "decimal", "%2.")
        + '</w:abstractNum><w:num w:numId="3"><w:abstractNumId w:val="7"/></w:num></w:numbering>'
    )
    link = '<w:numPr><w:ilvl w:val="{}"/><w:numId w:val="3"/></w:numPr>'
    body = "".join(
        paragraph(text, link.format(depth))
        for text, depth in [("先学", 0), ("看书", 1), ("听课", 1), ("再练", 0), ("跑步", 1)]
    )
    text = read(package(body, word__numbering_dot_xml=numbering.encode()), "a.docx")
    assert text.split("\n") == ["一、先学", "1.看书", "2.听课", "二、再练", "1.跑步"]
    assert [theme.title for theme in parse(text).themes] == ["先学", "再练"]


def test_numbers_that_come_with_a_style_are_put_back():
    numbering = (
        f'<w:numbering {W}><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0">'
        '<w:numFmt w:val="japaneseCounting"/><w:lvlText w:val="（%1）"/></w:lvl></w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
    )
    styles = (
        f'<w:styles {W}><w:style w:styleId="T"><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr>'
        "</w:pPr></w:style></w:styles>"
    )
    body = paragraph("抓学习", '<w:pStyle w:val="T"/>') + paragraph(
        "抓训练", '<w:pStyle w:val="T"/>'
    )
    data = package(
        body, word__numbering_dot_xml=numbering.encode(), word__styles_dot_xml=styles.encode()
    )
    assert read(data, "a.docx").split("\n") == ["（一）抓学习", "（二）抓训练"]


def test_footnotes_follow_at_the_end_and_are_no_words_of_the_speech():
    notes = (
        f'<w:footnotes {W}><w:footnote w:type="separator"><w:p/></w:footnote>'
        f"<w:footnote>{paragraph('数字截至三月底。')}</w:footnote></w:footnotes>"
    )
    data = package(
        "".join(map(paragraph, TEXT.split("\n"))), word__footnotes_dot_xml=notes.encode()
    )
    text = read(data, "a.docx")
    assert text.split("\n")[-1] == "［1］数字截至三月底。"
    assert parse(text).removed() == ["［1］数字截至三月底。"]


# --- PDF -----------------------------------------------------------------------------------------


def test_a_pdf_gives_its_text_and_parsing_joins_its_lines():
    body = "值班室的电话彻夜不停，我们走访了三百多户商铺，整改了四十七处隐患。" * 6
    source = (
        '#set page(width: 16cm, height: 12cm, numbering: "— 1 —")\n'
        '#set text(font: "FandolFang R", size: 12pt)\n'
        "#set par(first-line-indent: (amount: 2em, all: true), justify: true)\n"
        "#align(center)[在夏训班上的讲话]\n\n同志们：\n\n"
        f"{body}\n\n一、先学\n\n{body}\n\n二、再练\n\n{body}\n"
    )
    shape = parse(read_safely(pdf(source), "a.pdf")).to_json()
    assert (shape["title"], shape["salutation"]) == ("在夏训班上的讲话", "同志们")
    assert shape["opening"] == [body]
    assert shape["themes"] == [
        {"number": 1, "title": "先学", "paragraphs": [body]},
        {"number": 2, "title": "再练", "paragraphs": [body]},
    ]
    assert shape["removed"] == ["— 1 —", "— 2 —"]


def test_first_lines_of_a_pdf_are_indented_so_that_full_lines_part_no_paragraph():
    """Every line of the first paragraph is full and ends with a sentence."""
    first, second = "夜里值班的人都辛苦了请放心。" * 6, "天亮了换岗的人也到了。"
    source = (
        '#set text(font: "Noto Serif SC", size: 16pt)\n'
        "#set page(width: 14em + 4cm, margin: 2cm)\n"
        '#set par(linebreaks: "simple", first-line-indent: (amount: 2em, all: true))\n'
        f"{'静' * 12}{first}\n\n{second}\n"
    )
    lines = read_safely(pdf(source), "a.pdf").split("\n")
    assert [line[:5] for line in lines if line.startswith("\u3000\u3000")] == [
        "\u3000\u3000静静静",
        "\u3000\u3000天亮了",
    ]
    assert [line for line in lines if line == "夜里值班的人都辛苦了请放心。"] == [lines[1]] * 6


def test_a_scanned_pdf_is_refused():
    document = pypdfium2.PdfDocument.new()
    document.new_page(595, 842)
    target = io.BytesIO()
    document.save(target)
    assert refusal(target.getvalue(), "a.pdf").startswith("这个 PDF 是扫描件")


def test_a_locked_pdf_is_refused():
    secret = "<" + "5a" * 32 + ">"
    data = raw_pdf(
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>",
        f"<</Filter/Standard/V 1/R 2/O {secret}/U {secret}/P -44>>",
        trailer="/Encrypt 4 0 R/ID[<00><00>]",
    )
    assert refusal(data, "a.pdf").startswith("PDF 加了密码")


def test_a_broken_pdf_is_refused():
    assert refusal(b"%PDF-1.7\nnothing", "a.pdf").startswith("PDF 打不开")


@pytest.mark.attack(42)
def test_the_script_of_a_pdf_is_not_its_text():
    data = raw_pdf(
        "<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 99]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        "<</Length 36>>stream\nBT /F 12 Tf 9 9 Td (summer school) Tj ET\nendstream",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    assert read_safely(data, "a.pdf") == "summer school"


@pytest.mark.attack(39)
def test_a_pdf_that_unpacks_without_end_ends_the_child_and_not_the_site():
    """A gigabyte of spaces, packed twice into some kilobytes."""
    packer = zlib.compressobj(9)
    first, more = (packer.compress(b" " * 2**24) + packer.flush(zlib.Z_FULL_FLUSH) for _ in "12")
    content = zlib.compress(first + more * 63, 9)
    data = raw_pdf(
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 99]/Contents 4 0 R>>",
        f"<</Filter[/FlateDecode/FlateDecode]/Length {len(content)}>>stream\n"
        f"{content.decode('latin-1')}\nendstream",
    )
    assert len(data) < 20_000
    assert refusal(data, "a.pdf").startswith("文件读不出来，可能损坏。")


@pytest.mark.attack(42)
def test_a_file_of_two_formats_is_refused():
    both = package(paragraph("甲"))[:60] + b"%PDF-1.7\n"
    assert refusal(both, "a.pdf").startswith("这个文件的内容不是 .pdf")


def test_a_pdf_of_very_many_pages_is_refused():
    kids = "3 0 R " * 400
    data = raw_pdf(
        "<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Kids[{kids}]/Count 400>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>",
    )
    assert refusal(data, "a.pdf").startswith("PDF 超过 300 页")


# --- web pages -----------------------------------------------------------------------------------

PAGE = """<!DOCTYPE html><html><head><meta charset="{0}"><title>清江网</title><style>p{{}}</style></head>
<body><nav>首页</nav><form><h1>在夏训班上的讲话</h1><div class="share">分享到微博</div>
<p>同志们：</p><p>夏训
开始了。<b>请</b>坐好。</p><script>var x = "脚本";</script><ul><li>一、先学</li><li>二、再练</li></ul>
</form><footer>版权所有</footer></body></html>"""


@pytest.mark.parametrize("charset", ["utf-8", "gb2312", "gbk"])
def test_a_web_page_gives_its_text_without_what_surrounds_it(charset):
    data = PAGE.format(charset).encode("gb18030" if charset != "utf-8" else charset)
    assert read_safely(data, "a.html").split("\n") == [
        "在夏训班上的讲话",
        "同志们：",
        "夏训开始了。请坐好。",
        "一、先学",
        "二、再练",
    ]


def test_controls_in_a_page_do_no_harm():
    page = "<p>夏训\x01开始了。</p><nav>首页</nav>\x1f请坐好。" + "<p>慢慢来。</p>" * 9
    found = read_safely(page.encode(), "a.html").split("\n")
    assert found == ["夏训开始了。", "请坐好。", *["慢慢来。"] * 9]


def test_a_page_nested_too_deep_is_refused_not_cut_short():
    data = "<p>夏训开始了。</p>" + "<div>" * 10_000 + "请坐好。" + "</div>" * 10_000
    assert refusal(data.encode(), "a.html") == "网页层次太深，读不完整。直接粘贴正文。"


# --- refused -------------------------------------------------------------------------------------


@pytest.mark.attack(42)
@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        (
            b"\xd0\xcf\x11\xe0",
            "a.doc",
            "不能读取 .doc 文件。用 Word 或 WPS 打开，另存为 .docx 再上传。",
        ),
        (
            b"\xd0\xcf\x11\xe0",
            "a.WPS",
            "不能读取 .wps 文件。用 Word 或 WPS 打开，另存为 .docx 再上传。",
        ),
        (b"", "a.txt", "文件是空的。换一个文件，或者直接粘贴正文。"),
        (b" \n", "a.docx", "文件是空的。换一个文件，或者直接粘贴正文。"),
        (b"x", "a.exe", "只能读取 .txt、.docx、.pdf、.html 文件。换一种格式，或者直接粘贴正文。"),
        (b"x", "", "只能读取 .txt、.docx、.pdf、.html 文件。换一种格式，或者直接粘贴正文。"),
        (
            b"MZ\x90\x00",
            "a.docx",
            "这个文件的内容不是 .docx，可能改过扩展名。打开后另存一次再上传。",
        ),
        (b"%PDF-1.4", "a.txt", "这个文件的内容不是 .txt，可能改过扩展名。打开后另存一次再上传。"),
        (b"hello", "a.pdf", "这个文件的内容不是 .pdf，可能改过扩展名。打开后另存一次再上传。"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            "a.docx",
            "文件加了密码，或者是改了名的 .doc。去掉密码，另存为 .docx 再上传。",
        ),
        (b"\xef\xbb\xbf", "a.txt", "文件里没有文字。换一个文件，或者直接粘贴正文。"),
        (
            b"<html><body><script>1</script></body></html>",
            "a.html",
            "文件里没有文字。换一个文件，或者直接粘贴正文。",
        ),
    ],
)
def test_what_cannot_be_read_gets_a_sentence(data, name, sentence):
    assert refusal(data, name) == sentence


def test_a_file_over_the_limit_is_refused_and_one_at_the_limit_is_not_too_big():
    assert (
        refusal(b"a" * (LARGEST + 1), "a.txt") == "文件超过 20 MB。只上传讲话正文，图片可以先删掉。"
    )
    assert refusal(b"a" * LARGEST, "a.docx").startswith("这个文件的内容不是")


@pytest.mark.attack(38)
@pytest.mark.parametrize(
    "name", ["../../etc/passwd.txt", "a\x00b.txt", "-c.txt", "a\nb.txt", "长" * 5000 + ".txt"]
)
def test_a_strange_file_name_does_no_harm(name):
    assert read_safely(TEXT.encode(), name) == TEXT


def test_a_document_nested_too_deep_is_refused():
    deep = package("<w:sdt>" * 5_000 + "</w:sdt>" * 5_000)
    assert refusal(deep, "a.docx").startswith("文件打不开，可能损坏。")


def test_a_reader_that_takes_too_long_is_stopped():
    with pytest.raises(Refused, match="没有读完"):
        read_safely(TEXT.encode(), "a.txt", seconds=0.001)
