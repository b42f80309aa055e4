"""The question «anything new?» of a page that stands open."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from studyapp.access.decorators import public
from studyapp.meetings import news as numbers


@public(reason="A signed address; it tells a number and no word of the meeting.")
@require_GET
def news(request: HttpRequest, token: str) -> HttpResponse:
    """Answer 204 while the number is still ``?v=``, else the newest number; 410 when it ran out."""
    meeting = numbers.asked_for(token, timezone.now())
    if meeting is None:
        return HttpResponse(status=HTTPStatus.GONE)
    number = str(numbers.newest(meeting))
    if request.GET.get("v") == number:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    return HttpResponse(number, content_type="text/plain")
