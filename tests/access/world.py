"""One object of each kind in each state, in the branch; and everybody who may ask for them."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from studyapp.accounts import resets
from studyapp.accounts.models import Feedback, Reset, User
from studyapp.branches.models import Membership, UnitKind
from studyapp.jobs.models import Job
from studyapp.meetings.actions import schedule
from studyapp.meetings.models import Decision, LeaveRequest, Meeting, Remark, Sitting, Vote
from studyapp.minutes import actions as minutes
from studyapp.minutes.models import Scan, SignedVersion
from studyapp.speeches.models import Passage, Speech, Theme
from tests.conftest import Cast
from tests.factories import (
    make_attendance,
    make_meeting,
    make_note,
    make_speech,
    make_unit,
    make_user,
)
from tests.minutes import records


@dataclass
class World:
    """Objects by kind and state, the ids of what lies inside each, and the people by name."""

    people: dict[str, User]
    objects: dict[str, Any] = field(default_factory=dict)
    inside: dict[str, dict[str, int]] = field(default_factory=dict)


def people(cast: Cast) -> dict[str, User]:
    """Everybody of the table, stored."""
    aside = make_unit("分局党委", kind=UnitKind.ORGAN)
    found = cast.people() | {
        "deputy": make_user("副书记", unit=cast.branch, role="deputy", rank=2),
        "committee": make_user("委员", unit=cast.branch, role="committee", rank=3),
        "group_leader": make_user("小组长", unit=cast.group, role="leader", is_home=False),
        "group_member": make_user("组员", unit=cast.group, is_home=False),
        "general_secretary": make_user("总支书记", unit=cast.general, role="secretary"),
        "general_member": make_user("总支委员", unit=cast.general),
        "other_secretary": make_user("外书记", unit=cast.other_branch, role="secretary"),
        "other_inspector": make_user("分局机关", unit=aside, role="organ"),
        "former_secretary": make_user("前书记", unit=cast.branch, role="secretary"),
        "former_member": make_user("调走的", unit=cast.branch),
        "nowhere": make_user("未编入"),
    }
    left = [found["former_secretary"], found["former_member"]]
    Membership.objects.filter(user__in=left).update(ended_on=timezone.localdate())
    return found


def build(cast: Cast) -> World:
    world = World(people(cast))
    world.objects = {"Unit": cast.branch, "Unit of a group": cast.group}
    world.objects["Feedback"] = Feedback.objects.create(author=cast.member, body="字太小")
    _speeches(world, cast)
    _meetings(world, cast)
    resets.begin(cast.auditor, Reset.What.PASSWORD, by=cast.secadmin, at=timezone.now())
    world.objects["Reset"] = Reset.objects.get()
    world.objects["Job"] = Job.objects.create(kind="none", title="手册", by=cast.member)
    world.objects["Note, private"] = make_note(cast.member, cast.branch, posted=False)
    world.objects["Note"] = make_note(cast.member, cast.branch)
    _records(world, cast)
    return world


def _speeches(world: World, cast: Cast) -> None:
    def store(state: str, speech: Speech) -> None:
        version = speech.versions.get()
        version.file.save("原文.txt", ContentFile("一、夯实基础".encode()))
        version.file_name = "原文.txt"
        version.save(update_fields=["file_name"])
        theme = speech.themes.order_by("number")[0]
        world.objects[f"Speech{state}"] = speech
        world.inside[f"Speech{state}"] = {
            "theme": theme.pk,
            "passage": Passage.objects.filter(version=version).order_by("position")[1].pk,
        }

    store(" in review", make_speech(cast.branch, cast.secretary, released=False))
    store("", make_speech(cast.branch, cast.secretary))
    store(" sent down", make_speech(cast.organ, cast.inspector, sent=True))
    for state in (" in review", ""):
        key = world.inside[f"Speech{state}"]["theme"]
        world.objects[f"Theme{state}"] = Theme.objects.get(pk=key)


def _meetings(world: World, cast: Cast) -> None:
    leader = world.people["group_leader"]
    for key, unit, chair, recorder, member in (
        ("Meeting", cast.branch, cast.secretary, cast.recorder, cast.member),
        ("Meeting of the group", cast.group, leader, leader, world.people["group_member"]),
    ):
        meeting = make_meeting(unit, chair=chair, recorder=recorder)
        row = make_attendance(meeting, member)
        for step in ("check_in", "open"):
            schedule.move(meeting, to=step, by=recorder, at=timezone.now())
        meeting = Meeting.objects.get(pk=meeting.pk)
        world.objects[key] = meeting
        now = timezone.now()
        item = meeting.agenda.create(position=9, kind="other", title="其他")
        note = make_note(member, unit, meeting=meeting)
        world.inside[key] = {
            "item": item.pk,
            "attendance": row.pk,
            "note": note.pk,
            "sitting": Sitting.objects.create(
                meeting=meeting, name="A班", start=now, end=now + timedelta(hours=1)
            ).pk,
            "remark": Remark.objects.create(
                meeting=meeting,
                speaker=member,
                speaker_name=member.name,
                position=1,
                text="说了几句。",
                entered_by=recorder,
            ).pk,
            "vote": Vote.objects.create(
                meeting=meeting, subject="计划", eligible=1, present=1, ayes=1
            ).pk,
            "leave": LeaveRequest.objects.create(attendance=row, kind="出差").pk,
            "decision": Decision.objects.create(meeting=meeting, position=1, text="办一件事。").pk,
        }


def _records(world: World, cast: Cast) -> None:
    returned = records.submitted(cast, title="退回的会")
    minutes.return_record(returned, opinion="补齐", by=cast.secretary, at=timezone.now())
    world.objects |= {
        "Record, draft": records.opened(cast, title="草稿的会"),
        "Record, submitted": records.submitted(cast, title="待签的会"),
        "Record, returned": returned,
        "Record, signed": records.signed(cast, title="签了的会"),
    }
    signed = SignedVersion.objects.get(record=world.objects["Record, signed"])
    file = ContentFile(b"%PDF-1.4", name="签字.pdf")
    scan = Scan.objects.create(
        version=signed, file=file, file_name="签字.pdf", added_by=cast.recorder
    )
    world.inside["Record, signed"] = {"scan": scan.pk}
