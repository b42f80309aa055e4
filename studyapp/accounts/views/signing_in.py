"""Sign-in in one step or two, and sign-out."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth import authenticate, login, logout
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from studyapp.access.decorators import public, signed_in
from studyapp.accounts import actions, resets, second_factor, sign_ins
from studyapp.accounts.browsers import family
from studyapp.accounts.forms import (
    EXPIRED,
    TOO_OFTEN,
    WRONG,
    WRONG_CODE,
    CodeForm,
    SignInForm,
)
from studyapp.accounts.middleware import (
    AGED,
    MISSING,
    SEEN,
    STARTED,
    EndedSignInMiddleware,
    gate_of,
)
from studyapp.accounts.models import User
from studyapp.accounts.notices import LAST
from studyapp.accounts.signed_in import forget, mark_of, remember
from studyapp.audit.actions import record
from studyapp.audit.models import Operation
from studyapp.web.lanes import Lane, in_lane
from studyapp.web.messages import OwnCookieStorage
from studyapp.web.requests import Request
from studyapp.web.shortcuts import safe_next
from studyapp.web.throttle import is_too_often, was_too_often

_BACKEND = "studyapp.accounts.backends.NameBackend"
_HALF = "half_signed_in"
_HALF_SECONDS = 300
_FAILURES = ((30, 300),)
"""So many wrong passwords in five minutes are usual where many share an address."""
_SLOW = ((10, 10),)
"""From then on strangers at that address share ten tries in ten seconds: a lock would hit its
honest people."""
_SLOW_KNOWN = ((1, 2),)
"""A browser in which somebody signed in within 30 days has a try in two seconds of its own: who
floods the address of a duty room, or that of a front server which nobody named, does not keep it
out. All of it per worker (web.throttle). No name that is typed makes a counter."""


def _sign_in_page(request: HttpRequest, form: SignInForm, status: int) -> HttpResponse:
    if _in_place(request):
        sentence = " ".join(str(error) for error in form.non_field_errors())
        return JsonResponse({"asks": "password", "sentence": sentence}, status=status)
    context = {
        "form": form,
        "next": safe_next(request, "/"),
        "ended": EndedSignInMiddleware.sentence(request),
    }
    return render(request, "accounts/sign_in.html", context, status=status)


@public(reason="Strangers sign in here.")
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@in_lane(Lane.SIGN_INS)
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for user name and password; unknown, wrong, locked and disabled look the same."""
    if request.method != "POST":
        if request.user.is_authenticated:
            return redirect(safe_next(request, "/"))
        return _sign_in_page(request, SignInForm(), 200)
    form = SignInForm(request.POST)
    if not form.is_valid():
        return _sign_in_page(request, form, 422)
    if _is_slowed(request):
        form.add_error(None, TOO_OFTEN)
        return _sign_in_page(request, form, 429)
    name = form.cleaned_data["username"]
    user: Any = authenticate(request, username=name, password=form.cleaned_data["password"])
    if user is None:
        locked = getattr(request, "axes_locked_out", False)
        actions.note_refused_sign_in(name, locked=locked, at=timezone.now())
        is_too_often(request, "failed", _FAILURES)
        form.add_error(None, WRONG)
        return _sign_in_page(request, form, 422)
    if second_factor.of(user) is not None:
        return _ask_code(request, user)
    return _let_in(request, user)


def _is_slowed(request: HttpRequest) -> bool:
    """Tell whether this try comes too early, from an address with many wrong passwords."""
    if not was_too_often(request, "failed", _FAILURES):
        return False
    mark = mark_of(request)
    if mark and not is_too_often(request, f"slow-{mark}", _SLOW_KNOWN):
        return False
    return is_too_often(request, "slow", _SLOW)


def _let_in(request: HttpRequest, user: User) -> HttpResponse:
    """Begin the session, note in it what the person is told of the one before, and lead on."""
    now, last = timezone.now(), user.last_login
    before = {"at": last.isoformat() if last else "", "terminal": user.last_terminal}
    with transaction.atomic():
        gone = _end_the_one_before(request, user, at=now)
        login(request, user, backend=_BACKEND)
        if request.session.session_key is None:
            request.session.create()
        browser = family(request.headers.get("User-Agent", ""))
        key = str(request.session.session_key)
        user, failures = sign_ins.begin(user, session_key=key, browser=browser, at=now, over=gone)
    request.session[LAST] = {**before, "failures": failures}
    # What one person's earlier sign-in in this browser left does not count for this one.
    for mark in (_HALF, AGED, MISSING):
        request.session.pop(mark, None)
    request.session[STARTED] = request.session[SEEN] = int(now.timestamp())
    if user.password_runs_out and user.password_runs_out <= now:
        request.session[AGED] = True
    if second_factor.is_missing(user):
        request.session[MISSING] = True
    for sentence in resets.lately(user, at=now):
        messages.warning(request, sentence)
    response: HttpResponse = redirect(safe_next(request, "/"))
    if _in_place(request):
        response = JsonResponse({"person": user.pk, **_first(request, user)})
    remember(response, user.pk)
    response.delete_cookie(EndedSignInMiddleware.cookie, samesite="Lax")
    return response


def _first(request: HttpRequest, user: User) -> dict[str, str]:
    """Tell the dialog what comes before any save, if anything."""
    if not (gate := gate_of(user, request.session, saves=True)):
        return {}
    what = "先改密码" if gate == "accounts:password" else "先设两步验证"
    return {"sentence": f"{what}，再接着写。写的内容都在这一页。", "address": reverse(gate)}


def _end_the_one_before(request: HttpRequest, user: User, *, at: datetime) -> User | None:
    """End the sign-in here of somebody else, whom the caller writes down: rows before the log."""
    before: Any = request.user
    if not before.is_authenticated or before.pk == user.pk:
        return None
    sign_ins.leave(str(request.session.session_key), at=at)
    return User.objects.get(pk=before.pk)


def _ask_code(request: HttpRequest, user: User) -> HttpResponse:
    """Note who gave the right password, and ask for the code: on a page, or in the dialog."""
    request.session[_HALF] = {
        "user": user.pk,
        "hash": user.get_session_auth_hash(),
        "at": timezone.now().timestamp(),
    }
    if _in_place(request):
        return JsonResponse({"asks": "code", "sentence": ""})
    back = urlencode({"next": safe_next(request, "/")})
    return redirect(f"{reverse('accounts:code')}?{back}")


def _half_signed_in(request: HttpRequest) -> User | None:
    """Return who gave the right password within the last minutes."""
    half = request.session.get(_HALF)
    if not half or not 0 <= timezone.now().timestamp() - half["at"] < _HALF_SECONDS:
        return None
    user = User.objects.filter(pk=half["user"], is_active=True).first()
    fits = user and constant_time_compare(half["hash"], user.get_session_auth_hash())
    return user if fits else None


@public(reason="The second step of a sign-in.")
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """Ask for the code; wrong, used and locked look the same."""
    user = _half_signed_in(request)
    if user is None and request.user.is_authenticated and not _in_place(request):
        return redirect(safe_next(request, "/"))
    if user is None:
        anew = SignInForm({})
        anew.errors.clear()
        anew.add_error(None, EXPIRED)
        return _sign_in_page(request, anew, 422 if request.method == "POST" else 200)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if second_factor.accept(user, form.cleaned_data["code"], at=timezone.now()):
            return _let_in(request, user)
        is_too_often(request, "failed", _FAILURES)
        form.add_error("code", WRONG_CODE)
    return _code_page(request, form)


def _code_page(request: HttpRequest, form: CodeForm) -> HttpResponse:
    status = 422 if form.errors else 200
    if _in_place(request):
        sentence = " ".join(str(error) for error in form.errors.get("code", ()))
        return JsonResponse({"asks": "code", "sentence": sentence}, status=status)
    context = {"form": form, "next": safe_next(request, "/")}
    return render(request, "accounts/code.html", context, status=status)


def _in_place(request: HttpRequest) -> bool:
    """Tell whether the sign-in comes from the dialog over a page where somebody is writing.

    It is answered in JSON: the ``person`` who is signed in now, or the step that it ``asks`` for
    next and a ``sentence``. What is checked is the same.
    """
    return request.headers.get("Accept") == "application/json"


def locked_out(request: HttpRequest, response: Any = None, credentials: Any = None) -> HttpResponse:
    """Answer a locked account with the same words and status as a wrong password."""
    form = SignInForm(request.POST)
    form.is_valid()
    if not form.non_field_errors():
        form.add_error(None, WRONG)
    return _sign_in_page(request, form, 422)


@signed_in(reason="Ends the own sign-in.")
@require_POST
def sign_out(request: Request) -> HttpResponse:
    """End this sign-in."""
    user = request.user
    with transaction.atomic():
        sign_ins.leave(str(request.session.session_key), at=timezone.now())
        logout(request)
        record("退出", operation=Operation.SIGN_OUT, by=user, target=user.username)
    response = redirect("accounts:sign_in")
    forget(response)
    response.delete_cookie(OwnCookieStorage.cookie_name, samesite="Lax")
    return response
