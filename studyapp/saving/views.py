"""A person's own working copies, the key for what their browser keeps, and held forms."""

from urllib.parse import urlsplit

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from studyapp.access.decorators import signed_in
from studyapp.errors import Refused
from studyapp.saving import actions, history
from studyapp.saving.contract import answer, posted, refusal, saves
from studyapp.saving.held import FORMS, Form, said
from studyapp.saving.models import LONGEST_KEY, HeldPost
from studyapp.saving.queries import valid_key, working_copy
from studyapp.web.requests import Request
from studyapp.web.shortcuts import is_ours, render_page, safe_next


@signed_in(reason="Stores a working copy of one's own; nobody else ever reads it.")
@require_POST
@saves
def copy(request: Request, name: str) -> HttpResponse:
    """Save the own working copy ``name``."""
    if len(name) > LONGEST_KEY:
        raise Http404
    try:
        outcome = actions.save(
            name, owner=request.user, by=request.user, at=timezone.now(), **posted(request)
        )
    except Refused as error:
        return refusal(error)
    return answer(outcome)


@signed_in(reason="Empties a working copy of one's own.")
@require_POST
def drop(request: Request, name: str) -> HttpResponse:
    """Empty the own working copy ``name``: its words are not wanted."""
    actions.drop(name, owner=request.user, at=timezone.now())
    return redirect(safe_next(request, "/"))


@signed_in(reason="Shows earlier wordings of a working copy of one's own.")
@require_http_methods(["GET", "POST"])
def copy_history(request: Request, name: str) -> HttpResponse:
    """What the own working copy ``name`` said before; a post brings a wording back into it."""
    text = working_copy(name, request.user)
    if text is None:
        raise Http404
    return history.serve(
        request,
        key=name,
        owner=request.user,
        title="没提交的内容",
        back=safe_next(request, "/"),
        up="接着写",
        now=actions.taken_over(text.body),
        restore=lambda pk: actions.restore_copy(
            name, owner=request.user, wording=pk, at=timezone.now()
        ),
    )


@signed_in(reason="Gives a person the key to what their own browser keeps.")
@require_POST
@saves
def local_key(request: Request) -> HttpResponse:
    """Return the key with which this person's browser encrypts local copies, for 24 hours."""
    now = timezone.now()
    # Every page with a field asks: only the first of a day has to write.
    key = valid_key(request.user, now) or actions.local_key(request.user, at=now)
    return JsonResponse({"person": request.user.pk, "key": key.secret})


@signed_in(reason="Shows a held form to the person who wrote it; anybody else goes home.")
@require_http_methods(["GET", "POST"])
def held(request: Request, pk: int) -> HttpResponse:
    """Offer to send a form again that came after the sign-in had ended; POST forgets it."""
    found = HeldPost.objects.filter(pk=pk, person=request.user).first()
    if found is None:
        return redirect("dashboards:today")
    # Back to the page it stood on; not to its address: that of a button is no page.
    back = found.came_from if is_ours(request, found.came_from) else reverse("dashboards:today")
    if request.method == "POST":
        actions.release_post(found)
        return redirect(back)
    form = _form(found)
    context = {"held": found, "what": form.what, "said": said(form, found.fields)}
    return render_page(request, "saving/held.html", context)


def _form(held: HeldPost) -> Form:
    """Return which form it is; one without a name where an update has taken its address away."""
    try:
        name = resolve(urlsplit(held.path).path).view_name
    except Resolver404:
        name = ""
    return FORMS.get(name) or Form("")
