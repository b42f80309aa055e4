"""App configuration: keeps the triggers in place after every migration."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class AuditConfig(AppConfig):
    name = "studyapp.audit"
    label = "audit"
    verbose_name = "审计"

    def ready(self) -> None:
        from studyapp.audit import triggers

        post_migrate.connect(triggers.remake, sender=self, dispatch_uid="audit-triggers")
        pre_migrate.connect(triggers.let_rebuild, sender=self, dispatch_uid="audit-let-rebuild")
