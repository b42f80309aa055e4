"""What changed from one signed version of a record to a later one."""

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_GET

from studyapp.access.decorators import requires
from studyapp.access.permissions import P
from studyapp.minutes import changes
from studyapp.minutes.content import read
from studyapp.minutes.models import Record, SignedVersion
from studyapp.web.requests import Request
from studyapp.web.shortcuts import render_page, whole_number

_FIGURES = 9


@requires(P.RECORD_READ, on=Record)
@require_GET
def compare(request: Request, record: Record) -> HttpResponse:
    """?from=1&to=2, or the two newest; with the reason of each correction and who signed it."""
    versions = {version.number: version for version in record.versions.order_by("number")}
    context = {"record": record, "meeting": record.meeting, "versions": versions.values()}
    if len(versions) > 1:
        old, new = _asked(request, versions)
        contents = {number: read(versions[number].content) for number in versions}
        context |= {
            "old": old,
            "new": new,
            "changes": changes.between(contents[old.number], contents[new.number]),
            "steps": [
                {
                    "version": versions[number],
                    "reason": (contents[number]["amends"] or {}).get("reason", ""),
                    "signatures": changes.signatures(versions[number]),
                }
                for number in sorted(versions)
                if old.number <= number <= new.number
            ],
        }
    return render_page(request, "minutes/changes.html", context)


def _asked(
    request: Request, versions: dict[int, SignedVersion]
) -> tuple[SignedVersion, SignedVersion]:
    newest = max(versions)
    # 0 is no version: they are counted from 1.
    to = whole_number(request.GET.get("to", str(newest)), _FIGURES) or 0
    start = whole_number(request.GET.get("from", str(to - 1)), _FIGURES) or 0
    if start not in versions or to not in versions or start >= to:
        raise Http404
    return versions[start], versions[to]
