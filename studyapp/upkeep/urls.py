"""Addresses for monitoring and of the status page."""

from django.urls import path

from studyapp.upkeep import views

app_name = "upkeep"
urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("admin/status/", views.status, name="status"),
]
