"""Addresses of speeches."""

from django.urls import path

from studyapp.speeches.views import bringing_in, reading, review

app_name = "speeches"
urlpatterns = [
    path("speeches/", reading.speech_list, name="list"),
    path("speeches/new/", bringing_in.new, name="new"),
    path("speeches/<int:pk>/", reading.detail, name="detail"),
    path("speeches/<int:pk>/position/", reading.position, name="position"),
    path("speeches/<int:pk>/original/", reading.original, name="original"),
    path("speeches/<int:pk>/version/", bringing_in.version, name="version"),
    path("speeches/<int:pk>/review/", review.review, name="review"),
    path("speeches/<int:pk>/details/", review.details, name="details"),
    path("speeches/<int:pk>/vouch/", review.vouch, name="vouch"),
    path("speeches/<int:pk>/release/", review.release, name="release"),
    path("speeches/<int:pk>/send/", review.send, name="send"),
    path("speeches/<int:pk>/themes/<int:theme>/", review.theme, name="theme"),
    path("speeches/<int:pk>/passages/<int:passage>/", review.passage, name="passage"),
    path("speeches/<int:pk>/passages/<int:passage>/cut/", review.cut, name="cut"),
]
