"""Bringing a text in: a new speech, or a new version of one."""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime
from pathlib import PurePath

from django.core.files.base import ContentFile
from django.db import transaction

from studyapp.accounts.models import User
from studyapp.audit.actions import record
from studyapp.audit.models import Operation
from studyapp.branches.models import Unit
from studyapp.errors import Refused
from studyapp.speeches.actions.provenance import DETAILS
from studyapp.speeches.actions.structure import part_theme, settle
from studyapp.speeches.matching import Sketch, match
from studyapp.speeches.models import Passage, PassageKind, Speech, Theme, Version, Zone
from studyapp.speeches.parsing import Parsed, Segment, parse
from studyapp.speeches.queries import CONTENT, Part, newest, outline
from studyapp.text.cleaning import clean, clean_file_name, clean_name
from studyapp.uploads.storing import with_files

LONGEST = 500_000
"""Characters; the longest report of a congress has a tenth of that."""


@with_files
@transaction.atomic
def import_speech(
    *,
    unit: Unit,
    by: User,
    at: datetime,
    text: str,
    file_name: str = "",
    data: bytes | None = None,
    **fields: str,
) -> Speech:
    """Store a text that ``unit`` brings in, recognised but not yet released.

    ``data`` is the file as it came, kept byte for byte; without it the text was pasted.
    ``fields`` overrule what was recognised (title, speaker, occasion, given_on) and add source
    and document_number. Refused for an empty or endless text.
    """
    parsed = _parsed(text)
    speech = Speech.objects.create(
        unit=unit, created_by=by, created_at=at, **_details(parsed, file_name, fields)
    )
    version = _store_version(speech, 1, parsed, by=by, at=at, text=text)
    themes = [
        _theme(speech, None, Sketch(number, head.title, ""))
        for number, head in enumerate(parsed.themes, 1)
    ]
    _store_passages(version, parsed, themes)
    settle(version)
    _keep_file(version, file_name, data)
    record(
        "录入学习材料",
        operation=Operation.CREATE,
        by=by,
        unit=unit,
        target=f"《{speech.title}》（{speech.pk}）",
        file=version.file_name,
        sha256=version.file_sha256,
        themes=len(themes),
    )
    return speech


@with_files
@transaction.atomic
def add_version(
    speech: Speech,
    *,
    by: User,
    at: datetime,
    text: str,
    file_name: str = "",
    data: bytes | None = None,
    vouched: bool = False,
) -> Version:
    """Store a new wording of ``speech``; readers see it at once.

    Its themes are matched with the present ones, so that notes stay where they hang; a theme that
    is gone is retired when anything hangs on it. ``vouched`` tells that ``by`` stands for the new
    text's 来源; a text that was sent down needs it.
    """
    stored = (
        Speech.objects.select_for_update(of=("self",), no_key=True)
        .select_related("unit")
        .get(pk=speech.pk)
    )
    if stored.sent_at and not vouched:
        raise Refused("这份材料已下发，新稿的来源也要核实。勾选“我已核对新稿的来源”再保存。")
    last = newest(stored)
    if last and last.source_text == _storable(text):
        raise Refused(f"新稿和第{last.number}稿的文字完全一样，没有保存。核对后再录入。")
    parsed = _parsed(text)
    themes = _matched(stored, last, parsed)
    number = last.number + 1 if last else 1
    version = _store_version(stored, number, parsed, by=by, at=at, text=text)
    _store_passages(version, parsed, themes)
    settle(version)
    _keep_file(version, file_name, data)
    stored.vouched_by = by if vouched else None
    stored.save(update_fields=["vouched_by"])
    record(
        "录入新稿",
        operation=Operation.CREATE,
        by=by,
        unit=stored.unit,
        target=f"《{stored.title}》（{stored.pk}）",
        number=number,
        file=version.file_name,
        sha256=version.file_sha256,
    )
    speech.refresh_from_db()
    return version


def _storable(text: str) -> str:
    """Return the text as it came, without what no database holds: NUL and half characters."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode()


def _parsed(text: str) -> Parsed:
    words = clean(text)
    if not words.strip():
        raise Refused("没有读到文字。选一个有文字的文件，或者把讲话粘贴进来。")
    if len(words) > LONGEST:
        raise Refused(f"文字超过{LONGEST // 10_000}万字，没有录入。分成几份再录入。")
    return parse(words)


def _details(parsed: Parsed, file_name: str, fields: Mapping[str, str]) -> dict[str, str]:
    """Return the facts to store: what a person gave goes before what was recognised."""
    recognised = {
        "title": parsed.title or PurePath(file_name).stem,
        "speaker": parsed.speaker,
        "occasion": parsed.occasion,
        "given_on": parsed.date,
    }
    details: dict[str, str] = {}
    for name in DETAILS:
        value = clean_name(fields.get(name) or recognised.get(name) or "")
        details[name] = value[: getattr(Speech._meta.get_field(name), "max_length", None)]
    details["title"] = details["title"] or "未命名材料"
    return details


def _store_version(
    speech: Speech, number: int, parsed: Parsed, *, by: User, at: datetime, text: str
) -> Version:
    return Version.objects.create(
        speech=speech,
        number=number,
        source_text=_storable(text),
        salutation=(parsed.salutation or "")[:200],
        warnings=list(parsed.warnings),
        created_by=by,
        created_at=at,
    )


def _keep_file(version: Version, file_name: str, data: bytes | None) -> None:
    """Keep the file under a random name; last of all, so that a refusal leaves none behind."""
    if data is None:
        return
    version.file_name = clean_file_name(file_name) or "原件"
    version.file_sha256 = hashlib.sha256(data).hexdigest()
    version.file.save(f"{secrets.token_hex(16)}.bin", ContentFile(data), save=False)
    version.save(update_fields=["file", "file_name", "file_sha256"])


def _store_passages(version: Version, parsed: Parsed, themes: list[Theme]) -> None:
    zones: dict[Zone, Theme] = {}

    def theme_of(segment: Segment) -> Theme | None:
        if segment.kind not in CONTENT:
            return None
        if segment.theme is not None:
            return themes[segment.theme]
        zone = Zone.CLOSING if segment.zone == "closing" else Zone.OPENING
        if zone not in zones:
            zones[zone] = part_theme(version.speech, zone)
        return zones[zone]

    Passage.objects.bulk_create(
        Passage(
            version=version,
            position=position,
            text=segment.text,
            kind=PassageKind(segment.kind),
            level=segment.level,
            theme=theme_of(segment),
            is_glued=segment.is_glued,
            is_unsure=segment.is_unsure,
            reason=segment.reason[:200],
        )
        for position, segment in enumerate(parsed.segments, 1)
    )


def _matched(speech: Speech, last: Version | None, parsed: Parsed) -> list[Theme]:
    """Return the theme rows for the new text's themes: old ones where they are the same."""
    parts = outline(last).numbered if last else []
    new = [
        Sketch(number, head.title, "".join(parsed.paragraphs("theme", number - 1)))
        for number, head in enumerate(parsed.themes, 1)
    ]
    found = match([_sketch(part) for part in parts], new)
    return [
        _theme(speech, parts[found[index]].theme if index in found else None, sketch)
        for index, sketch in enumerate(new)
    ]


def _sketch(part: Part) -> Sketch:
    words = "".join(passage.text for passage in part.below)
    return Sketch(part.theme.number, part.theme.title, words)


def _theme(speech: Speech, old: Theme | None, sketch: Sketch) -> Theme:
    title = clean_name(sketch.title)[:200] or "（无标题）"
    if old is None:
        return Theme.objects.create(
            speech=speech, zone=Zone.THEME, number=sketch.number, title=title
        )
    old.number, old.title = sketch.number, title
    old.save(update_fields=["number", "title"])
    return old
