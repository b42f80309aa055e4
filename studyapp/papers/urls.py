"""Addresses."""

from django.urls import path

from studyapp.papers import views

app_name = "papers"
urlpatterns = [path("branches/<int:pk>/papers/", views.profile, name="profile")]
