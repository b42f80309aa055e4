"""批量导出: choose signed records, get their papers in one zip."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from studyapp.access.decorators import signed_in
from studyapp.accounts import again
from studyapp.archive import rights
from studyapp.archive.batch import MOST, names_of
from studyapp.archive.forms import BatchFilter, ChoiceForm
from studyapp.archive.holdings import newest_signed
from studyapp.errors import Refused
from studyapp.jobs import actions as jobs
from studyapp.jobs.runner import look_after
from studyapp.web.requests import Request
from studyapp.web.shortcuts import render_page


@signed_in(reason="Lists only signed records that the person may see.", offices=False)
@require_http_methods(["GET", "POST"])
def batch(request: Request) -> HttpResponse:
    """The signed records of a unit, year and kind; papers of the chosen ones become one zip."""
    wanted = BatchFilter(request.GET or None, reader=request.user)
    # The list shows what the meetings are called, not what was said there.
    large = ("content", "signatures", "objections")
    found = wanted.narrow(newest_signed(request.user).defer(*large))
    listed, count = list(found[:MOST]), found.count()
    records = [version.record for version in listed]
    asks = rights.any_beyond(request.user, records) and not again.is_fresh(request)
    form = ChoiceForm(request.POST or None, listed=[record.pk for record in records])
    if request.method == "POST" and asks:
        return again.ask(request.get_full_path())
    if request.method == "POST" and form.is_valid():
        params = form.params
        title = f"批量导出{names_of(params['papers'])}（{len(params['records'])}次会议）"
        try:
            job = jobs.start(
                "batch", title=title, params=params, by=request.user, at=timezone.now()
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            look_after(timezone.now())
            return redirect("jobs:detail", job.pk)
    context = {
        "filter": wanted,
        "form": form,
        "versions": listed,
        "count": count,
        "most": MOST,
        "asks": asks,
        "chosen": request.POST.getlist("record"),
    }
    status = 422 if form.errors else 200
    return render_page(request, "archive/batch.html", context, status=status)
