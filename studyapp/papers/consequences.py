"""What a layout comes to, in words: before it is stored, and before a paper is spoilt by it."""

from studyapp.documents.layout import GB, Layout

_SMALLEST = 12  # points, 小四: smaller text is not read at a desk
_LOOSEST = 1.35  # line or character pitch by the size of the text
_FOOT = 25  # millimetres: page number 7 mm under the text, and the edge a printer leaves
_NAMES = {
    "top": "上边距",
    "left": "左边距",
    "right": "右边距",
    "bottom": "下边距",
    "lines": "每页行数",
    "characters": "每行字数",
    "title": "标题字体",
    "level1": "一级标题字体",
    "level2": "二级标题字体",
    "body": "正文字体",
    "page_number": "页码",
}
_UNITS = {"top": "毫米", "left": "毫米", "right": "毫米", "bottom": "毫米", "lines": "行"}


def refusal(layout: Layout) -> str:
    """Say why nothing can be laid out like this, and what to do; "" where it can."""
    if layout.size < _SMALLEST:
        return (
            f"按这样的边距、行数和字数，正文只能排{layout.size:g}磅，比小四号（{_SMALLEST}磅）还小。"
            "把每行字数、每页行数或者边距改小一些。"
        )
    return ""


def summary(layout: Layout) -> str:
    """Return the text area, the pitches and the size of the text."""
    character, line = layout.width / layout.characters, layout.height / layout.lines
    return (
        f"版心{layout.width:g}×{layout.height:g}毫米，每页{layout.lines}行、每行{layout.characters}字；"
        f"行距{line:.2f}毫米，字距{character:.2f}毫米，正文{layout.size:g}磅。"
    )


def warnings(layout: Layout) -> list[str]:
    """Return where it leaves GB/T 9704-2012, and what looks odd; advice, never a block."""
    found = []
    for name, label in _NAMES.items():
        usual, own = getattr(GB, name), getattr(layout, name)
        if usual != own and isinstance(own, int | float):
            unit = _UNITS.get(name, "字")
            found.append(f"{label}{own:g}{unit}，国标是{usual:g}{unit}。")
        elif usual != own:
            found.append(f"{label}和国标不同。")
    if layout.size < GB.size:
        found.append(f"正文排{layout.size:g}磅，国标是3号（16磅）。")
    millimetre = 25.4 / 72
    if layout.width / layout.characters > _LOOSEST * layout.size * millimetre:
        found.append("字距太宽，每行可以多排几个字。")
    if layout.bottom < _FOOT and layout.page_number != "none":
        found.append(f"下边距不到{_FOOT}毫米，有的打印机印不出页码。")
    return found
