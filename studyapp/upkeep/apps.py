"""App configuration."""

from django.apps import AppConfig


class UpkeepConfig(AppConfig):
    name = "studyapp.upkeep"
    label = "upkeep"
    verbose_name = "运行维护"
