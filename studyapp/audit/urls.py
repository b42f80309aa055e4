"""Addresses of the audit log."""

from django.urls import path

from studyapp.audit import views

app_name = "audit"
urlpatterns = [
    path("admin/audit/", views.entry_list, name="list"),
    path("admin/audit/verify/", views.verify, name="verify"),
    path("admin/audit/export/", views.export, name="export"),
]
