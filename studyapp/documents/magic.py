"""The first bytes of files: what a file is, whatever its name says."""

ZIP = b"PK\x03\x04"
PDF = b"%PDF-"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""Office files of before 2007, and newer ones with a password."""
NO_TEXT = (
    ZIP,
    PDF,
    OLE,
    b"MZ\x90",
    b"\x7fELF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"Rar!",
    b"7z\xbc\xaf",
    b"{\\rtf",
)
"""None of these begins a text."""
