"""Addresses of long work."""

from django.urls import path

from studyapp.jobs import views

app_name = "jobs"
urlpatterns = [
    path("jobs/", views.job_list, name="list"),
    path("jobs/<int:pk>/", views.detail, name="detail"),
    path("jobs/<int:pk>/progress/", views.progress, name="progress"),
    path("jobs/<int:pk>/cancel/", views.cancel, name="cancel"),
    path("jobs/<int:pk>/again/", views.again, name="again"),
    path("jobs/<int:pk>/file/", views.file, name="file"),
]
