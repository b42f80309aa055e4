"""The order of children after ECMA-376 part 1 (transitional), for the elements the writer uses.

Word refuses a file, or offers to repair it, where the order is broken. Elements that the writer
does not use are left out; one that is not in the table is a fault until it is entered here.
"""

from typing import Any

from docx.oxml.ns import qn

_RUN = "rStyle rFonts color spacing sz szCs u lang"
_LINE = (
    "pStyle keepNext keepLines pageBreakBefore framePr widowControl numPr pBdr tabs kinsoku "
    "overflowPunct autoSpaceDE autoSpaceDN snapToGrid spacing ind jc outlineLvl rPr sectPr"
)
_RUN_LEVEL = "p tbl bookmarkStart bookmarkEnd"
# Each child at most once, in this order.
_SEQUENCES = {
    "rPr": _RUN,
    "pPr": _LINE,
    "pPrDefault": "pPr",
    "rPrDefault": "rPr",
    "docDefaults": "rPrDefault pPrDefault",
    "style": "name basedOn next link uiPriority semiHidden qFormat pPr rPr tblPr",
    "pBdr": "top bottom between",
    "tblBorders": "top left bottom right insideH insideV",
    "tblCellMar": "top left bottom right",
    "numPr": "ilvl numId",
    "lvl": "start numFmt suff lvlText lvlJc pPr",
    "num": "abstractNumId",
    "font": "altName panose1 charset family pitch",
    "tblPr": "tblStyle tblW jc tblInd tblBorders tblLayout tblCellMar",
    "tcPr": "tcW vAlign",
    "settings": (
        "zoom bordersDoNotSurroundHeader bordersDoNotSurroundFooter defaultTabStop "
        "evenAndOddHeaders drawingGridVerticalSpacing characterSpacingControl compat themeFontLang"
    ),
    "document": "body",
    "drawing": "anchor",
    "anchor": (
        "simplePos positionH positionV extent effectExtent wrapNone docPr cNvGraphicFramePr graphic"
    ),
    "positionH": "align",
    "positionV": "posOffset",
}
# Groups that follow one another, each child any number of times inside its group.
_GROUPS = {
    "sectPr": ("headerReference footerReference", "type", "pgSz", "pgMar", "cols", "titlePg", "docGrid"),
    "styles": ("docDefaults", "style"),
    "numbering": ("abstractNum", "num"),
    "abstractNum": ("multiLevelType", "lvl"),
    "fonts": ("font",),
    "body": (_RUN_LEVEL, "sectPr"),
    "hdr": ("p",),
    "ftr": ("p",),
    "p": ("pPr", "r hyperlink bookmarkStart bookmarkEnd"),
    "hyperlink": ("r",),
    "r": ("rPr", "t tab br fldChar instrText drawing"),
    "tbl": ("tblPr", "tblGrid", "tr"),
    "tblGrid": ("gridCol",),
    "tr": ("trPr", "tc"),
    "trPr": ("cantSplit trHeight tblHeader",),
    "tc": ("tcPr", "p"),
    "tabs": ("tab",),
    "compat": (
        "spaceForUL", "balanceSingleByteDoubleByteWidth", "doNotLeaveBackslashAlone",
        "ulTrailSpace", "doNotExpandShiftReturn", "adjustLineHeightInTable", "useFELayout",
        "compatSetting",
    ),
}  # fmt: skip
_DRAWN = (qn("a:graphic"),)  # DrawingML of one picture, always the same


def faults(tree: Any) -> list[str]:
    """Elements whose children are unknown, in a wrong order or too many."""
    return [fault for node in _inside(tree) if (fault := _fault(node))]


def _inside(node: Any) -> Any:
    if isinstance(node.tag, str):
        yield node
        if node.tag not in _DRAWN:
            for child in node:
                yield from _inside(child)


def _fault(node: Any) -> str:
    name, children = _name(node), [_name(child) for child in node if isinstance(child.tag, str)]
    if node.tag in _DRAWN or not children:
        return ""
    if name in _SEQUENCES:
        order = _SEQUENCES[name].split()
        right = children == [child for child in order if child in children]
    else:
        places = [group.split() for group in _GROUPS.get(name, ())]
        found = [next((i for i, g in enumerate(places) if child in g), -1) for child in children]
        right = -1 not in found and found == sorted(found)
    return "" if right else f"{name}: {' '.join(children)}"


def _name(node: Any) -> str:
    return str(node.tag).rpartition("}")[2]
