"""What the organ above said about signed records, and how the branch answered."""

from datetime import timedelta

from studyapp.dashboards.demo import story
from studyapp.dashboards.demo.bureau import Bureau
from studyapp.minutes import actions as minutes
from studyapp.minutes.models import Record


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
