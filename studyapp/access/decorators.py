"""Every view declares who may open it; loading the object is the check (ADR 0003)."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Protocol, TypeVar, cast

from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from studyapp.access.permissions import P
from studyapp.access.roles import Role, allows

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


@dataclass(frozen=True)
class Access:
    """What a view declared: ``kind`` is public, signed-in, content, office or object."""

    kind: str
    permission: P | None = None
    model: type[Model] | None = None
    reason: str = ""


class Protected(Protocol):
    """What a model must offer to be loaded by :func:`requires`."""

    def roles_for(self, user: Any) -> frozenset[Role]:
        """Return how ``user`` stands to this object; empty for strangers."""


def may(user: Any, permission: P, target: object) -> bool:
    """Tell whether ``user`` may do ``permission`` on ``target`` (for buttons and actions)."""
    return allows(cast(Protected, target).roles_for(user), permission)


def public(*, reason: str) -> Callable[[View], View]:
    """Open a view to everyone; ``reason`` says why that is right."""

    def decorate(view: View) -> View:
        view.access = Access("public", reason=reason)  # type: ignore[attr-defined]
        view.login_required = False  # type: ignore[attr-defined]
        return view

    return decorate


def signed_in(*, reason: str, offices: bool = True) -> Callable[[View], View]:
    """Open a view to every signed-in person: it shows only what is theirs.

    ``offices=False`` is for pages of content: for an administrator they do not exist (三员分立).
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not offices and cast(Any, request.user).offices:
                raise Http404
            return view(request, *args, **kwargs)

        kind = "signed-in" if offices else "content"
        inner.access = Access(kind, reason=reason)  # type: ignore[attr-defined]
        return cast(View, inner)

    return decorate


def office(permission: P) -> Callable[[View], View]:
    """Open a view to the administrators who hold ``permission``; others see 404."""

    def decorate(view: View) -> View:
        @wraps(view)
        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not allows(cast(Any, request.user).offices, permission):
                raise Http404
            return view(request, *args, **kwargs)

        inner.access = Access("office", permission)  # type: ignore[attr-defined]
        return cast(View, inner)

    return decorate


def requires(
    permission: P, *, on: type[Model], arg: str = "pk", joined: tuple[str, ...] = ()
) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Load the ``on`` object named by URL argument ``arg`` and pass it to the view.

    Invisible or missing objects are 404, visible ones without the permission 403. The view
    receives the object in place of the argument, with the related rows ``joined`` by one query.
    """

    def decorate(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            key = kwargs.pop(arg)
            manager = cast(Any, on)._default_manager
            found = manager.visible_to(request.user).filter(pk=key)
            target = (found.select_related(*joined) if joined else found).first()
            if target is None:
                raise Http404
            if not may(request.user, permission, target):
                raise PermissionDenied(permission.value)
            return view(request, target, *args, **kwargs)

        inner.access = Access("object", permission, on)  # type: ignore[attr-defined]
        return inner

    return decorate
