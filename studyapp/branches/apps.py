"""App configuration."""

from django.apps import AppConfig


class BranchesConfig(AppConfig):
    name = "studyapp.branches"
    label = "branches"
    verbose_name = "组织"
