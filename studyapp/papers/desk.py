"""The page of a paper that is not a record: to look at, to print, to take along as a file."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import redirect

from studyapp.papers.delivery import Paper, deliver, markup, unprintable
from studyapp.papers.queries import profile_for
from studyapp.web.requests import Request
from studyapp.web.shortcuts import render_page


@dataclass(frozen=True, slots=True)
class Choice:
    """Another paper of the same page."""

    name: str
    address: str
    is_shown: bool


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a paper is looked at.

    ``address`` is the page's, ending in a slash: its files are there with .pdf or .docx in place
    of it. ``up`` are addresses and names of the pages above, at most two; ``empty`` says what to
    do where there is no paper.
    """

    name: str
    address: str
    up: tuple[tuple[str, str], ...]
    choices: tuple[Choice, ...] = ()
    empty: str = ""


def hand_out(request: Request, desk: Desk, paper: Paper | None, suffix: str = "") -> HttpResponse:
    """Show the paper, or with a ``suffix`` deliver it as a file."""
    query = f"?{request.GET.urlencode()}" if request.GET else ""
    if suffix:
        if paper is None:
            # The page says what is missing; a link to the file may be older than that.
            return redirect(desk.address + query)
        return deliver(request, paper, suffix, back=desk.address + query)
    files = {each: f"{desk.address.rstrip('/')}.{each}{query}" for each in ("pdf", "docx")}
    context: dict[str, object] = {
        "name": desk.name,
        "up": desk.up,
        "choices": desk.choices,
        "empty": desk.empty,
        **files,
    }
    if paper is not None:
        context["paper"] = markup(paper.document, profile_for(paper.unit).layout)
        context["warning"] = unprintable(paper.document)
    return render_page(request, "papers/paper.html", context)
