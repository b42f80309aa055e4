"""今日."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET

from studyapp.access.decorators import signed_in
from studyapp.accounts.models import Office
from studyapp.accounts.notices import notices
from studyapp.branches.queries import acts_in_a_branch
from studyapp.dashboards import queries
from studyapp.meetings.leave import obstacle, standings
from studyapp.meetings.queries import units_to_schedule
from studyapp.web.requests import Request
from studyapp.web.shortcuts import render_page


@signed_in(reason="Start page: shows only what the person may see.")
@require_GET
def today(request: Request) -> HttpResponse:
    """今日: the next meeting and its themes, what waits for me, my drafts, what others posted."""
    user = request.user
    if user.office == Office.AUDIT:
        return redirect("audit:list")
    if user.office:
        return redirect("branches:admin")
    upcoming = list(queries.next_meetings(user))
    coming = upcoming[0] if upcoming else None
    now = timezone.now()
    mine = standings(user, upcoming)
    own = mine.get(coming.pk) if coming else None
    context = {
        "now": now,
        "own": own,
        "may_ask": bool(coming and own and not obstacle(coming, own, at=now)),
        "home": queries.home(user),
        "next": coming,
        "themes": queries.themes(user, coming) if coming else [],
        "later": [(meeting, mine.get(meeting.pk)) for meeting in upcoming[1:]],
        "is_organ": queries.acts_for_organ(user),
        "signed": queries.signed_below(user),
        "notes": queries.new_notes(user),
        "tasks": queries.tasks(user),
        "drafts": queries.drafts(user),
        "texts": queries.texts(user),
        "reading": queries.reading(user),
        "may_write": acts_in_a_branch(user),
        "may_schedule": bool(units_to_schedule(user)),
        **notices(request),
    }
    return render_page(request, "dashboards/today.html", context)
