"""The request as views see it, typed."""

from typing import TYPE_CHECKING

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

if TYPE_CHECKING:
    from studyapp.accounts.models import User


class Request(HttpRequest):
    """A request of a signed-in person, after the htmx middleware."""

    htmx: HtmxDetails
    user: "User"
