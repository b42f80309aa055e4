"""The people of a roster: who is new, what would change of the others."""

from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError

from studyapp.accounts.models import Political, Staff, User
from studyapp.branches.models import Membership, UnitKind
from studyapp.branches.roster.places import Place
from studyapp.branches.roster.reading import Problem, Row

_COLUMNS = {
    "name": "姓名",
    "username": "登录名",
    "post": "职务",
    "political": "政治面貌",
    "staff": "人员类别",
    "standing": "政治面貌",
    "joined_on": "入党日期",
    "confirmed_on": "转正日期",
}
_LABELS = dict(Political.choices) | dict(Staff.choices)


@dataclass(slots=True)
class Step:
    """What one row does: ``words`` tell it on screen and are empty when nothing changes.

    ``user`` is None for somebody new; ``facts`` are the fields to store, ``membership`` is None
    for a new place, ``home`` tells that the 组织关系 comes here.
    """

    line: int
    place: Place
    username: str
    name: str
    user: User | None
    facts: dict[str, Any] = field(default_factory=dict)
    membership: Membership | None = None
    duty: str | None = None
    rank: int | None = None
    home: bool = False
    words: list[str] = field(default_factory=list)


def plan_people(rows: list[Row], place_of: dict[int, Place]) -> tuple[list[Step], list[Problem]]:
    """Return a step for each row, in the order of the sheet, and every problem."""
    users = User.objects.in_bulk({row.username for row in rows}, field_name="username")
    current: dict[int, list[Membership]] = {}
    held = Membership.objects.filter(ended_on__isnull=True, user__in=users.values())
    for membership in held.select_related("unit"):
        current.setdefault(membership.user_id, []).append(membership)
    of_person: dict[str, list[Row]] = {}
    for row in rows:
        of_person.setdefault(row.username, []).append(row)
    steps, problems = [], []
    for username, own in of_person.items():
        user = users.get(username)
        person = _Person(own, user, current.get(user.pk, []) if user else [], place_of)
        steps += person.steps
        problems += person.problems
    return sorted(steps, key=lambda step: step.line), problems


class _Person:
    """All rows of one user name."""

    def __init__(
        self,
        rows: list[Row],
        user: User | None,
        current: list[Membership],
        place_of: dict[int, Place],
    ) -> None:
        self.rows, self.user, self.place_of = rows, user, place_of
        self.held = {m.unit_id: m for m in current}
        self.old_home = next((m for m in current if m.is_home), None)
        self.problems: list[Problem] = []
        self.facts = self._facts()
        self._check_account()
        self._check_facts()
        self._check_doubles()
        self.home = self._home()
        self.steps = [self._step(row) for row in rows]

    def _say(self, line: int, column: str, sentence: str) -> None:
        self.problems.append(Problem(line, column, sentence))

    def _facts(self) -> dict[str, Any]:
        """Merge what the rows say; where they differ, the later row is wrong."""
        merged: dict[str, Any] = {}
        told: dict[str, int] = {}
        for row in self.rows:
            for name, value in row.facts.items():
                if merged.setdefault(name, value) != value:
                    words = f"登录名和第{told[name]}行相同，这一项却不同，请核对。"
                    self._say(row.line, _COLUMNS[name], words)
                told.setdefault(name, row.line)
        return merged

    def _check_account(self) -> None:
        line = self.rows[0].line
        if self.user is None:
            for name in ("political", "staff"):
                if name not in self.facts:
                    self._say(line, _COLUMNS[name], f"新人员要填{_COLUMNS[name]}。")
        elif self.user.office:
            self._say(line, "登录名", "这个登录名是管理员账号，换一个。")
        elif not self.user.is_active:
            self._say(line, "登录名", "此人账号已停用。先启用，或换一个登录名。")
        elif self.facts.get("name", self.user.name) != self.user.name:
            words = f"登录名{self.user.username}是“{self.user.name}”。改名在管理的“人员”里改。"
            self._say(line, "姓名", words)

    def _check_facts(self) -> None:
        """Judge the person as they would be stored, by the model's own rules."""
        row = self.rows[0]
        person = User(username=row.username, name="")
        if self.user:
            for name in _COLUMNS:
                setattr(person, name, getattr(self.user, name))
        for name, value in self.facts.items():
            setattr(person, name, value)
        try:
            person.clean_fields(exclude={"password", "created_at", "text_size"})
            person.clean()
        except ValidationError as error:
            for name, sentences in error.message_dict.items():
                self._say(row.line, _COLUMNS.get(name, "登录名"), sentences[0])

    def _check_doubles(self) -> None:
        seen: dict[Place, int] = {}
        for row in self.rows:
            first = seen.setdefault(self.place_of[row.line], row.line)
            if first != row.line:
                self._say(row.line, "登录名", f"和第{first}行重复，删掉一行。")

    def _home(self) -> Row | None:
        """Return the row that the 组织关系 comes to, or None when it stays where it is."""
        told = [row for row in self.rows if row.is_home]
        for row in told[1:]:
            words = f"第{told[0].line}行已填组织关系，一个人只能有一处，这里填“否”。"
            self._say(row.line, "组织关系在此", words)
        if told:
            place = self.place_of[told[0].line]
            if self.old_home and place.unit and place.unit.pk == self.old_home.unit_id:
                return None
            if place.kind and place.kind != UnitKind.BRANCH:
                self._say(told[0].line, "组织关系在此", "组织关系只能在党支部，这里填“否”。")
            return told[0]
        if self.old_home:
            for row in self.rows:
                unit = self.place_of[row.line].unit
                if row.is_home is False and unit and unit.pk == self.old_home.unit_id:
                    words = "系统里组织关系在这里。转走时，在新支部那一行填“是”。"
                    self._say(row.line, "组织关系在此", words)
            return None
        branches = (
            row
            for row in self.rows
            if row.is_home is None and self.place_of[row.line].kind == UnitKind.BRANCH
        )
        return next(branches, None)

    def _step(self, row: Row) -> Step:
        place = self.place_of[row.line]
        first = row is self.rows[0]
        step = Step(
            row.line,
            place,
            row.username,
            self.facts.get("name", ""),
            self.user,
            facts=self._changed() if first else {},
            membership=self.held.get(place.unit.pk) if place.unit else None,
            duty=row.duty,
            rank=row.rank,
            home=row is self.home,
        )
        step.words = self._words(step, first=first)
        return step

    def _changed(self) -> dict[str, Any]:
        if self.user is None:
            return self.facts
        return {n: v for n, v in self.facts.items() if getattr(self.user, n) != v}

    def _words(self, step: Step, *, first: bool) -> list[str]:
        words = []
        if first and self.user is None:
            words.append("新建人员")
        elif first:
            for name, value in step.facts.items():
                old = getattr(self.user, name)
                words.append(f"{_COLUMNS[name]}：{_shown(old)}→{_shown(value)}")
        member = step.membership
        if member is None:
            words.append("编入")
        else:
            if step.duty is not None and step.duty != member.duty:
                words.append(f"党内职务：{member.duty or '空'}→{step.duty}")
            if step.rank is not None and step.rank != member.rank:
                words.append(f"排名：{member.rank}→{step.rank}")
        if step.home and self.old_home:
            words.append(f"组织关系从{self.old_home.unit}转来，那里的任职结束")
        elif step.home:
            words.append("组织关系在此")
        return words


def _shown(value: object) -> str:
    return str(_LABELS.get(str(value), value or "空"))
