"""App configuration."""

from django.apps import AppConfig


class SavingConfig(AppConfig):
    name = "studyapp.saving"
    label = "saving"
    verbose_name = "保存"
