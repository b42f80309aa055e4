"""App configuration: what was filed is written down once and never changed."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ArchiveConfig(AppConfig):
    name = "studyapp.archive"
    label = "archive"
    verbose_name = "归档"

    def ready(self) -> None:
        from studyapp.archive import making  # noqa: F401  # names the kinds of long work
        from studyapp.audit import triggers

        triggers.FROZEN += ["archive_filed"]
        post_migrate.connect(triggers.remake, sender=self, dispatch_uid="archive-triggers")
