"""The own second factor: switched on with the telephone at hand, switched off, recovery codes."""

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from studyapp.access.decorators import signed_in
from studyapp.accounts import again, totp
from studyapp.accounts import second_factor as factors
from studyapp.accounts.forms import CodeForm
from studyapp.accounts.middleware import MISSING
from studyapp.accounts.models import SecondFactor
from studyapp.documents import qr
from studyapp.errors import Refused
from studyapp.web.requests import Request
from studyapp.web.shortcuts import render_page, safe_next

View = Callable[[Request], HttpResponse]


def _address(request: Request) -> str:
    """Return the address of the page, with the way on to where setting it up was asked for."""
    page, onward = reverse("accounts:second_factor"), safe_next(request, "")
    return f"{page}?{urlencode({'next': onward})}" if onward else page


def _proved(view: View) -> View:
    """Ask for the password first, wherever it was not typed within ten minutes."""

    @wraps(view)
    def inner(request: Request) -> HttpResponse:
        if not again.is_fresh(request):
            return again.ask(_address(request))
        return view(request)

    return inner


def _page(
    request: Request,
    *,
    form: CodeForm | None = None,
    codes: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    factor = SecondFactor.objects.filter(user=request.user).first()
    context: dict[str, object] = {
        "factor": factor,
        "form": form or CodeForm(),
        "codes": codes,
        "next": safe_next(request, ""),
    }
    if factor and factor.confirmed_at:
        context["left"] = factor.recovery_codes.filter(used_at__isnull=True).count()
        context["demanded"] = bool(request.user.office and settings.SECOND_FACTOR == "offices")
    elif factor and (secret := factors.secret_of(factor)):
        address = totp.address(secret, site=settings.SITE_NAME, name=request.user.username)
        context["square"] = qr.squares.__wrapped__(address)  # a secret is kept in no memory
        context["spelled"] = totp.spelled(secret)
    return render_page(request, "accounts/second_factor.html", context, status=status)


@signed_in(reason="Own second factor.")
@require_GET
@_proved
def second_factor(request: Request) -> HttpResponse:
    """What is switched on, or how to."""
    return _page(request)


@signed_in(reason="Own second factor.")
@require_POST
@_proved
def second_begin(request: Request) -> HttpResponse:
    """Make a secret for the telephone."""
    factors.begin(request.user)
    return redirect(_address(request))


@signed_in(reason="Own second factor.")
@require_POST
@_proved
def second_confirm(request: Request) -> HttpResponse:
    """Switch it on with the first code; the recovery codes are shown this once."""
    form = CodeForm(request.POST)
    codes = None
    if form.is_valid():
        try:
            codes = factors.confirm(request.user, form.cleaned_data["code"], at=timezone.now())
        except Refused as refusal:
            form.add_error("code", str(refusal))
        else:
            request.session.pop(MISSING, None)
    return _page(request, form=form, codes=codes, status=422 if form.errors else 200)


@signed_in(reason="Own second factor.")
@require_POST
@_proved
def second_codes(request: Request) -> HttpResponse:
    """Make new recovery codes, shown this once."""
    return _page(request, codes=factors.renew_codes(request.user))


@signed_in(reason="Own second factor.")
@require_POST
@_proved
def second_remove(request: Request) -> HttpResponse:
    """Switch it off."""
    factors.remove(request.user, by=request.user)
    messages.success(request, "两步验证已关闭。")
    return redirect("accounts:me")
