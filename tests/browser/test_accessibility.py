"""axe-core finds nothing, and nothing sticks out sideways, on any page at both widths."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

PAGES = {
    "member": [
        "/",
        "/speeches/",
        "/speeches/1/",
        "/meetings/",
        "/notes/",
        "/notes/?show=posted",
        "/notes/new/?theme=2",
        "/minutes/",
        "/branches/",
        "/branches/4/",
        "/me/",
        "/feedback/",
    ],
    "recorder": [
        "/meetings/1/",
        "/meetings/1/notice/",
        "/meetings/7/",
        "/meetings/7/sheet/",
        "/meetings/7/roll/",
        "/meetings/7/sheet/paste/",
        "/minutes/4/edit/",
        "/minutes/1/",
        "/minutes/1/copy/",
        "/minutes/3/",
    ],
    "secretary": [
        "/speeches/new/",
        "/speeches/2/review/",
        "/speeches/2/version/",
        "/speeches/2/withdraw/",
        "/meetings/new/",
        "/meetings/9/edit/",
        "/meetings/1/sheet/votes/?kind=ordinary",
        "/minutes/3/",
    ],
    "sysadmin": [
        "/admin/",
        "/admin/units/",
        "/admin/units/new/",
        "/admin/people/",
        "/admin/people/new/",
        "/admin/people/5/",
        "/admin/roster/",
        "/admin/feedback/",
    ],
    "secadmin": ["/admin/roles/", "/admin/roles/5/"],
    "auditor": ["/admin/audit/", "/admin/audit/verify/"],
}


@pytest.mark.parametrize("width", [1366, 390])
@pytest.mark.parametrize("username", sorted(PAGES))
def test_no_finding_on_any_page(visit: Callable[..., Page], username: str, width: int) -> None:
    height = 768 if width > 400 else 844
    page = visit(username, width=width, height=height)
    found: dict[str, list[str]] = {}
    for path in PAGES[username]:
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        violations = Axe().run(page).response["violations"]
        wrong = [f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in violations]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wrong.append("sideways scroll")
        if wrong:
            found[path] = wrong
    assert found == {}
