"""Addresses of the archive: filing, retention, handbook, batches."""

from django.urls import path

from studyapp.archive.views import batch, filing, handbook

app_name = "archive"
urlpatterns = [
    path("branches/<int:pk>/archive/", filing.filing, name="filing"),
    path("branches/<int:pk>/archive/file/", filing.file_records, name="file_records"),
    path("branches/<int:pk>/archive/retention/", filing.retention, name="retention"),
    path("branches/<int:pk>/archive/handbook/", handbook.handbook, name="handbook"),
    path("archive/batch/", batch.batch, name="batch"),
]
