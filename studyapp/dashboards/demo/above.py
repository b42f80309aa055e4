"""What came after the signatures: records returned by the organ above, records in the archive."""

from datetime import timedelta

from studyapp.archive import actions as archive
from studyapp.archive.retention import retention_of
from studyapp.dashboards.demo import story
from studyapp.dashboards.demo.bureau import Bureau
from studyapp.meetings.models import Kind
from studyapp.minutes import actions as minutes
from studyapp.minutes.models import Record, SignedVersion


def returns(bureau: Bureau) -> None:
    """Return two signed records of the own branch: one is explained, one waits."""
    for title, opinion, explanation in story.RETURNS:
        record = Record.objects.get(meeting__title=title)
        version = record.versions.latest("number")
        at = version.signed_at + timedelta(days=1)
        minutes.send_back(version, opinion=opinion, by=bureau.people["inspector"], at=at)
        if explanation:
            by = bureau.people["secretary"]
            minutes.explain(record, text=explanation, by=by, at=at + timedelta(hours=3))


def filed(bureau: Bureau) -> None:
    """Give the branch a table of its own and put a record into the archive."""
    unit, by = bureau.units["刑侦第一党支部"], bureau.people["secretary"]
    lines = {kind: retention_of(unit).period(kind) for kind in Kind.values} | story.RETENTION
    archive.set_retention(unit, general="30年", lines=lines, by=by)
    versions = SignedVersion.objects.filter(record__meeting__title__in=story.FILED)
    newest = {version.record_id: version for version in versions.order_by("number")}
    archive.file_records(unit, newest.values(), by=by, at=bureau.at(-1, 17))
