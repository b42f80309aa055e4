"""The units of a roster: found by name and by what stands above, or new."""

from dataclasses import dataclass

from studyapp.branches.models import Unit, UnitKind, misplaced
from studyapp.branches.roster.reading import Problem, Row

_ENDINGS = (
    ("党小组", UnitKind.GROUP),
    ("总支", UnitKind.GENERAL),
    ("支部", UnitKind.BRANCH),
)
"""Kinds that a name tells by its end, where the sheet leaves the kind out."""


@dataclass(eq=False, slots=True)
class Place:
    """A unit of the roster: stored (``unit``) or new. ``line`` is the row that speaks of it."""

    name: str
    kind: str
    full_name: str
    line: int = 0
    unit: Unit | None = None
    parent: "Place | None" = None
    parent_name: str = ""

    @property
    def kind_label(self) -> str:
        """Word on screen."""
        return UnitKind(self.kind).label if self.kind else ""


class Places:
    """Finds the place of every row; what cannot be found or made is a problem of its row."""

    def __init__(self, rows: list[Row]) -> None:
        self.problems: list[Problem] = []
        self.renamed: list[Place] = []
        self.of_line: dict[int, Place] = {}
        self._disabled: set[str] = set()
        self._by_name: dict[str, list[Place]] = {}
        self._new: list[Place] = []
        self._load()
        self._empty = not self._by_name
        # A row may name only its unit and trust another row to tell what stands above it.
        for row in sorted(rows, key=lambda row: not row.parent):
            place = self._place(row)
            if place:
                self.of_line[row.line] = place
                self._tell(place, row)
        for place in self._new:
            self._find_parent(place)
        for place in self._new:
            self._check(place)

    def new_in_order(self) -> list[Place]:
        """Return the new units, those above first."""
        return sorted(self._new, key=lambda place: (len(_above(place)), place.line))

    def _load(self) -> None:
        stored: dict[int, Place] = {}
        units = list(Unit.objects.order_by("path"))
        for unit in units:
            stored[unit.pk] = Place(unit.name, unit.kind, unit.full_name, unit=unit)
        for unit in units:
            place = stored[unit.pk]
            place.parent = stored.get(unit.parent_id or 0)
            place.parent_name = place.parent.name if place.parent else ""
            if unit.is_active:
                self._by_name.setdefault(unit.name, []).append(place)
            else:
                self._disabled.add(unit.name)

    def _say(self, line: int, column: str, sentence: str) -> None:
        self.problems.append(Problem(line, column, sentence))

    def _place(self, row: Row) -> Place | None:
        namesakes = self._by_name.get(row.unit, [])
        fitting = [p for p in namesakes if not row.parent or p.parent_name == row.parent]
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            above = "、".join(place.parent_name for place in fitting)
            words = f"有{len(fitting)}个“{row.unit}”，填上级党组织：{above}。"
            self._say(row.line, "上级党组织", words)
            return None
        if not namesakes and row.unit in self._disabled:
            self._say(row.line, "党组织", f"“{row.unit}”已停用。先启用它，或换一个名称。")
            return None
        place = Place(row.unit, row.unit_kind or _kind(row.unit), "", row.line)
        place.parent_name = row.parent
        stored = [p for p in namesakes if p.unit]
        if stored and place.kind != UnitKind.GROUP:
            above = stored[0].parent_name or "无"
            words = f"系统里“{row.unit}”的上级是“{above}”。要移动，在管理的“党组织”里移。"
            self._say(row.line, "上级党组织", words)
            return None
        self._by_name.setdefault(row.unit, []).append(place)
        self._new.append(place)
        return place

    def _tell(self, place: Place, row: Row) -> None:
        """Take in what a row says of its unit's kind and full name."""
        if row.unit_kind and place.kind and row.unit_kind != place.kind:
            told = "系统里" if place.unit else f"第{place.line}行"
            self._say(row.line, "类型", f"{told}“{place.name}”是{place.kind_label}，请核对。")
        place.kind = place.kind or row.unit_kind
        if not row.unit_full or row.unit_full == place.full_name:
            return
        first_told = place.line and place.full_name
        if first_told and (place in self.renamed or not place.unit):
            self._say(row.line, "党组织全称", f"和第{place.line}行的全称不同，请核对。")
            return
        if place.unit:
            self.renamed.append(place)
        place.line, place.full_name = row.line, row.unit_full

    def _find_parent(self, place: Place) -> None:
        if not place.parent_name:
            if not self._empty:
                words = f"“{place.name}”是新的，填它的上级党组织。"
                self._say(place.line, "上级党组织", words)
            return
        found = self._by_name.get(place.parent_name, [])
        if len(found) == 1:
            place.parent = found[0]
        elif found:
            words = (
                f"有{len(found)}个“{place.parent_name}”，分不清是哪一个。先在管理的“党组织”里新建。"
            )
            self._say(place.line, "上级党组织", words)
        elif place.parent_name in self._disabled:
            self._say(place.line, "上级党组织", f"“{place.parent_name}”已停用，先启用它。")
        else:
            words = f"没有“{place.parent_name}”。写成系统里的简称，或在表里加一行写它。"
            self._say(place.line, "上级党组织", words)

    def _check(self, place: Place) -> None:
        above = _above(place)
        if place in above:
            names = "—".join(p.name for p in (place, *above))
            words = f"上级转了一圈又回到自己：{names}。改正上级。"
            self._say(place.line, "上级党组织", words)
            return
        if not place.kind:
            self._say(place.line, "类型", f"“{place.name}”是新的，填类型。")
            return
        # Without its parent a problem is already told.
        if place.parent and place.parent.kind:
            if sentence := misplaced(place.kind, place.parent.kind):
                self._say(place.line, "上级党组织", sentence)
        elif not place.parent_name and place.kind == UnitKind.GROUP:
            self._say(place.line, "上级党组织", misplaced(place.kind, None))
        if not place.full_name and place.kind == UnitKind.GROUP and place.parent:
            place.full_name = f"{place.parent.full_name}{place.name}"
        if not place.full_name:
            words = f"“{place.name}”是新的，填全称：会议记录和纪要上印它。"
            self._say(place.line, "党组织全称", words)


def _kind(name: str) -> str:
    return next((kind for ending, kind in _ENDINGS if name.endswith(ending)), "")


def _above(place: Place) -> list[Place]:
    """Return what stands above, nearest first; stops where a circle closes."""
    found: list[Place] = []
    upper = place.parent
    while upper is not None and upper not in found:
        found.append(upper)
        upper = upper.parent
    return found
