"""The archive package of a unit's year: what is filed, so that it can be read without this system.

One zip, written piece by piece: papers, signed words, scans, an index for people, a manifest with
hashes for programs, and a script that checks it all with nothing but Python.
"""

import hashlib
import json
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from html import escape
from pathlib import Path
from typing import Any

from studyapp.accounts.models import User
from studyapp.archive.filing import Item, filed_in
from studyapp.archive.handbook import Told
from studyapp.branches.models import Unit
from studyapp.documents.wordml import zip_entry
from studyapp.errors import Refused
from studyapp.minutes import queries
from studyapp.minutes.content import read
from studyapp.minutes.models import SignedVersion
from studyapp.papers.delivery import WRITERS, about, rendered
from studyapp.papers.models import PaperProfile
from studyapp.papers.queries import profile_for
from studyapp.web.shortcuts import safe_name

SCHEMA = "studyapp-package-1"
_SCRIPT = Path(__file__).parent / "package_verify.py"
_BLOCK = 1 << 20


@dataclass(slots=True)
class Package:
    """A zip that is being written, with what its manifest will say."""

    archive: zipfile.ZipFile
    files: list[dict[str, Any]] = field(default_factory=list)
    items: list[dict[str, Any]] = field(default_factory=list)

    def add(self, path: str, data: bytes, about: str) -> None:
        """Write one file and note its hash."""
        self.archive.writestr(zip_entry(path), data)
        self._note(path, hashlib.sha256(data).hexdigest(), len(data), about)

    def copy(self, path: str, blocks: Iterator[bytes], about: str) -> str:
        """Write a file block by block; return its hash."""
        digest, size = hashlib.sha256(), 0
        with self.archive.open(zip_entry(path), "w") as target:
            for block in blocks:
                target.write(block)
                digest.update(block)
                size += len(block)
        self._note(path, digest.hexdigest(), size, about)
        return digest.hexdigest()

    def _note(self, path: str, sha256: str, size: int, about: str) -> None:
        self.files.append({"path": path, "sha256": sha256, "size": size, "about": about})


def pack(path: Path, *, unit: Unit, year: int, reader: User, tell: Told) -> None:
    """Write the package to ``path``: what ``reader`` may see of the archive."""
    filed, _ = filed_in(unit, year, reader)
    if not filed:
        raise Refused(f"{unit.name}{year}年还没有归档的记录。先归档，再做档案包。")
    profile = profile_for(unit)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        package = Package(archive)
        for number, each in enumerate(filed):
            tell(number, len(filed), f"第{number + 1}件，共{len(filed)}件")
            _add(package, each, profile)
        _close(package, unit, year)


def _add(package: Package, item: Item, profile: PaperProfile) -> None:
    """Put one version into a folder of its own: papers, signed words, scans."""
    version, content, filed = item.version, read(item.version.content), item.version.filed
    reading = queries.Reading(content, version, superseded=item.is_superseded)
    name = safe_name(f"{filed.number:04d}-{item.day}-{item.title}")
    folder = f"{filed.period}/{name}"
    paper = queries.paper(reading, "record", profile=profile)
    for suffix in WRITERS:
        with about(item.title):
            data = rendered(paper, suffix, profile.layout)
        package.add(f"{folder}/会议记录.{suffix}", data, "会议记录")
    for part in ("content", "signatures", "objections"):
        package.add(f"{folder}/{part}.json", getattr(version, part).encode(), "签字的原文")
    for number, scan in enumerate(version.scans.order_by("pk"), 1):
        try:
            with scan.file.open("rb") as file:
                blocks = iter(lambda: file.read(_BLOCK), b"")
                suffix = Path(scan.file_name).suffix.lower()
                sha256 = package.copy(f"{folder}/扫描件{number}{suffix}", blocks, "签字扫描件")
        except FileNotFoundError as error:
            raise Refused(f"“{item.title}”的扫描件不在服务器上了，先从备份找回。") from error
        if sha256 != scan.sha256:
            raise Refused(f"“{item.title}”的扫描件和上传时不一致，没有打包。报告管理员。")
    package.items.append(_item(item, folder))


def _item(item: Item, folder: str) -> dict[str, Any]:
    version, filed = item.version, item.version.filed
    return {
        "folder": folder,
        "number": filed.number,
        "period": filed.period,
        "filed_at": filed.at.astimezone(UTC).isoformat(timespec="seconds"),
        "filed_by": filed.by_name,
        "date": item.day.isoformat(),
        "kind": item.kind,
        "title": item.title,
        "version": version.number,
        "mark": item.mark,
        "check_code": version.code,
        "chain": _chain(version),
    }


def _chain(version: SignedVersion) -> dict[str, Any]:
    """Return everything that the link is made of, and the seal over it."""
    texts = {
        f"{name}_sha256": hashlib.sha256(getattr(version, name).encode()).hexdigest()
        for name in ("content", "signatures", "objections")
    }
    return {
        "previous": version.previous,
        "unit": version.unit_id,
        "sequence": version.sequence,
        "record": version.record_id,
        "number": version.number,
        "revision": version.revision,
        "schema": version.schema,
        "signed_at": version.signed_at.astimezone(UTC).isoformat(timespec="microseconds"),
        **texts,
        "link": version.link,
        "seal": version.seal,
        "key": version.key_id,
    }


def _close(package: Package, unit: Unit, year: int) -> None:
    """Write the index, the script and the manifest over all of it."""
    package.add("目录.html", _index(package.items, unit, year).encode(), "目录")
    package.add("目录.txt", "".join(_lines(package.items, unit, year)).encode(), "目录")
    package.add("verify.py", _SCRIPT.read_bytes(), "核验程序")
    manifest = {
        "schema": SCHEMA,
        "unit": {"id": unit.pk, "name": unit.name, "full_name": unit.full_name},
        "year": year,
        "items": package.items,
        "files": package.files,
    }
    data = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True).encode()
    package.archive.writestr(zip_entry("manifest.json"), data)
    line = f"{hashlib.sha256(data).hexdigest()}  manifest.json\n"
    package.archive.writestr(zip_entry("manifest.sha256"), line)


_HEAD = ("件号", "保管期限", "日期", "会议类型", "题名", "版本", "校验码")


def _row(item: dict[str, Any]) -> Sequence[str]:
    version = f"第{item['version']}版" + (f"（{item['mark']}）" if item["mark"] else "")
    return (
        str(item["number"]), item["period"], item["date"], item["kind"], item["title"], version,
        item["check_code"],
    )  # fmt: skip


def _lines(items: list[dict[str, Any]], unit: Unit, year: int) -> Iterator[str]:
    yield f"{unit.full_name}{year}年档案\n\n"
    yield "\t".join(_HEAD) + "\n"
    for item in items:
        yield "\t".join(_row(item)) + "\n"
    yield "\n核验：解开压缩包，在文件夹里执行 python3 verify.py。\n"


def _index(items: list[dict[str, Any]], unit: Unit, year: int) -> str:
    """Return the index as a page that any browser shows, without scripts."""
    title = escape(f"{unit.full_name}{year}年档案")
    head = "".join(f"<th>{name}</th>" for name in _HEAD)
    rows = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in _row(item))}"
        f'<td><a href="{escape(item["folder"])}/会议记录.pdf">PDF</a> '
        f'<a href="{escape(item["folder"])}/会议记录.docx">DOCX</a></td></tr>\n'
        for item in items
    )
    return (
        f'<!doctype html>\n<html lang="zh-CN"><head><meta charset="utf-8"><title>{title}</title>'
        "<style>body{font-family:serif;margin:2em}td,th{border:1px solid;padding:.3em .6em}"
        "table{border-collapse:collapse}</style></head>\n"
        f"<body><h1>{title}</h1><table><tr>{head}<th>文件</th></tr>\n{rows}</table>"
        "<p>核验：解开压缩包，在文件夹里执行 python3 verify.py。</p></body></html>\n"
    )
