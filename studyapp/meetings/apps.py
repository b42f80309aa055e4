"""App configuration."""

from django.apps import AppConfig


class MeetingsConfig(AppConfig):
    name = "studyapp.meetings"
    label = "meetings"
    verbose_name = "学习会"
