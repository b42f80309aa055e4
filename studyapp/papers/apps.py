"""App configuration: what was issued is written down once and never changed."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PapersConfig(AppConfig):
    name = "studyapp.papers"
    label = "papers"
    verbose_name = "文书"

    def ready(self) -> None:
        from studyapp.audit import triggers

        triggers.FROZEN += ["papers_issuedfile"]
        post_migrate.connect(triggers.remake, sender=self, dispatch_uid="papers-triggers")
