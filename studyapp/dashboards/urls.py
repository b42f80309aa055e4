"""Addresses of the start page."""

from django.urls import path

from studyapp.dashboards import views

app_name = "dashboards"
urlpatterns = [
    path("", views.today, name="today"),
]
