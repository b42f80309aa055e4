"""What monitoring is told, and how the site stands for whoever runs it."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from lxml import html

from studyapp.accounts.models import User
from studyapp.audit import triggers
from studyapp.upkeep import making, queries, slow, views
from studyapp.uploads import silence
from tests.conftest import Cast
from tests.upkeep.conftest import Site
from tests.uploads.server import VERSION, scanner

SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def _folder(settings: Any, tmp_path: Any) -> None:
    settings.DATA_DIR = tmp_path


@pytest.mark.django_db
def test_ready_means_that_the_database_has_the_tables(client: Client, settings: Any) -> None:
    views._tables_fit.cache_clear()
    settings.MIGRATION_MODULES = {"upkeep": "tests.upkeep.planted"}
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"ready": False})
    settings.MIGRATION_MODULES = {}
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"ready": True})


@pytest.mark.django_db
def test_health_misses_a_trigger(client: Client) -> None:
    assert client.get("/healthz").json() == {"ok": True}
    name = next(iter(triggers.expected(connection.vendor)))
    on = " ON audit_entry" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {name}{on}")
    assert client.get("/healthz").status_code == 503


def test_the_system_administrator_sees_how_it_stands(
    cast: Cast, signed_in: SignIn, settings: Any
) -> None:
    now = timezone.now()
    client = signed_in(cast.sysadmin)
    page = client.get("/admin/status/").content.decode()
    assert "还没有。执行 manage.py backup" in page
    assert "该备份了" in page
    assert "只记页面和用时，不记是谁" in page
    path = settings.DATA_DIR / "studyapp-20261126-083000.zip"
    path.write_bytes(b"x" * 2048)
    making._note(path, now)
    settings.SLOW_SECONDS = 0
    client.get("/admin/units/")
    page = client.get("/admin/status/").content.decode()
    assert str(path) in page
    assert "该备份了" not in page
    assert "branches:unit_tree" in page
    assert cast.sysadmin.username not in (settings.DATA_DIR / "slow.log").read_text()
    assert '<a href="/admin/status/">' in client.get("/admin/").content.decode()


def test_it_tells_who_looks_at_uploads(
    cast: Cast, signed_in: SignIn, settings: Any, tmp_path: Path
) -> None:
    client = signed_in(cast.sysadmin)

    def told() -> str:
        page = client.get("/admin/status/").content.decode()
        return " ".join(
            html.fromstring(page).xpath("string(//section[contains(., '查毒')])").split()
        )

    assert told() == "上传文件查毒 没有在查 杀毒程序 没有接。接法见 docs/operations.md。"
    settings.CLAMD = tmp_path / "clamd.ctl"
    assert told() == "上传文件查毒 没有在查 杀毒程序 连不上 查不了的时候 照收，记入日志"
    settings.CLAMD_REQUIRED = True
    with scanner(settings.CLAMD):
        assert told() == f"上传文件查毒 杀毒程序 {VERSION} 查不了的时候 不收文件"
        silence.begins()
        words = "上传文件查毒 没有在查 杀毒程序 刚才没有及时回答，60秒里不再等它 查不了的时候"
        assert told() == f"{words} 不收文件"


def test_nobody_else_sees_it(cast: Cast, signed_in: SignIn) -> None:
    for who in (cast.secadmin, cast.auditor, cast.secretary):
        assert signed_in(who).get("/admin/status/").status_code == 404


def test_a_backup_that_was_missed_is_told() -> None:
    now = timezone.now()
    fresh = making.Last(now - timedelta(hours=25), "file", 1)
    missed = making.Last(now - timedelta(hours=27), "file", 1)
    assert [queries.is_overdue(one, now) for one in (None, fresh, missed)] == [True, False, True]


def test_slow_pages_are_counted_by_view_in_a_bounded_file(settings: Any) -> None:
    now = timezone.now()
    slow.note("meetings:old", 9, at=now - timedelta(days=8))
    for seconds in (1.5, 4.25):
        slow.note("meetings:detail", seconds, at=now)
    slow.note("branches:list", 2, at=now)
    with (settings.DATA_DIR / "slow.log").open("a") as file:
        file.write("half a li")
    found = [(one.view, one.times, one.worst) for one in slow.recent(now)]
    assert found == [("meetings:detail", 2, 4.25), ("branches:list", 1, 2.0)]
    (settings.DATA_DIR / "slow.log").write_text("x\n" * 60_000)
    slow.note("meetings:detail", 3, at=now)
    slow.note("meetings:detail", 3, at=now)
    assert (settings.DATA_DIR / "slow.log").stat().st_size < 1000


def test_the_ends_of_all_chains_are_on_the_page(site: Site) -> None:
    found = queries.chains()
    assert found.units > 1
    assert len(found.records) == len(found.digest) == 64
    assert queries.jobs(timezone.now())["failed"] >= 0
    assert queries.store().size > 0
