"""Questions about units and the people in them."""

from studyapp.accounts.models import Political
from studyapp.branches.models import Membership, MembershipRole, Unit, UnitKind
from studyapp.text.cjk import stroke_key

LEADS = (MembershipRole.SECRETARY, MembershipRole.DEPUTY)
_FEWEST, _COMMITTEE_FROM, _MOST = 3, 7, 50


def people_in(unit: Unit) -> list[Membership]:
    """Return current memberships by rank, then 姓氏笔画; organ staff of the unit included."""
    found = Membership.objects.current().filter(unit=unit).select_related("user", "unit")
    return sorted(found, key=lambda m: (m.rank, stroke_key(m.user.name), m.pk))


def leaders(unit: Unit) -> list[Membership]:
    """Return secretary and deputies, by rank."""
    return [m for m in people_in(unit) if m.role in LEADS]


def advice(unit: Unit, people: list[Membership]) -> list[str]:
    """Return advice on a branch's size; never a block (支部工作条例第四、五条, 第十九条)."""
    if unit.kind != UnitKind.BRANCH:
        return []
    full = sum(1 for m in people if m.is_home and m.user.political == Political.FULL)
    committee = [m for m in people if m.role in {*LEADS, MembershipRole.COMMITTEE}]
    found = []
    if full < _FEWEST:
        found.append(f"正式党员{full}人，不足3人，可以成立联合党支部（支部工作条例第五条）。")
    if full > _MOST:
        found.append(f"党员{full}人，超过50人，可以研究设立党总支（支部工作条例第四条）。")
    if full >= _COMMITTEE_FROM and len(committee) < _FEWEST:
        found.append(f"正式党员{full}人，达到7人，应当设立支部委员会（支部工作条例第十九条）。")
    return found
