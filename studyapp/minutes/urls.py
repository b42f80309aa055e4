"""Addresses of the records."""

from django.urls import path

from studyapp.minutes import views

app_name = "minutes"
urlpatterns = [
    path("minutes/", views.record_list, name="list"),
    path("meetings/<int:pk>/record/", views.open_record, name="open"),
    path("minutes/<int:pk>/", views.detail, name="detail"),
    path("minutes/<int:pk>/edit/", views.edit, name="edit"),
    path("minutes/<int:pk>/submit/", views.submit, name="submit"),
    path("minutes/<int:pk>/return/", views.return_record, name="return"),
    path("minutes/<int:pk>/confirm/", views.confirm, name="confirm"),
    path("minutes/<int:pk>/amend/", views.amend, name="amend"),
    path("minutes/<int:pk>/scans/", views.scan_new, name="scan_new"),
    path("minutes/<int:pk>/scans/<int:scan>/", views.scan, name="scan"),
    path("minutes/<int:pk>/export.<str:suffix>", views.export, name="export"),
    path("minutes/<int:pk>/print/", views.paper_print, name="print"),
    path("minutes/<int:pk>/copy/", views.copy, name="copy"),
]
