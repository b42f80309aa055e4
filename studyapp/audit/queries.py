"""Questions over the audit log."""

from functools import lru_cache

from studyapp.audit.models import Entry

DEMO = "放入演示数据"
"""Name of the entry that opens the log of a demo."""


@lru_cache(maxsize=1)
def holds_demo_data() -> bool:
    """Tell whether this database was filled by `manage.py demo` (looked up once per process).

    The mark stands in the log's first entry, where nobody can remove it: a file beside the
    database could be lost, or lie beside another one.
    """
    return Entry.objects.filter(seq=1, name=DEMO).exists()
