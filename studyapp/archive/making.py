"""Long work of the archive: the year's handbook, its package, many records' papers in one zip."""

from functools import partial

from django.utils import timezone

from studyapp.archive import batch, package, rights
from studyapp.archive.handbook import compose, title_of
from studyapp.branches.models import Unit
from studyapp.documents import docx, pdf
from studyapp.documents.book import Book
from studyapp.documents.layout import Layout
from studyapp.errors import Refused
from studyapp.jobs.models import Job
from studyapp.jobs.registry import Made, Progress, job
from studyapp.papers.actions import issue
from studyapp.papers.delivery import about, refuse_missing_glyphs
from studyapp.papers.queries import is_beyond, profile_for
from studyapp.web.shortcuts import safe_name


@job(
    "handbook",
    title="党支部工作手册",
    may=rights.may_read_unit,
    outside=rights.is_beyond_unit,
)
def handbook(job: Job, progress: Progress) -> Made:
    """Make the binder of params' unit and year as PDF or DOCX (suffix)."""
    unit, year = Unit.objects.get(pk=job.params["unit"]), int(job.params["year"])
    suffix = job.params["suffix"]
    book = compose(
        unit,
        year,
        reader=job.by,
        today=timezone.localdate(),
        outside=is_beyond(job.by, unit),
        tell=progress,
    )
    content = _bound(book, suffix, profile_for(unit).layout, progress)
    name = safe_name(f"{year}年-{unit.name}-{title_of(unit)}")
    return Made(content, f"{name}.{suffix}", then=partial(_issued, paper=title_of(unit)))


def _bound(book: Book, suffix: str, layout: Layout, progress: Progress) -> bytes:
    """Set the pages; a DOCX takes the numbers of its 目录 from the PDF."""
    papers = sum(1 for _ in book.entries())
    progress(papers, papers + 1, "排版，编目录和页码")
    if suffix == "pdf":
        for each in book.entries():
            with about(each.title):
                refuse_missing_glyphs(each.document)
    bound = pdf.render_book(book, layout)
    return bound if suffix == "pdf" else docx.render_book(book, layout, pdf.page_numbers(bound))


def _issued(job: Job, *, paper: str) -> None:
    """Record the file of a unit's year as one that was handed out."""
    unit, year = Unit.objects.get(pk=job.params["unit"]), job.params["year"]
    issue(
        unit=unit,
        subject=f"{job.kind}-{unit.pk}-{year}",
        paper=paper,
        file_name=job.file_name,
        sha256=job.sha256,
        size=job.size,
        by=job.by,
        at=timezone.now(),
        target=job.title,
        job=job.pk,
    )


@job(
    "package",
    title="档案包",
    may=rights.may_read_unit,
    outside=rights.is_beyond_unit,
)
def archive_package(job: Job, progress: Progress) -> Made:
    """Put what is filed of params' unit and year into one zip that can be checked by itself."""
    unit, year = Unit.objects.get(pk=job.params["unit"]), int(job.params["year"])
    path = progress.scratch / "package.zip"
    package.pack(path, unit=unit, year=year, reader=job.by, tell=progress)
    name = safe_name(f"{year}年-{unit.name}-档案包")
    return Made(path, f"{name}.zip", then=partial(_issued, paper="档案包"))


@job(
    "batch",
    title="批量导出",
    may=rights.may_read_records,
    outside=rights.is_beyond_records,
)
def records_in_a_zip(job: Job, progress: Progress) -> Made:
    """Put the papers of params' records into one zip, in the formats that suffixes name.

    Params without a choice of papers are those of an earlier release, which knew one alone.
    """
    kinds = job.params.get("papers", ["record"])
    path = progress.scratch / "records.zip"
    files = batch.pack(
        path,
        pks=job.params["records"],
        kinds=kinds,
        suffixes=job.params["suffixes"],
        reader=job.by,
        tell=progress,
    )
    if not files:
        raise Refused("选中的记录现在都看不到了，没有导出。回到批量导出，重新选。")
    name = safe_name(f"{timezone.localdate():%Y-%m-%d}-{batch.names_of(kinds)}-{job.pk}")
    return Made(path, f"{name}.zip", then=partial(batch.issued, files=files))
