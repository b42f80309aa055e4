"""Addresses of the archive: filing, retention, ledgers, package, handbook, batches."""

from django.urls import path

from studyapp.archive.views import batch, filing, handbook, ledgers, package

app_name = "archive"
urlpatterns = [
    path("branches/<int:pk>/archive/", filing.filing, name="filing"),
    path("branches/<int:pk>/archive/file/", filing.file_records, name="file_records"),
    path("branches/<int:pk>/archive/retention/", filing.retention, name="retention"),
    path("branches/<int:pk>/archive/handbook/", handbook.handbook, name="handbook"),
    path("branches/<int:pk>/archive/package/", package.package, name="package"),
    path("branches/<int:pk>/archive/ledger/", ledgers.ledger, name="ledger"),
    path(
        "branches/<int:pk>/archive/ledger/<slug:name>.<str:suffix>",
        ledgers.ledger_file,
        name="ledger_file",
    ),
    path("archive/batch/", batch.batch, name="batch"),
]
