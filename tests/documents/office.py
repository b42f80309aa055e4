"""Opening papers in LibreOffice, with the vendored faces in place of the office's."""

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pypdfium2
import pytest

from studyapp.documents import faces, wordstyles

needs_libreoffice = pytest.mark.skipif(
    not shutil.which("soffice"), reason="LibreOffice is not installed"
)
_STAND_INS = {
    "fang": "FandolFang R",
    "kai": "LXGW WenKai",
    "hei": "Noto Sans SC",
    "song": "Noto Serif SC",
    "biao": "Noto Serif CJK SC",
}
_ALIAS = """
  <match target="pattern">
    <test name="family"><string>{name}</string></test>
    <edit name="family" mode="assign" binding="strong"><string>{stand_in}</string></edit>
  </match>"""


def _fonts(folder: Path) -> Path:
    aliases = "".join(
        _ALIAS.format(name=name, stand_in=_STAND_INS[face])
        for names in wordstyles.FACES.values()
        for face, name in names.items()
    )
    path = folder / "fonts.conf"
    path.write_text(
        '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">\n'
        f"<fontconfig>\n  <dir>{faces.FOLDER}</dir>\n  <cachedir>{folder}/fontcache</cachedir>"
        f"{aliases}\n</fontconfig>\n",
        encoding="utf-8",
    )
    return path


def rendered(papers: Mapping[str, bytes], folder: Path) -> dict[str, pypdfium2.PdfDocument]:
    """Each paper as LibreOffice prints it; one start of the program for all."""
    for name, data in papers.items():
        (folder / f"{name}.docx").write_bytes(data)
    _convert(folder, [f"{name}.docx" for name in papers], "pdf")
    return {name: pypdfium2.PdfDocument(folder / f"{name}.pdf") for name in papers}


# What LibreOffice 7 makes of a file (writerfilter/source/dmapper/DomainMapper.cxx): it takes
# w:overflowPunct the wrong way round, does not read w:autoSpaceDE and w:autoSpaceDN, and its
# layout never parts a paragraph that is kept with the next one (17.3.1.15 keeps a part of it).
_KEPT = r'(parent-style-name="Normal_20_Indent">\s*<style:paragraph-properties)'
_OBEYING = (
    (r'style:punctuation-wrap="hanging"', 'style:punctuation-wrap="simple"'),
    (r'style:text-autospace="ideograph-alpha"', 'style:text-autospace="none"'),
    (_KEPT + r' fo:keep-with-next="always"/>', r"\1/>"),
)


def obeying(papers: Mapping[str, bytes], folder: Path) -> dict[str, bytes]:
    """Each paper as LibreOffice prints it once it is told what it does not read in the file."""
    for name, data in papers.items():
        (folder / f"{name}.docx").write_bytes(data)
    _convert(folder, [f"{name}.docx" for name in papers], "fodt")
    for name in papers:
        path = folder / f"{name}.fodt"
        words = path.read_text(encoding="utf-8")
        for pattern, replacement in _OBEYING:
            words = re.sub(pattern, replacement, words)
        path.write_text(words, encoding="utf-8")
    _convert(folder, [f"{name}.fodt" for name in papers], "pdf")
    return {name: (folder / f"{name}.pdf").read_bytes() for name in papers}


def _convert(folder: Path, names: Sequence[str], kind: str) -> None:
    command = [
        "soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to",
        kind, "--outdir", str(folder), *(str(folder / name) for name in names),
    ]  # fmt: skip
    fonts = {"FONTCONFIG_FILE": str(_fonts(folder)), "HOME": str(folder), "PATH": "/usr/bin:/bin"}
    subprocess.run(command, check=True, capture_output=True, timeout=180, env=fonts)
