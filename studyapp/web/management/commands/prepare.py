"""`manage.py prepare`: bring database and static files up to date; do only what is due."""

import hashlib
from argparse import ArgumentParser
from io import StringIO
from pathlib import Path

import django
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from studyapp.web.occupied import at_work


class Command(BaseCommand):
    """Idempotent: a second run changes nothing and costs a few milliseconds."""

    help = "更新数据库结构和静态文件；加 --demo 时，在空数据库中放入演示数据。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--demo", action="store_true", help="数据库为空时放入演示数据")

    def handle(self, *args: object, **options: object) -> None:
        if is_behind():
            self.stdout.write("正在更新数据库……")
            # Takes the folder for itself.
            call_command("migrate", interactive=False, verbosity=0)
        self._complete(with_demo=bool(options["demo"]))

    @at_work()
    def _complete(self, *, with_demo: bool) -> None:
        # Development serves the sources themselves.
        if not settings.DEBUG and static_files_are_stale():
            self.stdout.write("正在整理静态文件……")
            collect_static_files()
        if with_demo and database_is_empty():
            self.stdout.write("正在放入演示数据……")
            # Who signs in how is told when the server starts.
            call_command("demo", stdout=StringIO())


@at_work()
def is_behind() -> bool:
    """Tell whether migrations are due; CommandError while the data change hands.

    On SQLite the look alone leaves files beside the database.
    """
    return migrations_are_due()


def migrations_are_due() -> bool:
    """Tell whether the code knows migrations that this database has not seen.

    A database that has seen ones which the code does not know stops the command: older code must
    not write into newer tables.
    """
    try:
        connection.ensure_connection()
    except OperationalError as error:
        reason = str(error).strip()
        raise CommandError(f"连不上数据库，请检查 DATABASE_URL 和数据库服务。{reason}") from error
    executor = MigrationExecutor(connection)
    loader = executor.loader
    unknown = set(loader.applied_migrations) - set(loader.disk_migrations or {})
    newer = sorted(".".join(key) for key in unknown if key[0] in loader.migrated_apps)
    if newer:
        raise CommandError(
            f"这个数据库已由更新的版本改过（{'、'.join(newer[:3])}），这个版本用不了。"
            "装回那个版本，或恢复升级前的备份。"
        )
    return bool(executor.migration_plan(loader.graph.leaf_nodes()))


def database_is_empty() -> bool:
    """Nobody can sign in: neither demo data nor a real installation stands here yet."""
    return not get_user_model()._default_manager.exists()


def static_files_are_stale() -> bool:
    """Compare the sources with those of the last collection; a lost manifest counts as stale."""
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    stamp = stamp_path()
    return not (
        manifest.is_file() and stamp.is_file() and stamp.read_text() == static_fingerprint()
    )


def collect_static_files() -> None:
    """Collect anew. The stamp goes first and comes last: an interrupted run is done again."""
    stamp_path().unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp_path().write_text(static_fingerprint())


def stamp_path() -> Path:
    # Beside the folder, not in it: whitenoise serves whatever lies inside.
    return Path(settings.STATIC_ROOT).with_suffix(".stamp")


def static_fingerprint() -> str:
    """Hash of every source file's name and bytes, and of what turns them into served files."""
    backend = settings.STORAGES["staticfiles"]["BACKEND"]
    digest = hashlib.sha256(f"{django.__version__} {backend}".encode())
    for finder in get_finders():
        for name, storage in finder.list(ignore_patterns=[]):
            digest.update(f"\0{name}\0".encode())
            digest.update(hashlib.sha256(Path(storage.path(name)).read_bytes()).digest())
    return digest.hexdigest()
