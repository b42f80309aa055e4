"""A saved web page: its text, without navigation, scripts and styles. Nothing is fetched."""

import re

import lxml.html

from studyapp.errors import Refused
from studyapp.speeches.readers import plain
from studyapp.text.cleaning import clean

# A <form> stays: some servers wrap the whole page in one.
_DROPPED = (
    "//script|//style|//nav|//footer|//aside|//button|//noscript|//iframe|//select|//textarea"
    "|//template|//svg|//comment()|//processing-instruction()"
    "|//header[not(ancestor::article or ancestor::main or .//h1)]"
)
_AROUND = re.compile(
    r"(?i)(?:^|[\s_-])(?:nav|navbar|menu|footer|sidebar|breadcrumbs?|crumbs?|share|comments?|"
    r"recommend|related|copyright|pagination|pager|toolbar|advert|ads?)(?:$|[\s_-])"
)
_BLOCKS = {
    "p",
    "div",
    "br",
    "hr",
    "li",
    "tr",
    "td",
    "th",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "section",
    "article",
    "main",
    "header",
    "table",
    "ul",
    "ol",
    "dl",
    "dt",
    "dd",
    "blockquote",
    "pre",
    "center",
    "form",
}
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]{2,20})", re.IGNORECASE)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")


def read(data: bytes) -> str:
    """Return the text of the page, one line for each block."""
    # An encoding declaration in a decoded text is refused by the parser, which stops at NUL and
    # does not take other controls back into the tree.
    text = clean(_DECLARATION.sub("", _decode(data)))
    parser = lxml.html.HTMLParser(no_network=True, huge_tree=False, encoding="utf-8")
    try:
        root = lxml.html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except lxml.etree.LxmlError as error:
        raise Refused("网页打不开，可能损坏。直接粘贴正文。") from error
    # The parser stops at its limit of depth: half a speech would be worse than none.
    if any("depth" in entry.message.lower() for entry in parser.error_log):
        raise Refused("网页层次太深，读不完整。直接粘贴正文。")
    body = root.find("body")
    if body is None:
        body = root
    _drop_surroundings(body)
    pieces = "".join(_pieces(body)).split("\n")
    lines = (re.sub(r"[ \t\xa0]+", " ", piece).strip(" ") for piece in pieces)
    return "\n".join(line for line in lines if line.strip())


def _decode(data: bytes) -> str:
    """Return the page as text: BOM, then what the page says of itself, then what it looks like."""
    if not data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        named = _CHARSET.search(data[:4000])
        name = named.group(1).decode("ascii").lower() if named else ""
        name = "gb18030" if name in {"gb2312", "gbk", "gb18030"} else name
        if name and not name.startswith("utf-16") and plain.decodes(data, name):
            return data.decode(name)
    return plain.read(data)


def _drop_surroundings(body: lxml.html.HtmlElement) -> None:
    for element in body.xpath(_DROPPED):
        # In a damaged page one can stand above everything, where there is nothing to drop it from.
        if element.getparent() is not None:
            element.drop_tree()
    whole = len(body.text_content())
    for element in body.xpath(".//*[@class or @id]"):
        names = f"{element.get('class', '')} {element.get('id', '')}"
        # A name alone is weak proof: what holds much of the text stays.
        if _AROUND.search(names[:200]) and len(element.text_content()) * 3 < whole:
            element.drop_tree()


def _pieces(root: lxml.html.HtmlElement) -> list[str]:
    """Collect text without recursion: pages may nest ten thousand deep."""
    pieces: list[str] = []
    stack: list[tuple[lxml.html.HtmlElement, bool]] = [(root, False)]
    while stack:
        element, is_done = stack.pop()
        edge = "\n" if element.tag in _BLOCKS else ""
        if is_done:
            pieces.append(edge + _one_line(element.tail))
            continue
        pieces.append(edge + _one_line(element.text))
        stack.append((element, True))
        stack.extend((child, False) for child in reversed(element))
    return pieces


def _one_line(text: str | None) -> str:
    """Line ends in the source of a page are white space, between Han characters nothing."""
    joined = re.sub(r"(?<=[^\x00-\x7f])[ \t]*[\r\n]+[ \t]*(?=[^\x00-\x7f])", "", text or "")
    return re.sub(r"[\r\n]+", " ", joined)
