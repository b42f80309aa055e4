"""What every page shows: who is signed in, where one can go, whether this is a demo."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from studyapp.accounts.models import Office
from studyapp.audit.queries import holds_demo_data


@dataclass(frozen=True)
class NavItem:
    """An entry of the main navigation."""

    label: str
    url: str
    icon: str
    current: bool


_PAGES = (
    ("今日", "dashboards:today", "home", "dashboards"),
    ("学习材料", "speeches:list", "book-2", "speeches"),
    ("学习会", "meetings:list", "users", "meetings"),
    ("记录", "minutes:list", "file-text", "minutes"),
    ("支部", "branches:list", "building", "branches"),
)
_UNDER = {"archive": "branches", "archive:batch": "minutes"}
"""An app without an entry, or one page of it, and the app under whose entry it is found."""
_OFFICE_PAGES = (("管理", "branches:admin", "settings", "branches"),)
_AUDIT_PAGES = (("审计", "audit:list", "shield", "audit"),)


def _pages(user: Any) -> tuple[tuple[str, str, str, str], ...]:
    if user.office == Office.AUDIT:
        return _AUDIT_PAGES
    return _OFFICE_PAGES if user.office else _PAGES


def nav_items(request: HttpRequest) -> list[NavItem]:
    """Return the navigation of the signed-in person; administrators have no content."""
    user: Any = request.user
    if not user.is_authenticated:
        return []
    match = request.resolver_match
    app_name = match.app_name if match else ""
    view_name = match.view_name if match else ""
    here = _UNDER.get(view_name) or _UNDER.get(app_name, app_name)
    items = []
    for label, name, icon, app in _pages(user):
        # A part of the product without pages has no entry; a test holds the full list.
        with suppress(NoReverseMatch):
            items.append(NavItem(label, reverse(name), icon, here == app))
    return items


def page(request: HttpRequest) -> dict[str, object]:
    """Return the context that base.html needs."""
    user: Any = getattr(request, "user", None)
    signed_in = user is not None and user.is_authenticated
    return {
        "site_name": settings.SITE_NAME,
        "text_size": user.text_size if signed_in else "md",
        "nav_items": nav_items(request) if signed_in else [],
        "is_demo": holds_demo_data(),
    }
