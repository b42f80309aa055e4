"""版式 of a unit: 国标, that of a unit above, or its own."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from studyapp.access.decorators import requires
from studyapp.access.permissions import P
from studyapp.branches.models import Unit
from studyapp.documents.layout import GB
from studyapp.errors import Refused, Stale
from studyapp.papers import actions
from studyapp.papers.consequences import refusal, summary, warnings
from studyapp.papers.delivery import WRITERS, attachment, rendered
from studyapp.papers.forms import FIELDS, NOT_SURE, ClearForm, ProfileForm
from studyapp.papers.models import PaperProfile
from studyapp.papers.queries import profile_for
from studyapp.papers.sample import sample
from studyapp.web.requests import Request
from studyapp.web.shortcuts import render_page


@requires(P.PAPER_LAYOUT, on=Unit)
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: Request, unit: Unit) -> HttpResponse:
    """See and change how the unit's papers look; ?standard=1 fills in what 国标 says."""
    if request.method != "POST":
        shown = PaperProfile(unit=unit) if "standard" in request.GET else profile_for(unit)
        return _page(request, unit, _form(unit, shown), shown)
    if request.POST.get("then") == "clear":
        return _clear(request, unit)
    draft = PaperProfile(unit=unit)
    form = ProfileForm(request.POST, instance=draft)
    if not form.is_valid():
        return _page(request, unit, form, None, status=422)
    then = request.POST.get("then", "")
    try:
        if then in WRITERS:
            return _preview(draft, then)
        values = {name: form.cleaned_data[name] for name in FIELDS}
        seen = form.cleaned_data["seen"]
        actions.set_profile(unit, seen=seen, values=values, by=request.user, at=timezone.now())
    except Stale as error:
        words = form.compare(PaperProfile.objects.filter(unit=unit).first())
        form.add_error(None, words)
        return _page(request, unit, form, draft, status=error.status)
    except Refused as error:
        form.add_error(None, str(error))
        return _page(request, unit, form, draft, status=error.status)
    messages.success(request, "版式已存，下一份文书就这样排。")
    return redirect("papers:profile", unit.pk)


def _clear(request: Request, unit: Unit) -> HttpResponse:
    giving_up = ClearForm(request.POST)
    if not giving_up.is_valid():
        return _kept(request, unit, Refused(NOT_SURE))
    try:
        actions.clear_profile(unit, seen=giving_up.cleaned_data["seen"], by=request.user)
    except Refused as error:
        return _kept(request, unit, error)
    messages.success(request, "本单位的版式已取消。")
    return redirect("papers:profile", unit.pk)


def _kept(request: Request, unit: Unit, error: Refused) -> HttpResponse:
    """The page as it is now, with the reason why the layout was not given up."""
    shown = profile_for(unit)
    form = _form(unit, shown)
    return _page(request, unit, form, shown, status=error.status, problem=str(error))


def _form(unit: Unit, shown: PaperProfile) -> ProfileForm:
    """Return the form filled from what applies now, whose stored state is that of the unit."""
    own = PaperProfile.objects.filter(unit=unit).first()
    initial = {"seen": own.state if own else ""}
    return ProfileForm(instance=shown, initial=initial)


def _preview(draft: PaperProfile, suffix: str) -> HttpResponse:
    """A sample in the layout that was typed. Nothing is stored: it is no paper of the unit."""
    if words := refusal(draft.layout):
        raise Refused(words)
    data = rendered(sample(draft), suffix, draft.layout)
    return attachment(data, f"版式样张.{suffix}", WRITERS[suffix][1])


def _page(
    request: Request,
    unit: Unit,
    form: ProfileForm,
    shown: PaperProfile | None,
    *,
    status: int = 200,
    problem: str = "",
) -> HttpResponse:
    """The page: what applies and from where, the form, what its values come to."""
    now = profile_for(unit)
    above = profile_for(unit.parent) if unit.parent else None
    context = {
        "unit": unit,
        "form": form,
        "giving_up": ClearForm(initial=form.initial, auto_id="clear-%s"),
        "now": now,
        "own": bool(now.state) and now.unit_id == unit.pk,
        "above": above if above and above.state else None,
        "summary": summary(shown.layout) if shown else "",
        "warnings": warnings(shown.layout) if shown else [],
        "is_standard": shown is not None and shown.layout == GB,
        "problem": problem,
    }
    return render_page(request, "papers/profile.html", context, status=status)
