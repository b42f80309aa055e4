"""Addresses of the start page and the health page."""

from django.urls import path

from studyapp.dashboards import views

app_name = "dashboards"
urlpatterns = [
    path("", views.today, name="today"),
    path("healthz", views.healthz, name="healthz"),
]
