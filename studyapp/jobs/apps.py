"""App configuration."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "studyapp.jobs"
    label = "jobs"
    verbose_name = "后台任务"
