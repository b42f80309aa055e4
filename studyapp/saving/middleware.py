"""A form that arrives after the sign-in has ended is held for its writer."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from django.utils import timezone

from studyapp.accounts.middleware import gate_before
from studyapp.accounts.models import User
from studyapp.accounts.signed_in import last_person
from studyapp.saving import actions
from studyapp.saving.held import FORMS
from studyapp.saving.models import HeldPost
from studyapp.web.middleware import came_from, keep_shown, lead_to
from studyapp.web.shortcuts import SECRET, typed_texts, whole_number, words_of
from studyapp.web.throttle import is_too_often

LONGEST_HELD = 200_000
"""Characters of all fields together; ten full notes."""
OFTEN = ((20, 600),)
"""So many forms in ten minutes are held for one address; of the next the words are shown."""
HELD = "held_form"
"""Field of a form that is sent again: which one it is."""


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
        """Forget what was held once it is taken: not before, or a refusal would lose it."""
        response = self.get_response(request)
        sent: HeldPost | None = getattr(request, "sent_again", None)
        if sent and response.status_code < HTTPStatus.BAD_REQUEST:
            actions.release_post(sent)
        return response

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
            if not gate:
                return self._sent_again(request, request.user)
            return self._hold(request, request.user, gate) or keep_shown(request, resolve_url(gate))
        number = last_person(request)
        person = User.objects.filter(pk=number, is_active=True).first() if number else None
        return self._hold(request, person, settings.LOGIN_URL) if person else None

    @staticmethod
    def _sent_again(request: HttpRequest, person: User) -> HttpResponseBase | None:
        """Note which held form this is; one that is gone was taken already, and is not twice."""
        if HELD not in request.POST:
            return None
        number = whole_number(request.POST[HELD], 18)
        found = HeldPost.objects.filter(pk=number, person=person).first() if number else None
        request.sent_again = found  # type: ignore[attr-defined]
        if found:
            return None
        messages.info(request, "这份内容提交过了，或者你说过不提交。")
        return redirect("dashboards:today")

    @staticmethod
    def _hold(request: HttpRequest, person: User, first: str) -> HttpResponseBase | None:
        """Hold the form and lead to ``first``, from there to the form.

        None where it is not held: no form for words, too long, too many.
        """
        name = request.resolver_match.view_name if request.resolver_match else ""
        if name not in FORMS:
            return None
        fields = [
            (name.replace("\x00", ""), value.replace("\x00", ""))
            for name, values in request.POST.lists()
            if name not in {*SECRET, HELD}
            for value in values
        ]
        if sum(len(value) for _, value in fields) > LONGEST_HELD or not words_of(fields):
            return None
        if is_too_often(request, "held", OFTEN):
            return None
        held = actions.hold_post(
            person,
            path=request.get_full_path()[:500],
            came_from=came_from(request),
            fields=fields,
            at=timezone.now(),
        )
        back = urlencode({"next": reverse("saving:held", args=[held.pk])})
        return lead_to(request, f"{resolve_url(first)}?{back}")
