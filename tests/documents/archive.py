"""A PDF as an archive's own program sees it, and its bookmarks."""

import re

import page
import pypdfium2

# The program reads no widths from the faces that PDF calls CIDFontType0C: it takes each for 0.
# These faces' own widths and those of their glyphs are the same, all of them (ADR 0020).
UNREAD = re.compile(r"width 0\.000 in its embedded CIDFontType0C program but \d+\.000 in /W")


# It takes a last byte 13 of a packed stream for a part of the line end that follows.
LENGTH = "PDFA2A-STREAM-LENGTH-001"
STREAM = re.compile(rb"/Length (\d+)[^>]*>>\s*stream\n")


def complaints(data: bytes) -> list[str]:
    """Return what the program holds against the file as PDF/A-2a."""
    ends = [found.end() + int(found.group(1)) for found in STREAM.finditer(data)]
    whole = all(data[end : end + 11] == b"\nendstream\n" for end in ends)
    report = page.validate_pdf_bytes(data, profile=page.ValidationProfile.PDF_A_2A)
    return [
        f"{found.rule_id}: {found.message}"
        for found in report.failures
        if not UNREAD.search(found.message) and not (whole and found.rule_id == LENGTH)
    ]


def bookmarks(data: bytes) -> list[tuple[int, str, int]]:
    """Depth, words and page number of each."""
    with pypdfium2.PdfDocument(data) as document:
        return [
            (mark.level, mark.get_title(), mark.get_dest().get_index() + 1)
            for mark in document.get_toc()
        ]
