"""Word's automatic numbers: 一、 and 1. would be lost without them."""

from dataclasses import dataclass

from lxml import etree

from studyapp.text.cjk import chinese_number

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_LARGEST_COUNT = 99  # more is no heading of a speech


@dataclass(frozen=True, slots=True)
class _Level:
    style: str
    text: str
    start: int


def _value(parent: etree._Element | None, name: str, default: str = "") -> str:
    found = parent.find(f"{_W}{name}") if parent is not None else None
    return str(found.get(f"{_W}val", default)) if found is not None else default


def _integer(text: str, default: int = 0) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else default


class Numbers:
    """Counts paragraphs list by list, in body order."""

    def __init__(self, numbering: etree._Element | None, styles: etree._Element | None) -> None:
        self.levels: dict[str, dict[int, _Level]] = {}
        self.counts: dict[tuple[str, int], int] = {}
        self.family: dict[str, str] = {}
        self.by_style: dict[str, etree._Element] = {}
        if numbering is not None:
            self._read(numbering)
        for style in styles.findall(f"{_W}style") if styles is not None else ():
            link = style.find(f"{_W}pPr/{_W}numPr")
            if link is not None:
                self.by_style[str(style.get(f"{_W}styleId"))] = link

    def _read(self, root: etree._Element) -> None:
        abstract = {a.get(f"{_W}abstractNumId"): a for a in root.findall(f"{_W}abstractNum")}
        for number in root.findall(f"{_W}num"):
            key, family = str(number.get(f"{_W}numId")), _value(number, "abstractNumId")
            found = abstract.get(family)
            if found is None:
                continue
            self.levels[key] = {
                _integer(str(level.get(f"{_W}ilvl"))): _Level(
                    _value(level, "numFmt", "decimal"),
                    _value(level, "lvlText"),
                    _integer(_value(level, "start", "1"), 1),
                )
                for level in found.findall(f"{_W}lvl")
            }
            # Lists of one kind go on counting unless one of them says where it starts again.
            restarts = number.find(f"{_W}lvlOverride/{_W}startOverride") is not None
            self.family[key] = f"own {key}" if restarts else family

    def label(self, paragraph: etree._Element) -> str:
        """Count this paragraph and return its number as Word shows it, or nothing."""
        properties = paragraph.find(f"{_W}pPr")
        link = properties.find(f"{_W}numPr") if properties is not None else None
        if link is None:
            link = self.by_style.get(_value(properties, "pStyle"))
        key, depth = _value(link, "numId"), _integer(_value(link, "ilvl", "0"))
        levels = self.levels.get(key, {})
        if depth not in levels:
            return ""
        family = self.family[key]
        place = (family, depth)
        self.counts[place] = self.counts.get(place, levels[depth].start - 1) + 1
        for other in [at for at in self.counts if at[0] == family and at[1] > depth]:
            del self.counts[other]
        if levels[depth].style in {"bullet", "none"}:
            return ""
        text = levels[depth].text
        for at, level in levels.items():
            count = self.counts.get((family, at), level.start)
            text = text.replace(f"%{at + 1}", _shown(count, level.style))
        return text


def _shown(count: int, style: str) -> str:
    if count <= 0 or count > _LARGEST_COUNT:
        return str(count)
    if style.startswith(("chinese", "japanese", "taiwanese", "ideograph", "korean")):
        return chinese_number(count)
    if style == "decimalEnclosedCircle" and count <= len(_CIRCLED):
        return _CIRCLED[count - 1]
    return str(count)
