"""Who may do what, on one screen.

A role is how a person stands to one object (a membership of its unit, being the chair of this
meeting, the author of this note) or an administrator's office. Roles are looked up at each
request; nothing is stored in the session.
"""

from enum import Enum

from studyapp.access.permissions import P


class Role(Enum):
    """How a person stands to an object; the value is the word on screen."""

    MEMBER = "成员"
    LEADER = "党小组长"
    COMMITTEE = "支委"
    DEPUTY = "副书记"
    SECRETARY = "书记"
    ORGAN = "机关工作人员"
    CHAIR = "主持人"
    RECORDER = "记录人"
    AUTHOR = "本人"
    SYSTEM = "系统管理员"
    SECURITY = "安全管理员"
    AUDITOR = "审计管理员"


_READER = {P.UNIT_READ, P.SPEECH_READ, P.MEETING_READ, P.NOTE_READ, P.NOTE_WRITE}
_BRANCH = _READER | {P.RECORD_READ, P.RECORD_EXPORT}
_RUNS = {P.MEETING_EDIT, P.MEETING_RUN, P.MEETING_RECORD, P.RECORD_EDIT}
_LEADS = (
    _BRANCH
    | _RUNS
    | {P.MEETING_SCHEDULE, P.RECORD_REVIEW}
    | {P.PAPER_LAYOUT, P.ARCHIVE_READ, P.ARCHIVE_FILE}
)

TABLE: dict[Role, frozenset[P]] = {
    Role.MEMBER: frozenset(_BRANCH),
    Role.LEADER: frozenset(_LEADS),
    Role.COMMITTEE: frozenset(_BRANCH | {P.ARCHIVE_READ}),
    Role.DEPUTY: frozenset(_LEADS | {P.SPEECH_IMPORT, P.SPEECH_EDIT}),
    Role.SECRETARY: frozenset(_LEADS | {P.SPEECH_IMPORT, P.SPEECH_EDIT}),
    Role.ORGAN: frozenset(
        {P.UNIT_READ, P.SPEECH_READ, P.SPEECH_IMPORT, P.SPEECH_EDIT, P.SPEECH_SEND}
        | {P.RECORD_READ, P.RECORD_EXPORT, P.RECORD_SEND_BACK}
        | {P.PAPER_LAYOUT, P.ARCHIVE_READ}
    ),
    Role.CHAIR: frozenset(
        _BRANCH | {P.MEETING_EDIT, P.MEETING_RUN, P.MEETING_RECORD} | {P.RECORD_SIGN}
    ),
    Role.RECORDER: frozenset(_BRANCH | _RUNS | {P.RECORD_SIGN}),
    Role.AUTHOR: frozenset({P.NOTE_READ, P.NOTE_OWN, P.JOB_OWN}),
    Role.SYSTEM: frozenset(
        {P.UNIT_EDIT, P.PERSON_EDIT, P.FEEDBACK_ANSWER, P.STATUS_READ, P.RESET_CONFIRM}
    ),
    Role.SECURITY: frozenset({P.ROLE_GRANT, P.UNLOCK, P.RESET_CONFIRM}),
    Role.AUDITOR: frozenset({P.AUDIT_READ}),
}
ADMINISTRATORS = frozenset({Role.SYSTEM, Role.SECURITY, Role.AUDITOR})


def allows(roles: frozenset[Role], permission: P) -> bool:
    """Tell whether one of ``roles`` holds ``permission``."""
    return any(permission in TABLE[role] for role in roles)
