"""An entry in the fields of the police application log (公安信息系统应用日志), in their order."""

import json

from django.utils import timezone

from studyapp.audit.models import Entry


def as_police(entry: Entry, reg_id: str) -> dict[str, str]:
    """Return the thirteen fields; ``reg_id`` is the number of the system in the police register.

    Time is that of the site, without zone, as the format has it. What was done to whom has one
    field there: it is JSON, so that nothing is lost and a line end stays inside. ORGANIZATION is
    the unit that the thing belongs to.
    """
    condition = {"target": entry.target, **entry.condition}
    return {
        "NUM_ID": str(entry.seq),
        "REG_ID": reg_id,
        "USER_ID": entry.user_id,
        "ORGANIZATION": entry.organization,
        "ORGANIZATION_ID": entry.organization_id,
        "USER_NAME": entry.user_name,
        "TERMINAL_ID": entry.terminal,
        "OPERATE_TIME": timezone.localtime(entry.at).strftime("%Y%m%d%H%M%S"),
        "OPERATE_TYPE": str(int(entry.operation)),
        "OPERATE_RESULT": "1" if entry.succeeded else "0",
        "ERROR_CODE": entry.error_code,
        "OPERATE_NAME": entry.name,
        "OPERATE_CONDITION": json.dumps(condition, ensure_ascii=False, sort_keys=True),
    }
