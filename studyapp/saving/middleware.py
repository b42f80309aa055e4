"""A form that arrives after the sign-in has ended is held for its writer."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils import timezone

from studyapp.accounts.middleware import gate_before
from studyapp.accounts.models import User
from studyapp.accounts.signed_in import last_person
from studyapp.saving import actions
from studyapp.web.middleware import lead_to
from studyapp.web.shortcuts import SECRET, typed_texts

LONGEST_HELD = 200_000
"""Characters of all fields together; ten full notes."""


class SamePersonMiddleware:
    """Refuse a save from a page that was made for somebody else.

    One browser has one sign-in: whoever signs in in a second tab is also who the first tab's saves
    come from. That page says for whom it was made, and asks for the password of that person.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Compare the page's person with who is signed in."""
        made_for = request.headers.get("X-Person")
        if made_for and request.user.is_authenticated and made_for != str(request.user.pk):
            return HttpResponse(status=401, headers={"HX-Trigger": "session-expired"})
        return self.get_response(request)


class HeldPostMiddleware:
    """Hold posted words of a person whose sign-in has ended, and lead back to them.

    Who it was stands in a signed cookie that the sign-in left. Works without script; with script
    the dialog of static/js/session.js comes first and nothing has to be held.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """Hold what a stranger posts to a closed page, if the cookie says who it was.

        And what somebody posts who first has to choose a new password or set up a second factor.
        What is held is posted again by its writer, through the same gates.
        """
        if request.method != "POST" or request.headers.get("X-Saving"):
            return None
        if not getattr(view, "login_required", True) or not typed_texts(request):
            return None
        if request.user.is_authenticated:
            gate = gate_before(request, view)
            return self._hold(request, request.user, gate) if gate else None
        number = last_person(request)
        person = User.objects.filter(pk=number, is_active=True).first() if number else None
        return self._hold(request, person, settings.LOGIN_URL) if person else None

    @staticmethod
    def _hold(request: HttpRequest, person: User, first: str) -> HttpResponseBase | None:
        """Hold the form and lead to ``first``, from there to the form; None for too long a one."""
        fields = [
            (name.replace("\x00", ""), value.replace("\x00", ""))
            for name, values in request.POST.lists()
            if name not in SECRET
            for value in values
        ]
        if sum(len(value) for _, value in fields) > LONGEST_HELD:
            return None
        held = actions.hold_post(
            person, path=request.get_full_path()[:500], fields=fields, at=timezone.now()
        )
        back = urlencode({"next": reverse("saving:held", args=[held.pk])})
        return lead_to(request, f"{resolve_url(first)}?{back}")
