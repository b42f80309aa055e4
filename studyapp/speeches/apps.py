"""App configuration."""

from django.apps import AppConfig


class SpeechesConfig(AppConfig):
    name = "studyapp.speeches"
    label = "speeches"
    verbose_name = "学习材料"
