"""Changes rows, then fails when it should; not atomic, so that half of it stays."""

from typing import Any

from django.db import migrations

from tests.upkeep import planting


def fail_if_told(apps: Any, editor: Any) -> None:
    planting.runs.append(len(planting.runs) + 1)
    if planting.runs[-1] in planting.fails_at:
        raise RuntimeError("planted fault")


class Migration(migrations.Migration):
    atomic = False
    initial = True
    operations = [
        migrations.RunSQL("UPDATE meetings_meeting SET title = 'half done'"),
        migrations.RunPython(fail_if_told),
        migrations.RunSQL("UPDATE meetings_meeting SET title = 'done'"),
    ]
