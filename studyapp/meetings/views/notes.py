"""Notes: writing, reading, editing, posting, deleting with undo; the branch's notes on a theme."""

import re
from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from studyapp.access.decorators import requires, signed_in
from studyapp.access.permissions import P
from studyapp.branches.models import MembershipRole, Unit, memberships_of
from studyapp.branches.queries import acts_in_a_branch
from studyapp.errors import Refused, Stale
from studyapp.meetings.actions import notes
from studyapp.meetings.forms.notes import NoteForm
from studyapp.meetings.models import Meeting, Note
from studyapp.meetings.models.notes import BIN_FOR
from studyapp.meetings.queries import themes_of
from studyapp.meetings.stream import copy_name, is_fixed, tell_fixed
from studyapp.meetings.views.pieces import with_pieces
from studyapp.saving import compare
from studyapp.saving.fields import into_working_copy
from studyapp.speeches.models import Speech, Theme
from studyapp.text.diff import diff
from studyapp.web.requests import Request
from studyapp.web.shortcuts import render_page, safe_next, whole_number

_NEWEST = 60
_FIGURES = 6
_PAGE = 20


@dataclass(frozen=True)
class Place:
    """What a note is to be about, everything looked up among what its writer may see."""

    units: list[Unit]
    meeting: Meeting | None
    speech: Speech | None
    theme: Theme | None
    themes: list[Theme]

    @property
    def copy_name(self) -> str:
        """Name of the working copy of a new note."""
        return copy_name(self.meeting, self.speech, self.theme)

    @property
    def back(self) -> str:
        """Where one came from."""
        if self.meeting:
            return reverse("meetings:detail", args=[self.meeting.pk])
        if self.speech:
            anchor = f"#t{self.theme.number}" if self.theme else ""
            return reverse("speeches:detail", args=[self.speech.pk]) + anchor
        return reverse("meetings:notes")


def _place(request: Request) -> Place:
    user = request.user
    units = [m.unit for m in memberships_of(user) if m.role != MembershipRole.ORGAN]
    if not units:
        raise Http404
    given = {
        name: value if re.fullmatch("[0-9]{1,18}", value := request.GET.get(name, "")) else None
        for name in ("meeting", "speech", "theme")
    }
    meeting = theme = speech = None
    if given["theme"]:
        theme = get_object_or_404(Theme.objects.visible_to(user), pk=given["theme"])
        speech = theme.speech
    elif given["speech"]:
        speech = get_object_or_404(Speech.objects.visible_to(user), pk=given["speech"])
    if given["meeting"]:
        meeting = get_object_or_404(Meeting.objects.visible_to(user), pk=given["meeting"])
        units = [unit for unit in units if unit.pk == meeting.unit_id]
        if not units:
            raise Http404
    themes = themes_of(meeting) if meeting else _themes_in(speech)
    return Place(units, meeting, speech, theme, themes)


def _themes_in(speech: Speech | None) -> list[Theme]:
    found = Theme.objects.in_use().filter(speech=speech) if speech else Theme.objects.none()
    return list(found.select_related("speech"))


@signed_in(
    reason="Writes in the own name only; what the note is about is looked up as visible.",
    offices=False,
)
@require_http_methods(["GET", "POST"])
def note_new(request: Request) -> HttpResponse:
    """Write a note: a private draft, or posted to the branch at once."""
    place = _place(request)
    form = _new_form(request, place)
    back = safe_next(request, place.back)
    if request.method == "POST" and form.is_valid():
        given = {k: v for k, v in form.cleaned_data.items() if k != "revision"}
        post = request.POST.get("then") == "post"
        try:
            notes.write(
                by=request.user,
                at=timezone.now(),
                post=post,
                meeting=place.meeting,
                speech=place.speech if not place.meeting else None,
                copy=place.copy_name,
                **given,
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "已提交到支部。" if post else "草稿已存，只有自己能看到。")
            return redirect(back)
    kept = into_working_copy(form, "body", name=place.copy_name, owner=request.user)
    context = {"form": form, "place": place, "back": back, "kept": kept}
    context["quote"] = form["quote"].value()
    status = 422 if form.errors else 200
    return render_page(request, "meetings/note_new.html", context, status=status)


def _new_form(request: Request, place: Place) -> NoteForm:
    initial = {
        "theme": place.theme,
        "kind": request.GET.get("kind") or None,
        **{
            name: request.GET.get(name, "")[:limit]
            for name, limit in (("quote", 1000), ("quote_before", 60), ("quote_after", 60))
        },
    }
    return NoteForm(
        request.POST or None,
        units=place.units,
        themes=place.themes,
        meeting=place.meeting,
        initial={name: value for name, value in initial.items() if value},
    )


@requires(P.NOTE_READ, on=Note)
@require_GET
def note(request: Request, note: Note) -> HttpResponse:
    """One note; its author also sees the earlier wordings."""
    mine = note.author_id == request.user.pk
    history = []
    if mine:
        newer = note.body
        for revision in note.revisions.order_by("-number"):
            history.append((revision, diff(revision.body, newer)))
            newer = revision.body
    context = {"note": note, "mine": mine, "history": history, "fixed": is_fixed(note)}
    return render_page(request, "meetings/note.html", context)


@requires(P.NOTE_OWN, on=Note)
@require_http_methods(["GET", "POST"])
def note_edit(request: Request, note: Note) -> HttpResponse:
    """Change the own words; the earlier ones are kept."""
    if request.method != "POST" and is_fixed(note):
        raise Refused("会议记录已签字，这条笔记不能再改。可以另写一条。")
    data = compare.chosen(request.POST, "body")
    form = _edit_form(note, data)
    kept = into_working_copy(
        form,
        "body",
        name=f"note-{note.pk}",
        owner=request.user,
        stored=note.body,
        instead=_earlier(request, note),
    )
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("body", "kind", "theme")}
        revision = form.cleaned_data["revision"] or 0
        try:
            notes.edit(note, revision=revision, by=request.user, at=timezone.now(), **given)
        except Stale:
            return _compared(request, note, data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
        else:
            messages.success(request, "已保存。")
            return redirect("meetings:note", note.pk)
    context = {"form": form, "note": note, "kept": kept}
    return render_page(request, "meetings/note_edit.html", context, status=status)


def _edit_form(note: Note, data: QueryDict) -> NoteForm:
    initial = {
        "body": note.body,
        "kind": note.kind,
        "theme": note.theme,
        "revision": note.revision,
        "unit": note.unit,
    }
    return NoteForm(
        data or None,
        units=[note.unit],
        themes=_themes_for(note),
        meeting=note.meeting,
        initial=initial,
    )


def _compared(request: Request, note: Note, data: QueryDict) -> HttpResponse:
    """Show the note as another window stored it beside what was typed here."""
    note.refresh_from_db()
    newer = compare.Newer(note.body, request.user.name, note.updated_at, str(note.revision))
    back = reverse("meetings:note_edit", args=[note.pk])
    return compare.page(request, data, field="body", base_field="revision", newer=newer, back=back)


def _earlier(request: Request, note: Note) -> str:
    """Return the earlier wording that ``?from=`` asks for: stored anew when its writer saves."""
    number = whole_number(request.GET.get("from", ""), _FIGURES)
    found = note.revisions.filter(number=number).first() if number is not None else None
    return found.body if found else ""


def _themes_for(note: Note) -> list[Theme]:
    found = themes_of(note.meeting) if note.meeting else _themes_in(note.speech)
    if note.theme and note.theme not in found:
        found.append(note.theme)
    return found


@requires(P.NOTE_OWN, on=Note)
@require_POST
def note_post(request: Request, note: Note) -> HttpResponse:
    """提交到支部."""
    notes.post(note, by=request.user, at=timezone.now())
    messages.success(request, "已提交到支部。")
    return redirect(safe_next(request, reverse("meetings:note", args=[note.pk])))


@requires(P.NOTE_OWN, on=Note)
@require_POST
def note_delete(request: Request, note: Note) -> HttpResponse:
    """Hide the own note; the page that follows offers to undo it."""
    notes.delete(note, by=request.user, at=timezone.now())
    undo = reverse("meetings:note_restore", args=[note.pk])
    words = f"已删除。{BIN_FOR.days}天内可以在“已删除”里恢复。"
    messages.success(request, words, extra_tags=undo)
    show = "drafts" if note.is_draft else "posted"
    return redirect(reverse("meetings:notes") + f"?show={show}")


@signed_in(reason="Restores only the own deleted note, looked up by its author.", offices=False)
@require_POST
def note_restore(request: Request, pk: int) -> HttpResponse:
    """Undo a deletion."""
    own = Note.objects.filter(author=request.user, deleted_at__isnull=False)
    notes.restore(get_object_or_404(own, pk=pk), by=request.user, at=timezone.now())
    messages.success(request, "已恢复。")
    return redirect("meetings:note", pk)


@signed_in(reason="Shows the own notes only.", offices=False)
@require_GET
def my_notes(request: Request) -> HttpResponse:
    """The own notes: drafts, posted, deleted."""
    mine = Note.objects.filter(author=request.user)
    shown = {
        "drafts": mine.filter(deleted_at__isnull=True, posted_at__isnull=True),
        "posted": mine.filter(deleted_at__isnull=True, posted_at__isnull=False),
        "deleted": mine.in_bin(timezone.now()),
    }
    show = request.GET.get("show", "drafts")
    if show not in shown:
        raise Http404
    found = shown[show].select_related("author", "theme__speech", "meeting", "speech")
    rows = tell_fixed(found).order_by("-updated_at", "-pk")
    page = Paginator(rows, _PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "show": show,
        "tabs": [("drafts", "草稿"), ("posted", "已提交"), ("deleted", "已删除")],
    }
    return render_page(request, "meetings/my_notes.html", context)


@requires(P.SPEECH_READ, on=Theme)
@require_GET
def theme_notes(request: Request, theme: Theme) -> HttpResponse:
    """What the own branches wrote on a theme, and the own drafts: a fragment and a page."""
    about = Note.objects.visible_to(request.user).filter(theme=theme)
    found = tell_fixed(about.select_related("author")).order_by("-created_at", "-pk")
    rows = list(found if "all" in request.GET else found[: _NEWEST + 1])
    shown = rows if "all" in request.GET else rows[:_NEWEST]
    context = {
        "theme": theme,
        "pieces": with_pieces(shown, reader=request.user.pk),
        "more": len(rows) > _NEWEST and "all" not in request.GET,
        "writes": acts_in_a_branch(request.user),
    }
    return render_page(request, "meetings/theme_notes.html", context, partials=("theme-notes",))
