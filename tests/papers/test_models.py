"""The profile of a unit's papers."""

from studyapp.documents.layout import GB
from studyapp.papers.models import PaperProfile


def test_a_new_profile_is_the_national_standard() -> None:
    assert PaperProfile().layout == GB
