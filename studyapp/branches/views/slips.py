"""First passwords on paper: one slip a person, to cut and hand over. Never shown again."""

from collections.abc import Mapping, Sequence

from django.http import HttpResponse

from studyapp.accounts.models import User
from studyapp.branches import queries
from studyapp.web.requests import Request
from studyapp.web.shortcuts import render_page


def slips_page(
    request: Request,
    given: Sequence[tuple[User, str]],
    *,
    left: int = 0,
    asked: Mapping[str, str] | None = None,
) -> HttpResponse:
    """Show the slips; ``left`` people of the list that was ``asked`` for still wait for theirs."""
    password = {user.pk: words for user, words in given}
    people = queries.listed(password)
    # One branch's slips lie together, whoever they were asked for.
    people.sort(key=lambda user: user.current[0].unit.path if user.current else "")  # type: ignore[attr-defined]
    context = {
        "slips": [(user, password[user.pk]) for user in people],
        "left": left,
        "asked": asked or {},
        "address": request.build_absolute_uri("/login/"),
    }
    return render_page(request, "branches/slips.html", context)
