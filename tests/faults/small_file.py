"""Settings of a test: the product's, with a database file that cannot grow past so many pages."""

from typing import Any

from studyapp.settings import *  # noqa: F403
from studyapp.settings import DATA_DIR, DATABASES

PAGES = (DATA_DIR / "pages").read_text(encoding="utf-8")
OPTIONS: Any = DATABASES["default"]["OPTIONS"]
OPTIONS["init_command"] += f"PRAGMA max_page_count={PAGES};"
