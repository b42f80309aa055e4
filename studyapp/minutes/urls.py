"""Addresses of the records."""

from django.urls import path

from studyapp.minutes.views import (
    changes,
    checking,
    lists,
    objections,
    pages,
    papers,
    returns,
    signing,
)

app_name = "minutes"
urlpatterns = [
    path("minutes/", lists.record_list, name="list"),
    path("meetings/<int:pk>/record/", pages.open_record, name="open"),
    path("minutes/<int:pk>/", pages.detail, name="detail"),
    path("minutes/<int:pk>/edit/", pages.edit, name="edit"),
    path("minutes/<int:pk>/parts/<int:part>/save/", pages.part_save, name="part_save"),
    path("minutes/<int:pk>/parts/<int:part>/history/", pages.part_history, name="part_history"),
    path("minutes/<int:pk>/submit/", pages.submit, name="submit"),
    path("minutes/<int:pk>/return/", signing.return_record, name="return"),
    path("minutes/<int:pk>/confirm/", signing.confirm, name="confirm"),
    path("minutes/<int:pk>/objections/", objections.object_to, name="object_to"),
    path(
        "minutes/<int:pk>/objections/<int:objection>/answer/",
        objections.objection_answer,
        name="objection_answer",
    ),
    path(
        "minutes/<int:pk>/objections/<int:objection>/withdraw/",
        objections.objection_withdraw,
        name="objection_withdraw",
    ),
    path(
        "meetings/<int:pk>/remarks/<int:remark>/take/",
        objections.take_correction,
        name="take_correction",
    ),
    path("minutes/<int:pk>/amend/", signing.amend, name="amend"),
    path("minutes/<int:pk>/send-back/", returns.send_back, name="send_back"),
    path("minutes/<int:pk>/explain/", returns.explain, name="explain"),
    path("minutes/<int:pk>/void/", signing.void, name="void"),
    path("minutes/<int:pk>/scans/", signing.scan_new, name="scan_new"),
    path("minutes/<int:pk>/scans/<int:scan>/", signing.scan, name="scan"),
    path("minutes/<int:pk>/export.<str:suffix>", papers.export, name="export"),
    path("minutes/<int:pk>/print/", papers.paper_print, name="print"),
    path("minutes/<int:pk>/copy/", papers.copy, name="copy"),
    path("minutes/<int:pk>/changes/", changes.compare, name="changes"),
    path("v/", checking.check, name="check"),
    path("v/<str:code>", checking.checked, name="checked"),
]
