"""Papers of many signed records in one zip, with an index that needs no program of ours."""

import hashlib
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.archive.holdings import newest_signed
from studyapp.branches.models import Unit
from studyapp.documents import xlsx
from studyapp.documents.blocks import Document
from studyapp.jobs.models import Job
from studyapp.minutes import queries
from studyapp.minutes.content import read
from studyapp.minutes.models import SignedVersion
from studyapp.papers.actions import issue
from studyapp.papers.delivery import about, rendered
from studyapp.papers.models import PaperProfile
from studyapp.papers.queries import profile_for
from studyapp.web.shortcuts import safe_name

MOST = 500
"""Records in one zip: a bureau's organ chooses a unit or a year."""
_HEAD = (
    "序号", "文件", "文书", "党组织", "会议类型", "会议主题", "日期", "版本", "校验码", "SHA-256",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class File:
    """One paper in the zip, with what the index and the log say of it."""

    name: str
    kind: str
    sha256: str
    size: int
    version: SignedVersion


def pack(
    path: Path,
    *,
    pks: Collection[int],
    kinds: Sequence[str],
    suffixes: Sequence[str],
    reader: User,
    tell: Callable[[int, int, str], None],
) -> list[File]:
    """Write the zip to ``path``; return its papers. What ``reader`` no longer sees is left out.

    ``kinds`` name papers of `minutes.queries.PAPERS`; every signed version has each of them.
    """
    found = newest_signed(reader).filter(record__in=pks)
    total, files = found.count() * len(kinds) * len(suffixes), list[File]()
    profiles: dict[int, PaperProfile] = {}
    taken: set[str] = set()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for version in found.iterator(chunk_size=20):
            unit = version.record.meeting.unit
            if unit.pk not in profiles:
                profiles[unit.pk] = profile_for(unit)
            profile = profiles[unit.pk]
            for kind, name, document in _papers(version, kinds, profile, taken):
                for suffix in suffixes:
                    tell(len(files), total, f"第{len(files) + 1}个文件，共{total}个")
                    with about(version.record.meeting.title):
                        data = rendered(document, suffix, profile.layout)
                    files.append(_add(archive, f"{name}.{suffix}", data, kind, version))
        index = b"".join(xlsx.csv_lines(_HEAD, _rows(files)))
        archive.writestr("目录.csv", index, zipfile.ZIP_DEFLATED)
        archive.writestr("sha256.txt", _sums(files), zipfile.ZIP_DEFLATED)
    return files


def _papers(
    version: SignedVersion, kinds: Sequence[str], profile: PaperProfile, taken: set[str]
) -> Iterator[tuple[str, str, Document]]:
    """Yield the chosen papers of one record, each with its kind and a name without an ending."""
    reading = queries.Reading(read(version.content), version)
    for kind in kinds:
        name = _unused(safe_name(queries.file_name(version.record, kind, reading)), taken)
        yield kind, name, queries.paper(reading, kind, profile=profile)


def _add(
    archive: zipfile.ZipFile, name: str, data: bytes, kind: str, version: SignedVersion
) -> File:
    archive.writestr(name, data)
    return File(name, kind, hashlib.sha256(data).hexdigest(), len(data), version)


def _unused(name: str, taken: set[str]) -> str:
    """Return a name that no other file of the zip has, whatever the case of its letters."""
    number, found = 1, name
    while found.casefold() in taken:
        number += 1
        found = f"{name}（{number}）"
    taken.add(found.casefold())
    return found


def _rows(files: Iterable[File]) -> Iterable[tuple[str, ...]]:
    for number, file in enumerate(files, 1):
        meeting = file.version.record.meeting
        yield (
            str(number),
            file.name,
            queries.PAPERS[file.kind],
            meeting.unit.full_name,
            meeting.get_kind_display(),
            meeting.title,
            f"{timezone.localdate(meeting.actual_start or meeting.planned_start):%Y-%m-%d}",
            str(file.version.number),
            file.version.code,
            file.sha256,
        )


def _sums(files: Iterable[File]) -> str:
    """Return the hashes in the form that ``sha256sum -c`` reads."""
    return "".join(f"{file.sha256}  {file.name}\n" for file in files)


def issued(job: Job, *, files: Iterable[File]) -> None:
    """Record every paper that leaves with the zip."""
    for file in files:
        record = file.version.record
        issue(
            unit=_unit(file),
            subject=f"record-{record.pk}",
            paper=queries.PAPERS[file.kind],
            version=file.version.number,
            check_code=file.version.code,
            file_name=file.name,
            sha256=file.sha256,
            size=file.size,
            by=job.by,
            at=timezone.now(),
            target=record.meeting.title,
            record=record.pk,
            job=job.pk,
        )


def _unit(file: File) -> Unit:
    return file.version.record.meeting.unit


def names_of(kinds: Iterable[str]) -> str:
    """Return what a zip of such papers is called: 会议记录和纪要."""
    return "和".join(queries.PAPERS[kind] for kind in kinds)
