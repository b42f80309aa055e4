"""App configuration: registers the check."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "studyapp.access"
    label = "access"

    def ready(self) -> None:
        from studyapp.access import checks  # noqa: F401  # registers itself
