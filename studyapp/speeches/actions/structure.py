"""Mending what was recognised: boundaries, names, kinds. Words are never changed.

Passages keep their text and order; :func:`cut` alone makes two of one, at a place between two
characters. After every change :func:`settle` numbers the themes anew.
"""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F, ProtectedError

from studyapp.accounts.models import User
from studyapp.audit.actions import record
from studyapp.errors import Refused, Stale
from studyapp.speeches.models import Passage, PassageKind, Speech, Theme, Version, Zone
from studyapp.speeches.queries import CONTENT, Part, newest, outline, suggested_title
from studyapp.text.cleaning import clean, clean_name

WHOLE = "全文"
"""Name of the only part of a text without themes."""
_FAR = 1_000_000
"""Moves positions out of the way of each other; no text has that many passages."""
_TITLE_LIMIT = 200
_QUESTION_LIMIT = 500


@dataclass
class _Desk:
    """The newest version, locked, and where the part in question stands in it."""

    speech: Speech
    version: Version
    parts: list[Part]
    index: int

    @property
    def part(self) -> Part:
        return self.parts[self.index]

    def before(self) -> Theme:
        """Return the part before; the opening, made when there is none."""
        if self.index:
            return self.parts[self.index - 1].theme
        return part_theme(self.speech, Zone.OPENING)

    def from_here(self, passage: Passage) -> int:
        """Return the place of ``passage`` in the part."""
        return [each.pk for each in self.part.passages].index(passage.pk)


def _lock(speech: Speech) -> Version:
    Speech.objects.select_for_update(no_key=True).get(pk=speech.pk)
    version = newest(speech)
    if version is None:
        raise Stale("材料没有文字。先录入新稿。")
    return version


def _open(speech: Speech, theme_id: int | None) -> _Desk:
    version = _lock(speech)
    parts = outline(version).parts
    for index, part in enumerate(parts):
        if part.theme.pk == theme_id:
            return _Desk(speech, version, parts, index)
    raise Stale("这一处刚刚被改过，不在专题里了。刷新页面，看看现在的划分再改。")


def _fresh(speech: Speech, passage: Passage) -> Passage:
    """Return the passage as it is stored now, if it belongs to the newest version."""
    version = _lock(speech)
    found = version.passages.filter(pk=passage.pk).select_related("theme", "version__speech")
    stored = found.first()
    if stored is None:
        raise Stale("这一段属于旧稿，不能再改。刷新页面，改新稿。")
    return stored


def _move(passages: list[Passage], theme: Theme) -> None:
    Passage.objects.filter(pk__in=[passage.pk for passage in passages]).update(theme=theme)


def part_theme(speech: Speech, zone: Zone) -> Theme:
    """Return the row of the opening or closing, made when there is none; one each a speech."""
    theme, _ = Theme.objects.get_or_create(speech=speech, zone=zone, defaults={"title": zone.label})
    return theme


def settle(version: Version) -> None:
    """Number the parts in order and put away the themes that have no passage any more.

    A theme on which something hangs (a note, an older version) is retired, any other deleted.
    """
    parts = outline(version).parts
    themes = {part.theme.pk: part.theme for part in parts}
    numbered = [theme for theme in themes.values() if theme.zone == Zone.THEME]
    for theme in themes.values():
        title = theme.title
        if theme.zone == Zone.THEME:
            number = numbered.index(theme) + 1
        elif theme.zone == Zone.OPENING:
            number, title = 0, Zone.OPENING.label if numbered else WHOLE
        else:
            number = len(numbered) + 1
        if (theme.number, theme.title, theme.is_retired) != (number, title, False):
            theme.number, theme.title, theme.is_retired = number, title, False
            theme.save(update_fields=["number", "title", "is_retired"])
    for theme in version.speech.themes.filter(is_retired=False).exclude(pk__in=themes):
        _put_away(theme)


def _put_away(theme: Theme) -> None:
    try:
        with transaction.atomic():
            theme.delete()
    except ProtectedError:
        theme.is_retired = True
        theme.save(update_fields=["is_retired"])


def _record(name: str, speech: Speech, by: User, **more: Any) -> None:
    record(name, by=by, unit=speech.unit, target=f"《{speech.title}》（{speech.pk}）", **more)


@transaction.atomic
def begin_theme(passage: Passage, *, speech: Speech, by: User) -> Theme:
    """Let a new theme start with ``passage``; it runs to where the old part ended."""
    passage = _fresh(speech, passage)
    desk = _open(speech, passage.theme_id)
    start = desk.from_here(passage)
    if start == 0 and desk.part.is_numbered:
        raise Refused("这一段已经是专题的开头。换一段再划分。")
    theme = Theme.objects.create(
        speech=speech,
        zone=Zone.THEME,
        number=desk.part.theme.number + 1,
        title=clean_name(suggested_title(passage.text)) or "新专题",
    )
    if desk.part.theme.zone == Zone.CLOSING and start:
        # A closing stays at the end: what stood above the new theme joins the part before.
        _move(desk.part.passages[:start], desk.before())
    _move(desk.part.passages[start:], theme)
    settle(desk.version)
    _record("划分专题", speech, by, theme=theme.title)
    theme.refresh_from_db()
    return theme


@transaction.atomic
def begin_closing(passage: Passage, *, speech: Speech, by: User) -> None:
    """Let the closing start with ``passage``, which must stand in the last theme."""
    passage = _fresh(speech, passage)
    desk = _open(speech, passage.theme_id)
    if desk.part.theme.zone == Zone.CLOSING:
        raise Refused("这一段已经在结语里。")
    later = desk.parts[desk.index + 1 :]
    if any(part.is_numbered for part in later) or not desk.part.is_numbered:
        raise Refused("结语只能从最后一个专题里划出。在最后一个专题里选一段。")
    closing = part_theme(speech, Zone.CLOSING)
    _move(desk.part.passages[desk.from_here(passage) :], closing)
    settle(desk.version)
    _record("划出结语", speech, by)


@transaction.atomic
def give_to_next(passage: Passage, *, speech: Speech, by: User) -> None:
    """Move the boundary up: ``passage`` and what follows it join the next part."""
    passage = _fresh(speech, passage)
    desk = _open(speech, passage.theme_id)
    if desk.index + 1 == len(desk.parts):
        raise Refused("后面没有专题了。要从这一段另起，点“另起专题”。")
    following = desk.parts[desk.index + 1].theme
    _move(desk.part.passages[desk.from_here(passage) :], following)
    settle(desk.version)
    _record("移动专题边界", speech, by, theme=following.title)


@transaction.atomic
def give_to_previous(passage: Passage, *, speech: Speech, by: User) -> None:
    """Move the boundary down: ``passage`` and what stands above it join the part before."""
    passage = _fresh(speech, passage)
    desk = _open(speech, passage.theme_id)
    if desk.part.theme.zone == Zone.OPENING:
        raise Refused("前面没有别的部分了。要从这一段另起，点“另起专题”。")
    before = desk.before()
    _move(desk.part.passages[: desk.from_here(passage) + 1], before)
    settle(desk.version)
    _record("移动专题边界", speech, by, theme=before.title)


@transaction.atomic
def merge(theme: Theme, *, speech: Speech, by: User) -> None:
    """Join a theme, or the closing, with the part before it; that one keeps its name."""
    desk = _open(speech, theme.pk)
    if desk.part.theme.zone == Zone.OPENING:
        raise Refused("引言前面没有别的部分，不能并入。")
    before = desk.before()
    _move(desk.part.passages, before)
    settle(desk.version)
    _record("合并专题", speech, by, theme=theme.title, into=before.title)


@transaction.atomic
def rename(theme: Theme, *, title: str, speech: Speech, by: User) -> None:
    """Give a theme another name; the heading in the text stays as it is."""
    stored = _open(speech, theme.pk).part.theme
    title = clean_name(title)
    if stored.zone != Zone.THEME:
        raise Refused("引言和结语不用改名。")
    if not title:
        raise Refused("专题名称不能空。填好再改名。")
    if len(title) > _TITLE_LIMIT:
        raise Refused(f"专题名称超过{_TITLE_LIMIT}字。改短再保存。")
    old, stored.title = stored.title, title
    stored.save(update_fields=["title"])
    _record("修改专题名称", speech, by, old=old, new=title)


@transaction.atomic
def set_question(theme: Theme, *, question: str, speech: Speech, by: User) -> None:
    """Store the discussion question (研讨题) that a person wrote; empty takes it away."""
    stored = _open(speech, theme.pk).part.theme
    question = clean(question).strip()
    if len(question) > _QUESTION_LIMIT:
        raise Refused(f"研讨题超过{_QUESTION_LIMIT}字。改短再保存。")
    stored.question = question
    stored.save(update_fields=["question"])
    _record("设置研讨题", speech, by, theme=stored.title)


@transaction.atomic
def remove(passage: Passage, *, speech: Speech, by: User) -> None:
    """Take a line out of the text; it stays stored and can be restored."""
    passage = _fresh(speech, passage)
    if passage.kind == PassageKind.REMOVED:
        raise Refused("这一行已经移除。")
    _set(passage, kind=PassageKind.REMOVED, theme=None, reason="人工移除")
    settle(passage.version)
    _record("移除一行", speech, by, position=passage.position)


@transaction.atomic
def restore(passage: Passage, *, speech: Speech, by: User) -> None:
    """Put a removed line back where it stood, as body."""
    passage = _fresh(speech, passage)
    if passage.kind != PassageKind.REMOVED:
        raise Refused("这一行没有移除，不用恢复。")
    _set(passage, kind=PassageKind.BODY, theme=_neighbour(speech, passage))
    settle(passage.version)
    _record("恢复一行", speech, by, position=passage.position)


@transaction.atomic
def set_kind(passage: Passage, *, kind: PassageKind, speech: Speech, by: User) -> None:
    """Make a line body or sub-heading; one from before the text joins the part it stands at."""
    passage = _fresh(speech, passage)
    if kind not in CONTENT:
        raise Refused("只能设为正文或小标题。")
    if passage.kind == PassageKind.REMOVED:
        raise Refused("这一行已经移除。先恢复，再设置。")
    theme = passage.theme or _neighbour(speech, passage)
    _set(passage, kind=kind, level=2 if kind == PassageKind.HEADING else 0, theme=theme)
    settle(passage.version)
    _record("设置段落类型", speech, by, position=passage.position, kind=kind.label)


def _set(
    passage: Passage, *, kind: PassageKind, theme: Theme | None, level: int = 0, reason: str = ""
) -> None:
    passage.kind, passage.theme, passage.level, passage.reason = kind, theme, level, reason
    passage.is_unsure = False
    passage.save(update_fields=["kind", "theme", "level", "reason", "is_unsure"])


def _neighbour(speech: Speech, passage: Passage) -> Theme:
    """Return the part in which a line without one stands: that of the line before, else 引言."""
    before = (
        passage.version.passages.filter(theme__isnull=False, position__lt=passage.position)
        .select_related("theme")
        .order_by("-position")
        .first()
    )
    return before.theme if before and before.theme else part_theme(speech, Zone.OPENING)


@transaction.atomic
def cut(passage: Passage, *, at: int, speech: Speech, by: User) -> Passage:
    """Make two passages of one; the second starts with character ``at`` (from 0)."""
    passage = _fresh(speech, passage)
    if not 0 < at < len(passage.text):
        raise Refused("不能在这里断开。在一句话的开头断开。")
    all_passages = passage.version.passages
    # Two steps: a unique position must not meet its neighbour on the way.
    all_passages.filter(position__gt=passage.position).update(position=F("position") + _FAR)
    all_passages.filter(position__gt=_FAR).update(position=F("position") - _FAR + 1)
    is_heading = passage.kind == PassageKind.HEADING
    second = Passage.objects.create(
        version=passage.version,
        position=passage.position + 1,
        text=passage.text[at:],
        kind=PassageKind.BODY if is_heading else passage.kind,
        theme=passage.theme,
        is_glued=passage.is_glued,
        reason=passage.reason,
    )
    passage.text, passage.is_glued = passage.text[:at], True
    passage.save(update_fields=["text", "is_glued"])
    _record("断开段落", speech, by, position=passage.position)
    return second


@transaction.atomic
def join(passage: Passage, *, speech: Speech, by: User) -> None:
    """Undo a cut: put ``passage`` back behind the one that stood in the same line before it."""
    passage = _fresh(speech, passage)
    above = (
        passage.version.passages.filter(position__lt=passage.position).order_by("-position").first()
    )
    if above is None or not above.is_glued or above.theme_id != passage.theme_id:
        raise Refused("这一段和上一段在原文里不在同一行，不能接回去。")
    above.text += passage.text
    above.is_glued, above.is_unsure, above.reason = passage.is_glued, False, ""
    passage.delete()
    above.save(update_fields=["text", "is_glued", "is_unsure", "reason"])
    settle(above.version)
    _record("接回上段", speech, by, position=above.position)


@transaction.atomic
def confirm(passage: Passage, *, speech: Speech, by: User) -> None:
    """Tell that what the parser was unsure of is right."""
    passage = _fresh(speech, passage)
    if not passage.is_unsure:
        raise Refused("这一处已经核对过。")
    passage.is_unsure, passage.reason = False, ""
    passage.save(update_fields=["is_unsure", "reason"])
    _record("核对拿不准之处", speech, by, position=passage.position)


@transaction.atomic
def dismiss(warning: str, *, speech: Speech, by: User) -> None:
    """Put a warning away that a person has dealt with; one that is gone already is no error."""
    version = _lock(speech)
    if warning in version.warnings:
        version.warnings = [each for each in version.warnings if each != warning]
        version.save(update_fields=["warnings"])
        _record("处理核对提示", speech, by, warning=warning)


@transaction.atomic
def save_theme(theme: Theme, *, title: str, question: str, speech: Speech, by: User) -> None:
    """Store name and discussion question of a theme together; unchanged ones are left alone."""
    if title != theme.title:
        rename(theme, title=title, speech=speech, by=by)
    if question != theme.question:
        set_question(theme, question=question, speech=speech, by=by)
