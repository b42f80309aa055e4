"""The session, where it cannot be written."""

from django.conf import settings
from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse

from studyapp.web.storage import trouble


class PatientSessionMiddleware(SessionMiddleware):
    """Django's own, but a page that needs no write is not lost to the session's.

    With a full disk everything can still be read. What a signed-in person's session would have
    stored after an answer is the time of it and a notice: the answer itself stands.
    """

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Store the session if it can be stored; a new sign-in must be."""
        try:
            return super().process_response(request, response)
        except (SessionInterrupted, DatabaseError) as error:
            # Django tells of a failed write as of a session that somebody else has ended.
            known = request.session.session_key == request.COOKIES.get(settings.SESSION_COOKIE_NAME)
            if trouble(error) is None or not known:
                raise
            return response
