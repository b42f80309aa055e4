"""A saved web page: its text, without navigation, scripts and styles."""

import re

import lxml.etree
import lxml.html

from studyapp.speeches.readers import plain

_DROPPED = (
    "script",
    "style",
    "nav",
    "footer",
    "header",
    "aside",
    "form",
    "button",
    "noscript",
    "iframe",
    "select",
)
_BLOCKS = {
    "p",
    "div",
    "br",
    "li",
    "tr",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "section",
    "article",
    "table",
    "ul",
    "ol",
    "blockquote",
    "title",
}
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]+)", re.IGNORECASE)


def read(data: bytes) -> str:
    """Return the text of the page, one line for each block."""
    text = _decode(data)
    # An encoding declaration in a decoded text is refused by the parser.
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)
    parser = lxml.html.HTMLParser(no_network=True, huge_tree=False)
    root = lxml.html.document_fromstring(text or "<p></p>", parser=parser)
    for element in list(root.iter(*_DROPPED, lxml.etree.Comment)):
        element.drop_tree()  # type: ignore[attr-defined]
    body = root.find("body")
    lines: list[str] = []
    _walk(body if body is not None else root, lines)
    return "\n".join(
        line
        for line in (re.sub(r"[ \t\xa0]+", " ", x).strip() for x in "".join(lines).split("\n"))
        if line
    )


def _decode(data: bytes) -> str:
    named = _CHARSET.search(data[:2000])
    if named:
        name = named.group(1).decode("ascii").lower()
        try:
            return data.decode("gb18030" if name in {"gb2312", "gbk"} else name)
        except (LookupError, UnicodeDecodeError):
            pass
    return plain.read(data)


def _walk(root: lxml.html.HtmlElement, lines: list[str]) -> None:
    """Collect text without recursion: pages may nest ten thousand deep."""
    stack: list[tuple[lxml.html.HtmlElement, bool]] = [(root, False)]
    while stack:
        element, done = stack.pop()
        block = element.tag in _BLOCKS
        if done:
            lines.append(("\n" if block else "") + (element.tail or ""))
            continue
        lines.append(("\n" if block else "") + re.sub(r"\s*\n\s*", "", element.text or ""))
        stack.append((element, True))
        stack.extend((child, False) for child in reversed(element))
