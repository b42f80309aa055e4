"""App configuration: the database itself keeps versions, confirmations and scans as they are."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class MinutesConfig(AppConfig):
    name = "studyapp.minutes"
    label = "minutes"
    verbose_name = "会议记录"

    def ready(self) -> None:
        from studyapp.audit import triggers

        triggers.FROZEN += [
            "minutes_signedversion",
            "minutes_confirmation",
            "minutes_scan",
            "minutes_voided",
        ]
        triggers.IN_ORDER += [
            triggers.Order(
                "minutes_signedversion", number="sequence", hash="link", within="unit_id"
            )
        ]
        post_migrate.connect(triggers.remake, sender=self, dispatch_uid="minutes-triggers")
