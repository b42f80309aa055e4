"""Addresses of the archive: handbook, batches."""

from django.urls import path

from studyapp.archive.views import batch, handbook

app_name = "archive"
urlpatterns = [
    path("branches/<int:pk>/archive/handbook/", handbook.handbook, name="handbook"),
    path("archive/batch/", batch.batch, name="batch"),
]
