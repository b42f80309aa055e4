"""How fast papers are made: the targets of the papers beside what was measured.

Called by bench.py (`--only-papers` for these alone). With `--others` the same paper also goes
through LibreOffice and WeasyPrint, as ratios to ours. WeasyPrint comes from an environment of its
own, made from requirements/bench.txt and thrown away; LibreOffice is used when `soffice` is there.
"""

import io
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import bench_data

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from studyapp.documents import docx, html, pdf, xlsx  # noqa: E402
from studyapp.documents.blocks import (  # noqa: E402
    Document,
    Heading,
    Meta,
    Paragraph,
    Roll,
    SignatureLine,
    SignatureLines,
)
from studyapp.documents.book import Book, Chapter, Entry  # noqa: E402

Row = tuple[str, float, str, float | None]
MINUTES = 200  # papers of a year
ROUNDS = 7
SAID = (
    "这次学习让我想到窗口上的几件小事。群众第三次来补同一份材料，问题不在他，在我们没有一次说清。"
    "我建议把要带的材料印成一张纸，办一件发一张，月底看看还有多少人白跑。"
)
NAMES = ("陈卫东", "孙丽华", "王海峰", "丁一", "欧阳明月", "吴䶮", "李㛃", "张玥", "赵镕", "刘喆")


def paper(number: int = 1, remarks: int = 12) -> Document:
    """A record unlike those of other numbers; 12 remarks make 9 pages, 42 make 30."""
    code = f"7K3M-9QXA-2BCD-{number:04}"
    said = (
        Paragraph(f"第{number}次。" + SAID * 5, lead=f"{NAMES[n % 10]}：") for n in range(remarks)
    )
    return Document(
        f"中共云州市公安局第一支部\n2026年第{number}次党员大会会议记录",
        (
            Meta("时间", "2026年11月20日（周五）14:30—16:02"),
            Roll("出席", NAMES * 2),
            Heading(1, "一、讨论发言"),
            *said,
            SignatureLines((SignatureLine("主持人", "陈卫东"), SignatureLine("记录人", "孙丽华"))),
        ),
        version="第1版",
        check_code=code,
        address=f"https://study.example.cn/v/{code}",
    )


def rows() -> Iterator[Row]:
    """What is measured, its value, its unit, and the target (at most)."""
    first = _in_a_child("first")
    yield "PDF, 9 pages, first in a process", first["seconds"], "s", 1.5
    yield "PDF, 9 pages, warm", _median(pdf.render) * 1000, "ms", 100
    yield "  its size", len(pdf.render(paper())) / 1024, "KB", 450
    yield "PDF, 30 pages, warm", _median(pdf.render, remarks=42) * 1000, "ms", 300
    zipped = _in_a_child("zip")
    yield f"{MINUTES} PDFs in a zip", zipped["seconds"], "s", 20
    yield "  memory of that process", zipped["megabytes"], "MB", 200
    book = _in_a_child("book")
    yield f"handbook of {MINUTES} minutes", book["seconds"], "s", 20
    yield "  memory of that process", book["megabytes"], "MB", 1024
    yield "  its pages", book["pages"], "", None
    yield "DOCX, 9 pages", _median(docx.render) * 1000, "ms", 30
    yield "  its size", len(docx.render(paper())) / 1024, "KB", 25
    table = [[str(n), "陈卫东", "2026-11-20", "党员大会", "4", "出席"] for n in range(10_000)]
    head = ["序号", "姓名", "日期", "会议", "学时", "到会"]
    write = partial(xlsx.write, head, table, title="台账")
    yield "XLSX, 10,000 rows", statistics.median(_timed(write) for _ in range(5)), "s", 1


def others() -> Iterator[Row]:
    """The 9 pages through other programs, as ratios to ours."""
    ours = _median(pdf.render)
    if shutil.which("soffice"):
        yield "LibreOffice from our DOCX", _libre_office() / ours, "x ours", None
    yield "WeasyPrint from our print view", _weasy_print() / ours, "x ours", None


def _median(render: Callable[[Document], bytes], remarks: int = 12) -> float:
    """Seconds for a paper, warm: each is another one, for equal parts are kept in memory."""
    papers = [paper(number, remarks) for number in range(ROUNDS + 1)]
    return statistics.median([_timed(partial(render, one)) for one in papers][1:])


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _in_a_child(what: str) -> dict[str, float]:
    """Do it in a process of its own: seconds, and megabytes at the peak."""
    done = subprocess.run([sys.executable, __file__, what], check=True, stdout=subprocess.PIPE)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _child(what: str) -> None:
    more: dict[str, float] = {}
    started = time.perf_counter()
    if what == "first":
        pdf.render(paper())
    elif what == "zip":
        with zipfile.ZipFile(io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as archive:
            for number in range(1, MINUTES + 1):
                archive.writestr(f"{number}.pdf", pdf.render(paper(number)))
    else:
        entries = tuple(
            Entry(f"第{number}次党员大会会议记录", paper(number))
            for number in range(1, MINUTES + 1)
        )
        chapters = (Chapter("一、上半年", entries[:100]), Chapter("二、下半年", entries[100:]))
        data = pdf.render_book(Book("党支部工作手册", ("第一支部", "2026年度"), chapters))
        more["pages"] = data.count(b"/Type/Page/")
    seconds = time.perf_counter() - started
    sys.stdout.write(json.dumps({"seconds": seconds, "megabytes": bench_data.peak(), **more}))


def _libre_office() -> float:
    """The quickest of three runs, each with the program's start: so it would be used."""
    with tempfile.TemporaryDirectory(prefix="studyapp-bench-") as folder:
        source = Path(folder, "paper.docx")
        source.write_bytes(docx.render(paper()))
        command = ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless"]
        command += ["--convert-to", "pdf", "--outdir", folder, str(source)]
        run = partial(subprocess.run, command, check=True, capture_output=True)
        return min(_timed(run) for _ in range(3))


def _weasy_print() -> float:
    """The median of five warm runs in an environment of its own."""
    style = (ROOT / "static/css/paper.css").read_text(encoding="utf-8")
    program = (
        "import statistics, sys, time, weasyprint\n"
        "made = []\n"
        "for _ in range(6):\n"
        "    started = time.perf_counter()\n"
        "    weasyprint.HTML(filename=sys.argv[1]).write_pdf()\n"
        "    made.append(time.perf_counter() - started)\n"
        "print(statistics.median(made[1:]))\n"
    )
    with tempfile.TemporaryDirectory(prefix="studyapp-bench-") as folder:
        python = str(Path(folder, "venv/bin/python"))
        subprocess.run([sys.executable, "-m", "venv", Path(folder, "venv")], check=True)
        lock = str(ROOT / "requirements/bench.txt")
        install = [python, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", lock]
        subprocess.run(install, check=True)
        source = Path(folder, "paper.html")
        source.write_text(html.page(replace(paper(), mark=""), style), encoding="utf-8")
        command = [python, "-c", program, str(source)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
        return float(done.stdout)


if __name__ == "__main__":
    _child(sys.argv[1])
