"""What stands beside the text of a .docx in files of its own: heads, feet, pictures."""

from typing import Any

from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.oxml import serialize_part_xml
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml.ns import qn

from studyapp.documents import qr, wordml
from studyapp.documents.blocks import Document
from studyapp.documents.layout import Layout
from studyapp.text.cleaning import visible


class Parts:
    """The parts of one file; what is the same on several papers is there once."""

    def __init__(self, paper: Any, layout: Layout) -> None:
        self._part = paper.part
        self._layout = layout
        self._made: dict[tuple[str, ...], str] = {}
        self._pictures = 0

    def set_margins(
        self, page: Any, document: Document, *, counts: bool = False, heads: bool = False
    ) -> None:
        """Give a section its heads and feet for odd and even pages.

        ``heads`` are there also when they are empty: a section without has those before it.
        """
        found = []
        for kind, odd in (("default", True), ("even", False)):
            if document.mark or heads:
                found.append(self._reference("header", kind, self._head(document)))
            found.append(
                self._reference("footer", kind, self._foot(document, counts=counts, odd=odd))
            )
        for place, reference in enumerate(sorted(found, key=lambda made: made.tag, reverse=True)):
            page.insert(place, reference)

    def _reference(self, name: str, kind: str, part: str) -> Any:
        made = wordml.element(f"{name}Reference", type=kind)
        made.set(qn("r:id"), part)
        return made

    def _head(self, document: Document) -> str:
        mark = visible(document.mark)
        root = wordml.element("hdr")
        wordml.text(wordml.paragraph(root, "Header"), mark)
        return self._xml(("header", mark), root)

    def _foot(self, document: Document, *, counts: bool, odd: bool) -> str:
        """Page number on the outer side, version and check code opposite.

        Without an outer side the code stands on the left of every page.
        """
        code = self._code(document)
        number = self._layout.page_number
        odd = odd or number != "outer"
        root = wordml.element("ftr")
        line = wordml.paragraph(root, "Footer")
        if odd:
            wordml.text(line, code, "CheckCode")
        if odd and number != "none":
            wordml.text(line, "\t")
        if number != "none":
            wordml.text(line, "— ")
            wordml.field(line, "PAGE")
            wordml.text(line, " —")
            if counts:
                wordml.text(line, "  共")
                wordml.field(line, "NUMPAGES")
                wordml.text(line, "页")
        if not odd and code:
            wordml.text(line, "\t")
            wordml.text(line, code, "CheckCode")
        return self._xml(("footer", code, str(counts), str(odd)), root)

    def _code(self, document: Document) -> str:
        if not self._layout.prints_code:
            return ""
        return "  ".join(visible(part) for part in (document.version, document.check_code) if part)

    def _xml(self, key: tuple[str, ...], root: Any) -> str:
        """The relationship of a head or foot; papers with the same one share it."""
        if key not in self._made:
            number = 1 + sum(made[0] == key[0] for made in self._made)
            kinds = {
                "header": (CONTENT_TYPE.WML_HEADER, RELATIONSHIP_TYPE.HEADER),
                "footer": (CONTENT_TYPE.WML_FOOTER, RELATIONSHIP_TYPE.FOOTER),
            }
            kind, relationship = kinds[key[0]]
            data = serialize_part_xml(root)
            self._made[key] = self._related(f"{key[0]}{number}.xml", kind, relationship, data)
        return self._made[key]

    def _related(self, name: str, kind: str, relationship: str, data: bytes) -> str:
        part = Part(PackURI(f"/word/{name}"), kind, data, self._part.package)
        return str(self._part.relate_to(part, relationship))

    def set_code(self, line: Any, document: Document) -> None:
        """The QR code of the paper's address in the foot of the page where this line stands.

        It is hung on the text and takes no room in it: a signature block keeps its page.
        """
        if not document.address or not self._layout.prints_code:
            return
        key = ("qr", document.address)
        if key not in self._made:
            name = f"media/qr{1 + sum(made[0] == 'qr' for made in self._made)}.png"
            data = qr.png(document.address)
            self._made[key] = self._related(name, CONTENT_TYPE.PNG, RELATIONSHIP_TYPE.IMAGE, data)
        self._pictures += 1
        wordml.picture(
            line,
            self._made[key],
            f"核对地址：{document.address}",
            number=self._pictures,
            # 3 mm under the text, 5 mm from the edge of the sheet: printers print no further.
            side=max(min(18, self._layout.bottom - 8), 8),
            top=297 - self._layout.bottom + 3,
            # Where neither page number nor check code stands, on odd pages and on even ones.
            align="center" if self._layout.page_number == "outer" else "right",
        )
