"""All addresses; each view declares its access (checked at start)."""

from django.urls import include, path

urlpatterns = [
    path("", include("studyapp.meetings.urls")),
    path("", include("studyapp.dashboards.urls")),
    path("", include("studyapp.accounts.urls")),
    path("", include("studyapp.saving.urls")),
    path("", include("studyapp.jobs.urls")),
    path("", include("studyapp.branches.urls")),
    path("", include("studyapp.papers.urls")),
    path("", include("studyapp.speeches.urls")),
    path("", include("studyapp.minutes.urls")),
    path("", include("studyapp.archive.urls")),
    path("", include("studyapp.audit.urls")),
    path("", include("studyapp.upkeep.urls")),
]
handler400 = "studyapp.web.errors.bad_request"
handler403 = "studyapp.web.errors.forbidden"
handler404 = "studyapp.web.errors.not_found"
handler500 = "studyapp.web.errors.server_error"
