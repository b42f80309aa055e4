"""Addresses of saving."""

from django.urls import path

from studyapp.saving import views

app_name = "saving"
urlpatterns = [
    path("copies/<slug:name>/", views.copy, name="copy"),
    path("copies/<slug:name>/drop/", views.drop, name="drop"),
    path("copies/<slug:name>/history/", views.copy_history, name="copy_history"),
    path("local-key/", views.local_key, name="local_key"),
    path("held/<int:pk>/", views.held, name="held"),
]
