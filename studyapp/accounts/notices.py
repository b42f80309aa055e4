"""What a person is told of the own account, on the start page, in a quiet line."""

from datetime import datetime

from studyapp.accounts.models import User

WARNED_DAYS = 14


def password_days_left(user: User, *, at: datetime) -> int | None:
    """Return the days until the password must be changed, within the last 14; else None."""
    end = user.password_runs_out
    if end is None or (left := (end - at).days) > WARNED_DAYS:
        return None
    return max(left, 0)
