"""Who may open what, told by hand: independent of the code that decides it.

Three tables. ROUTES says for every address of the site what it asks for; SEES and MAY say for
every kind of object, in each of its states, who sees it and who may do what with it. Whoever does
not see it gets 404, whoever sees it and may not gets 403.
"""

from studyapp.access.permissions import P

# --- The people: how they stand to the branch that owns the objects ------------------------------

BRANCH = {"secretary", "deputy", "committee", "recorder", "member"}
"""The own branch; the secretary chairs, a committee member records."""
GROUP = {"group_leader", "group_member"}
"""A child: they stand in the branch's group only."""
ABOVE = {"inspector", "general_secretary", "general_member"}
"""Parents: organ staff two levels up; the 党总支 between."""
OTHERS = {"visitor", "other_secretary", "other_inspector"}
"""Another branch, and organ staff of another part of the tree."""
GONE = {"former_secretary", "former_member", "nowhere"}
"""Who left the branch, and who never stood anywhere."""
OFFICES = {"sysadmin", "secadmin", "auditor"}
PEOPLE = BRANCH | GROUP | ABOVE | OTHERS | GONE | OFFICES

LEADS = {"secretary", "deputy"}
RUNS = LEADS | {"recorder"}
LEADS_GROUP = LEADS | {"group_leader"}

# --- Objects, by kind and state ------------------------------------------------------------------

SEES: dict[str, set[str]] = {
    "Unit": BRANCH | {"inspector", "sysadmin", "secadmin"},
    "Unit of a group": BRANCH | GROUP | {"inspector", "sysadmin", "secadmin"},
    "Feedback": {"member", "sysadmin"},
    "Speech in review": LEADS,
    "Speech": BRANCH,
    "Speech sent down": PEOPLE - OFFICES - GONE - {"other_inspector"},
    "Theme": BRANCH,
    "Theme in review": LEADS,
    "Meeting": BRANCH,
    "Meeting of the group": GROUP | LEADS,
    "Note, private": {"member"},
    "Note": BRANCH,
    "Record, draft": RUNS,
    "Record, submitted": BRANCH,
    "Record, returned": BRANCH,
    "Record, signed": BRANCH | {"inspector"},
    "Job": {"member"},
    "Reset": {"sysadmin", "secadmin"},
}


def _each(who: set[str], *permissions: P) -> dict[P, set[str]]:
    return dict.fromkeys(permissions, who)


_IN_UNIT: dict[P, set[str]] = {
    **_each({"sysadmin"}, P.UNIT_EDIT, P.PERSON_EDIT, P.FEEDBACK_ANSWER, P.STATUS_READ),
    **_each({"secadmin"}, P.ROLE_GRANT, P.UNLOCK),
    **_each({"sysadmin", "secadmin"}, P.RESET_CONFIRM),
    **_each(LEADS | {"inspector"}, P.SPEECH_IMPORT, P.SPEECH_EDIT),
    **_each({"inspector"}, P.SPEECH_SEND, P.RECORD_SEND_BACK),
    # Of a meeting, a note, a job, the log: nobody has them by standing in a unit.
    **_each(set(), P.RECORD_SIGN, P.NOTE_OWN, P.JOB_OWN, P.AUDIT_READ),
}
MAY: dict[str, dict[P, set[str]]] = {
    "Unit": _IN_UNIT
    | {
        **_each(BRANCH | {"inspector"}, P.UNIT_READ, P.SPEECH_READ),
        **_each(BRANCH | {"inspector"}, P.RECORD_READ, P.RECORD_EXPORT),
        **_each(BRANCH, P.MEETING_READ, P.NOTE_READ, P.NOTE_WRITE),
        **_each(LEADS, P.MEETING_SCHEDULE, P.MEETING_EDIT, P.MEETING_RUN),
        **_each(LEADS, P.MEETING_RECORD, P.RECORD_EDIT, P.RECORD_REVIEW),
        P.ARCHIVE_READ: LEADS | {"committee", "recorder", "inspector"},
        P.ARCHIVE_FILE: LEADS,
        P.PAPER_LAYOUT: LEADS | {"inspector"},
    },
    "Unit of a group": _IN_UNIT
    | {
        **_each(BRANCH | GROUP | {"inspector"}, P.UNIT_READ, P.SPEECH_READ),
        **_each(BRANCH | GROUP | {"inspector"}, P.RECORD_READ, P.RECORD_EXPORT),
        **_each(BRANCH | GROUP, P.MEETING_READ, P.NOTE_READ, P.NOTE_WRITE),
        **_each(LEADS_GROUP, P.MEETING_SCHEDULE, P.MEETING_EDIT, P.MEETING_RUN),
        **_each(LEADS_GROUP, P.MEETING_RECORD, P.RECORD_EDIT, P.RECORD_REVIEW),
        P.ARCHIVE_READ: LEADS_GROUP | {"committee", "recorder", "inspector"},
        P.ARCHIVE_FILE: LEADS_GROUP,
        P.PAPER_LAYOUT: LEADS_GROUP | {"inspector"},
    },
    "Feedback": {P.FEEDBACK_ANSWER: {"sysadmin"}},
    "Speech in review": {P.SPEECH_READ: LEADS, P.SPEECH_EDIT: LEADS, P.SPEECH_SEND: set()},
    "Speech": {P.SPEECH_READ: BRANCH, P.SPEECH_EDIT: LEADS, P.SPEECH_SEND: set()},
    "Speech sent down": {
        P.SPEECH_READ: SEES["Speech sent down"],
        P.SPEECH_EDIT: {"inspector"},
        P.SPEECH_SEND: {"inspector"},
    },
    "Theme": {P.SPEECH_READ: BRANCH},
    "Theme in review": {P.SPEECH_READ: LEADS},
    "Meeting": {
        P.MEETING_READ: BRANCH,
        P.MEETING_EDIT: RUNS,
        P.MEETING_RUN: RUNS,
        P.MEETING_RECORD: RUNS,
        P.RECORD_EDIT: RUNS,
    },
    "Meeting of the group": {
        P.MEETING_READ: GROUP | LEADS,
        P.MEETING_EDIT: {"group_leader"} | LEADS,
        P.MEETING_RUN: {"group_leader"} | LEADS,
        P.MEETING_RECORD: {"group_leader"} | LEADS,
        P.RECORD_EDIT: {"group_leader"} | LEADS,
    },
    "Note, private": {P.NOTE_READ: {"member"}, P.NOTE_OWN: {"member"}},
    "Note": {P.NOTE_READ: BRANCH, P.NOTE_OWN: {"member"}},
    "Job": {P.JOB_OWN: {"member"}},
    "Reset": {P.RESET_CONFIRM: {"sysadmin", "secadmin"}},
} | {
    f"Record, {state}": {
        P.RECORD_READ: SEES[f"Record, {state}"],
        P.RECORD_EXPORT: SEES[f"Record, {state}"],
        P.RECORD_EDIT: RUNS,
        P.RECORD_REVIEW: LEADS,
        P.RECORD_SEND_BACK: SEES[f"Record, {state}"] & {"inspector"},
    }
    for state in ("draft", "submitted", "returned", "signed")
}

# --- Offices and lists ---------------------------------------------------------------------------

HOLDS: dict[P, str] = {
    P.UNIT_EDIT: "sysadmin",
    P.PERSON_EDIT: "sysadmin",
    P.FEEDBACK_ANSWER: "sysadmin",
    P.STATUS_READ: "sysadmin",
    P.ROLE_GRANT: "secadmin",
    P.UNLOCK: "secadmin",
    P.AUDIT_READ: "auditor",
}
PUBLIC = {
    "accounts:sign_in",
    "accounts:code",
    "upkeep:healthz",
    "upkeep:readyz",
    "meetings:news",
    "meetings:scan",
    "meetings:screen",
    "minutes:check",
    "minutes:checked",
}
OWN = {
    "dashboards:today",
    "accounts:sign_out",
    "accounts:me",
    "accounts:password",
    "accounts:again",
    "accounts:text_size",
    "accounts:second_factor",
    "accounts:second_begin",
    "accounts:second_confirm",
    "accounts:second_codes",
    "accounts:second_remove",
    "accounts:end_sign_in",
    "accounts:end_other_sign_ins",
    "accounts:feedback",
    "saving:copy",
    "saving:copy_history",
    "saving:drop",
    "saving:local_key",
    "saving:held",
}
"""Everybody's own pages."""
CONTENT = {
    "jobs:list",
    "archive:batch",
    "branches:list",
    "speeches:list",
    "speeches:new",
    "meetings:list",
    "meetings:new",
    "meetings:check_in",
    "meetings:claim",
    "meetings:notes",
    "meetings:my_hours",
    "meetings:study_notes",
    "meetings:study_notes_file",
    "meetings:note_new",
    "meetings:note_restore",
    "minutes:list",
}
"""Pages of content without one object: an administrator gets 404."""
ADMINISTRATION = {"branches:admin"}
"""For administrators only."""

# --- Every address -------------------------------------------------------------------------------

_OBJECTS: dict[tuple[str, P], str] = {
    ("Job", P.JOB_OWN): "jobs:detail jobs:progress jobs:cancel jobs:again jobs:file",
    ("Feedback", P.FEEDBACK_ANSWER): "accounts:answer",
    ("Reset", P.RESET_CONFIRM): "branches:reset branches:reset_drop",
    ("Unit", P.UNIT_READ): "branches:detail meetings:hours",
    ("Unit", P.ARCHIVE_FILE): "archive:file_records archive:retention",
    ("Unit", P.MEETING_SCHEDULE): "meetings:rhythm",
    ("Unit", P.PAPER_LAYOUT): "papers:profile",
    (
        "Unit",
        P.ARCHIVE_READ,
    ): "archive:filing archive:handbook archive:ledger archive:ledger_file archive:package",
    ("Unit", P.UNIT_EDIT): "branches:unit_edit branches:unit_active",
    ("Speech", P.SPEECH_READ): """
        speeches:detail speeches:position speeches:original speeches:paper speeches:paper_file""",
    ("Speech", P.SPEECH_EDIT): """
        speeches:version speeches:review speeches:dismiss speeches:details speeches:vouch
        speeches:release speeches:withdraw speeches:reinstate speeches:theme speeches:passage
        speeches:cut""",
    ("Speech", P.SPEECH_SEND): "speeches:send",
    ("Theme", P.SPEECH_READ): """
        meetings:theme_notes meetings:theme_collection meetings:theme_collection_file
        speeches:place""",
    ("Meeting", P.MEETING_READ): """
        meetings:detail meetings:live meetings:make_up meetings:notice meetings:notice_file
        meetings:votes meetings:votes_file meetings:my_remarks meetings:remark_check meetings:leave
        meetings:leave_withdraw""",
    ("Meeting", P.MEETING_EDIT): """
        meetings:edit meetings:postpone meetings:cancel meetings:agenda meetings:agenda_item
        meetings:agenda_shift meetings:agenda_remove meetings:sittings meetings:sitting_remove""",
    ("Meeting", P.MEETING_RUN): "meetings:move meetings:projector meetings:show",
    ("Meeting", P.MEETING_RECORD): """
        meetings:times meetings:roll meetings:roll_rest meetings:confirm_check_ins meetings:observer_add
        meetings:observer_remove meetings:excuse meetings:sheet meetings:paste meetings:remark
        meetings:remark_remove meetings:remark_shift meetings:note_take meetings:item_words
        meetings:vote meetings:vote_edit meetings:vote_remove meetings:decision_add
        meetings:decision meetings:decision_remove meetings:summary
        meetings:summary_save meetings:words_save meetings:remark_save
        meetings:summary_history meetings:words_history meetings:remark_history
        meetings:remark_answer meetings:leave_answer""",
    ("Meeting", P.RECORD_EDIT): "minutes:open minutes:take_correction",
    ("Note", P.NOTE_READ): "meetings:note",
    ("Note", P.NOTE_OWN): "meetings:note_edit meetings:note_post meetings:note_delete",
    ("Record", P.RECORD_READ): """
        minutes:detail minutes:return minutes:confirm minutes:scan minutes:object_to
        minutes:objection_answer minutes:objection_withdraw minutes:changes""",
    ("Record", P.RECORD_EDIT): """
        minutes:edit minutes:part_save minutes:part_history minutes:submit minutes:amend minutes:scan_new
        minutes:explain""",
    ("Record", P.RECORD_SEND_BACK): "minutes:send_back",
    ("Record", P.RECORD_REVIEW): "minutes:void",
    ("Record", P.RECORD_EXPORT): "minutes:export minutes:print minutes:copy",
}
_OFFICES: dict[P, str] = {
    P.FEEDBACK_ANSWER: "accounts:feedback_list",
    P.STATUS_READ: "upkeep:status",
    P.UNIT_EDIT: "branches:unit_tree branches:unit_new",
    P.PERSON_EDIT: """
        branches:people branches:person_new branches:first_passwords branches:person_edit
        branches:person_active branches:person_place branches:person_home branches:person_leave
        branches:roster branches:roster_template branches:roster_import""",
    P.ROLE_GRANT: "branches:roles branches:person_roles branches:person_grant branches:person_office",
    P.UNLOCK: "branches:person_unlock branches:person_reset branches:person_second",
    P.AUDIT_READ: "audit:list audit:verify audit:export",
}

ROUTES: dict[str, tuple[str, str, P | None]] = (
    dict.fromkeys(PUBLIC, ("public", "", None))
    | dict.fromkeys(OWN | ADMINISTRATION, ("signed-in", "", None))
    | dict.fromkeys(CONTENT, ("content", "", None))
    | {
        name: ("office", "", permission)
        for permission, names in _OFFICES.items()
        for name in names.split()
    }
    | {
        name: ("object", model, permission)
        for (model, permission), names in _OBJECTS.items()
        for name in names.split()
    }
)
"""Name of every address → kind of access, model of the object, permission."""

POSTED_BY_FEWER: dict[str, set[str]] = {
    # The paper is read by all, returned by who reviews it or signs it.
    "minutes:return": RUNS,
    # Who attended objects; who keeps or signs the record answers.
    "minutes:object_to": {"secretary", "committee", "deputy", "recorder", "member"},
    "minutes:objection_answer": RUNS,
}
"""Addresses where reading is open to more people than sending the form."""

THERE_FOR: dict[str, set[str]] = {
    # What was said is checked by whom it is written down for.
    "meetings:remark_check": {"member", "group_member"},
    # An objection is its writer's.
    "minutes:objection_withdraw": {"member"},
}
"""Addresses where a part of a visible object is there for some of its readers only."""
