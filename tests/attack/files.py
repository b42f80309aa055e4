"""Looking at a file that is handed out: a download and nothing else."""

import re
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from typing import Any
from urllib.parse import unquote

from django.apps import apps
from django.core.files.base import ContentFile
from django.db import models
from django.utils import timezone

from studyapp.archive.ledgers import LEDGERS
from studyapp.jobs.models import Job, JobState
from studyapp.meetings.models import Note
from tests.access.table import ROUTES
from tests.access.test_matrix import ADDRESSES, fill, states_of
from tests.attack.pages import missing_headers
from tests.attack.planted import SHORT, Planted, who_opens
from tests.crawl import methods
from tests.house.test_inputs import source_of
from tests.jobs import kinds  # noqa: F401  # names the kind

# What a view calls that hands a file out.
HANDS_OUT = re.compile(
    r"\b(FileResponse|StreamingHttpResponse|deliver|hand_over|hand_out|as_attachment|download)\("
)
# First bytes of what is made here. What people brought in is told as nothing in particular.
MADE = {
    "application/pdf": ("pdf", b"%PDF-"),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ("docx", b"PK"),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ("xlsx", b"PK"),
    "application/zip": ("zip", b"PK"),
    "text/csv; charset=utf-8": ("csv", b"\xef\xbb\xbf"),
    "text/plain; charset=utf-8": ("txt", b""),
}
BROUGHT = "application/octet-stream"


@cache
def gives_files() -> set[str]:
    """Return the addresses whose views hand something out."""
    return {name for name, (_, view) in ADDRESSES.items() if HANDS_OUT.search(source_of(view))}


def addresses(planted: Planted) -> Iterator[tuple[str, str, str]]:
    """Yield who asks for which file: every address in every state, format and ledger."""
    for name, (kind, model, permission) in ROUTES.items():
        route, view = ADDRESSES[name]
        if name not in gives_files() or "GET" not in methods(view):
            continue
        suffixes = ("pdf", "docx", "xlsx", "csv") if "suffix" in route else ("",)
        ledgers = LEDGERS if "slug:name" in route else ("",)
        for state in states_of(model) if model else [""]:
            key = planted.world.objects[state].pk if state else 0
            for suffix in suffixes:
                for ledger in ledgers:
                    inside = planted.world.inside.get(state, {})
                    more: Any = {"suffix": suffix, "name": ledger}
                    address, _ = fill(route, key, inside | more)
                    for who in who_opens(kind, state, permission):
                        yield who, name, address


def name_in(header: str) -> str:
    """Return the name under which a browser keeps a download."""
    plain = re.fullmatch(r'attachment; filename="([^"\\]+)"', header)
    coded = re.fullmatch(r"attachment; filename\*=utf-8''([\w%.~!#$&+^`|-]+)", header)
    return plain[1] if plain else unquote(coded[1]) if coded else ""


def faults(answer: Any, body: bytes, path: str, stored: list[str]) -> list[str]:
    """Return what is wrong with a file that was handed out."""
    header, kind = answer.headers.get("Content-Disposition", ""), answer.headers["Content-Type"]
    name = name_in(header)
    found = missing_headers(answer, path)
    if not re.fullmatch(
        r"[^\x00-\x1f\x7f/\\:*?\"<>|\u200b-\u200f\u202a-\u202e\u2066-\u2069]+", name
    ):
        found.append(f"name {header}")
    if name.startswith(".") or len(name.encode()) > 255:
        found.append(f"name {name}")
    if kind != BROUGHT:
        suffix, magic = MADE.get(kind, ("?", b""))
        if not name.endswith(f".{suffix}") or not body.startswith(magic):
            found.append(f"{kind} for {name}")
    found += [f"tells {one}" for one in stored if one in str(answer.headers)]
    return found


def stored_names() -> list[str]:
    """Return the names under which files lie on the disk, without folder and suffix."""
    return [
        re.split(r"[/.]", str(value))[1]
        for model in apps.get_models()
        for field in model._meta.fields
        if isinstance(field, models.FileField)
        for value in model._default_manager.exclude(**{field.name: ""}).values_list(
            field.name, flat=True
        )
    ]


def make_the_rest(planted: Planted) -> None:
    """Finish a job, and put a note under a theme: what has no file yet."""
    note, theme = planted.world.objects["Note"], planted.world.objects["Theme"]
    Note.objects.filter(pk=note.pk).update(theme=theme)
    job = Job.objects.get(pk=planted.world.objects["Job"].pk)
    job.kind, job.params, job.state, job.pid = "test", {}, JobState.DONE, None
    job.expires_at, job.file_name = timezone.now() + timedelta(hours=1), f"{SHORT}.zip"
    job.file.save("0123456789abcdef", ContentFile(b"PK"), save=False)
    job.save()
