"""Addresses of speeches."""

from django.urls import path

from studyapp.speeches.views import bringing_in, papers, provenance, reading, review

app_name = "speeches"
urlpatterns = [
    path("speeches/", reading.speech_list, name="list"),
    path("speeches/new/", bringing_in.new, name="new"),
    path("speeches/<int:pk>/", reading.detail, name="detail"),
    path("speeches/<int:pk>/position/", reading.position, name="position"),
    path("speeches/<int:pk>/original/", reading.original, name="original"),
    path("speeches/<int:pk>/paper/", papers.paper, name="paper"),
    path("speeches/<int:pk>/paper.<str:suffix>", papers.paper, name="paper_file"),
    path("speeches/<int:pk>/version/", bringing_in.version, name="version"),
    path("speeches/<int:pk>/review/", review.review, name="review"),
    path("speeches/<int:pk>/dismiss/", review.dismiss, name="dismiss"),
    path("speeches/<int:pk>/details/", provenance.details, name="details"),
    path("speeches/<int:pk>/vouch/", provenance.vouch, name="vouch"),
    path("speeches/<int:pk>/release/", provenance.release, name="release"),
    path("speeches/<int:pk>/send/", provenance.send, name="send"),
    path("speeches/<int:pk>/withdraw/", provenance.withdraw, name="withdraw"),
    path("speeches/<int:pk>/reinstate/", provenance.reinstate, name="reinstate"),
    path("speeches/<int:pk>/themes/<int:theme>/", review.theme, name="theme"),
    path("speeches/<int:pk>/passages/<int:passage>/", review.passage, name="passage"),
    path("speeches/<int:pk>/passages/<int:passage>/cut/", review.cut, name="cut"),
    path("themes/<int:pk>/", reading.place, name="place"),
]
