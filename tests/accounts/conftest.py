"""Somebody who signs in with a password that is known."""

import pytest

from studyapp.accounts.models import User
from tests.accounts.signing_in import PASSWORD
from tests.factories import make_user


@pytest.fixture
def person() -> User:
    """Somebody with a known password."""
    user = make_user("林晓燕", username="lin")
    user.set_password(PASSWORD)
    user.save(update_fields=["password"])
    return user
