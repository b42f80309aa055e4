"""Signing at the same instant: one chain a branch, nothing lost, nobody left without an answer."""

import pytest

from tests.faults.database import Database
from tests.faults.server import PASSWORD, Site
from tests.faults.together import Act, at_once

pytestmark = pytest.mark.faults
SUBMITTED = """
from types import SimpleNamespace
from studyapp.accounts.models import User
from studyapp.branches.models import Membership
from studyapp.minutes import actions
from tests.minutes import records
cast = {{name: User.objects.get(username=name) for name in ("secretary", "recorder", "member")}}
branch = Membership.objects.get(user=cast["secretary"], role="secretary").unit
for number in range({count}):
    record = records.submitted(SimpleNamespace(branch=branch, **cast))
    if {by_recorder}:
        actions.confirm(record, revision=record.revision, by=cast["recorder"], at=records.NOW())
    print("record", record.pk, record.revision)
"""
TABLES = ("minutes_confirmation", "papers_issuedfile")
VERSIONS = "SELECT record_id, number, sequence FROM minutes_signedversion"


def submitted(site: Site, count: int = 1, *, by_recorder: bool) -> list[tuple[int, int]]:
    """Return number and revision of records of one branch that its secretary has yet to sign.

    The recorder has signed already, or has yet to sign as well.
    """
    code = SUBMITTED.format(count=count, by_recorder=by_recorder)
    outcome = site.manage("shell", "--verbosity=0", "-c", code)
    assert outcome.returncode == 0, outcome.stderr
    lines = [line.split() for line in outcome.stdout.splitlines() if line.startswith("record ")]
    return [(int(pk), int(revision)) for _, pk, revision in lines]


def signs(name: str, record: tuple[int, int]) -> Act:
    fields = {"revision": str(record[1]), "password": PASSWORD}
    return name, f"/minutes/{record[0]}/confirm/", fields


def fetches(name: str, pk: int) -> Act:
    return name, f"/minutes/{pk}/export.docx", None


def sound(site: Site) -> bool:
    """Tell whether the chains of records and of the log are what they have to be."""
    outcomes = [site.manage(name) for name in ("verify_minutes", "verify_audit")]
    assert [outcome.returncode for outcome in outcomes] == [0, 0], [o.stdout for o in outcomes]
    return True


def test_the_last_two_signatures_and_one_of_them_twice_make_one_version(
    built: Site, database: Database
) -> None:
    [record] = submitted(built, by_recorder=False)
    pk = record[0]
    before = len(database.rows(VERSIONS))
    acts = [signs(name, record) for name in ("recorder", "secretary", "secretary")]
    answers = at_once(built, database, acts, *TABLES)
    # The click too many is told so on the page.
    assert sorted(status for status, _ in answers) == [302, 302, 422]
    [page] = [page for status, page in answers if status == 422]
    assert ("不用再签" in page or "已经签过" in page) is True
    given = "SELECT capacity FROM minutes_confirmation WHERE record_id = %s ORDER BY capacity"
    assert database.rows(given, pk) == [("chair",), ("recorder",)]
    assert len(database.rows(VERSIONS)) == before + 1
    assert [row[1] for row in database.rows(f"{VERSIONS} WHERE record_id = %s", pk)] == [1]
    assert sound(built)


def test_records_of_one_branch_signed_while_its_papers_are_fetched_stand_in_one_chain(
    built: Site, database: Database
) -> None:
    waiting = submitted(built, 3, by_recorder=True)
    query = "SELECT max(sequence), min(record_id), unit_id FROM minutes_signedversion v "
    of_branch = "WHERE unit_id = (SELECT unit_id FROM meetings_meeting m JOIN minutes_record r "
    of_branch += "ON r.meeting_id = m.id WHERE r.id = %s) GROUP BY unit_id"
    [(end, paper, unit)] = database.rows(query + of_branch, waiting[0][0])
    issued = "SELECT count(*) FROM papers_issuedfile WHERE unit_id = %s"
    [(files,)] = database.rows(issued, unit)
    acts = [signs("secretary", record) for record in waiting]
    acts += [fetches(name, paper) for name in ("recorder", "member")]
    assert [status for status, _ in at_once(built, database, acts, *TABLES)] == [
        302,
        302,
        302,
        200,
        200,
    ]
    new = f"{VERSIONS} WHERE unit_id = %s AND sequence > %s ORDER BY sequence"
    found = database.rows(new, unit, end)
    assert sorted(row[0] for row in found) == [pk for pk, _ in waiting]
    assert [row[1:] for row in found] == [(1, end + 1), (1, end + 2), (1, end + 3)]
    assert database.rows(issued, unit) == [(files + 2,)]
    assert sound(built)
