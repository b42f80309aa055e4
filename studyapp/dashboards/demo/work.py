"""One piece of long work that is done: the signed records of the own branch in a zip."""

import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from studyapp.archive.making import records_in_a_zip
from studyapp.dashboards.demo.bureau import Bureau
from studyapp.dashboards.demo.held import FIRST
from studyapp.jobs import actions, runner
from studyapp.minutes.models import Record, RecordState


@dataclass
class Quiet:
    """Progress that nobody looks at."""

    scratch: Path

    def __call__(self, done: int, total: int, step: str = "") -> None:
        """Say nothing."""


def batch(bureau: Bureau) -> None:
    """Let the secretary take out what is signed, a day ago; no process is started for it."""
    by, at = bureau.people["secretary"], bureau.at(-1, 16, 20)
    found = Record.objects.filter(
        meeting__unit=bureau.units[FIRST], state=RecordState.SIGNED
    ).order_by("pk")
    pks = list(found.values_list("pk", flat=True)[:1])
    params = {"records": pks, "papers": ["record"], "suffixes": ["docx"]}
    asked = actions.start(
        "batch", params=params, by=by, at=at, title=f"批量导出会议记录（{len(pks)}次会议）"
    )
    _do(asked.pk, at)


def _do(pk: int, at: datetime) -> None:
    job = actions.claim(pk, pid=0, at=at, room=1)
    if job is None:
        raise LookupError(pk)
    with tempfile.TemporaryDirectory(dir=runner.folder()) as scratch:
        made = records_in_a_zip(job, Quiet(Path(scratch)))
        stored = runner.store(made.content)
    actions.finish(job, made, stored, at=at + timedelta(seconds=2))
