"""`manage.py migrate`: Django's own, with a proved backup before and the way back after it."""

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.core.management.commands import migrate
from django.db import DEFAULT_DB_ALIAS, connection
from django.utils import timezone

from studyapp.errors import Refused
from studyapp.upkeep import facts, roles
from studyapp.upkeep.engines import engine
from studyapp.upkeep.making import BEFORE_UPDATE, Made, make, usual_folder
from studyapp.upkeep.restoring import put_back
from studyapp.upkeep.swapping import settle_left
from studyapp.web.management.commands.prepare import migrations_are_due
from studyapp.web.occupied import alone, at_work

_KEPT = 3


class Command(migrate.Command):
    """An empty database, or one that is up to date, needs none of this."""

    help = "更新数据库结构：有数据时先停服务、做备份并在副本上试一遍，没更新成就恢复原样"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--no-backup", action="store_true", help="不备份（有别的备份时）")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if told := settle_left():
                self.stdout.write(told)
            with at_work():
                roles.refuse_unknown()
                if options["no_backup"] or not _changes_data(options):
                    self._update(*args, **options)
                    return
            with alone():
                engine().refuse_without_rights()
                engine().refuse_if_in_use()
                self._carefully(_backup(), *args, **options)
        except Refused as refusal:
            raise CommandError(f"数据库没有更新。{refusal}") from refusal

    def _update(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        if not (options["plan"] or options["check_unapplied"]):
            roles.grant()

    def _carefully(self, made: Made, *args: Any, **options: Any) -> None:
        self.stdout.write(f"更新前已备份：{made.path}")
        try:
            self._update(*args, **options)
        except BaseException as error:
            kept = _back(made, error)
            raise CommandError(
                f"数据库更新没有成功，已恢复到更新以前的样子，没有丢内容。原因：{error}。"
                f"备份在 {made.path}，没更新成的留在 {kept}。装回原来的版本，报告开发人员。"
            ) from error


def _changes_data(options: dict[str, Any]) -> bool:
    """Tell whether something is due, in a database where people's work stands."""
    looks = options["plan"] or options["check_unapplied"]
    if looks or options["database"] != DEFAULT_DB_ALIAS:
        return False
    if not options["app_label"] and not migrations_are_due():
        return False
    there = "audit_entry" in connection.introspection.table_names()
    return there and facts.count(DEFAULT_DB_ALIAS, "audit_entry") > 0


def _backup() -> Made:
    return make(folder=usual_folder(), at=timezone.now(), label=BEFORE_UPDATE, keep=_KEPT)


def _back(made: Made, error: BaseException) -> str:
    """Put the database back; CommandError tells how to do it by hand when even that fails."""
    try:
        return put_back(made.path, at=timezone.now())
    except Exception as second:  # noqa: BLE001 - whatever it is, it is told
        raise CommandError(
            f"数据库更新没有成功（{error}），也没能自动恢复（{second}）。先不要启动服务，"
            f"执行 manage.py restore {made.path}。"
        ) from error
