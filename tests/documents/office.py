"""Opening papers in LibreOffice, with the vendored faces in place of the office's."""

import shutil
import subprocess
from collections.abc import Mapping
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
    command = [
        "soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to",
        "pdf", "--outdir", str(folder), *(str(folder / f"{name}.docx") for name in papers),
    ]  # fmt: skip
    fonts = {"FONTCONFIG_FILE": str(_fonts(folder)), "HOME": str(folder), "PATH": "/usr/bin:/bin"}
    subprocess.run(command, check=True, capture_output=True, timeout=180, env=fonts)
    return {name: pypdfium2.PdfDocument(folder / f"{name}.pdf") for name in papers}
