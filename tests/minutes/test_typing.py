"""The parts of the record while they are typed: saved by revision, brought back, closed in time."""

import pytest

from studyapp.errors import Refused
from studyapp.minutes import actions
from studyapp.minutes.content import digest
from studyapp.saving.actions import Posted, Saved
from studyapp.saving.models import Revision, Text
from studyapp.saving.queries import history
from tests.conftest import Cast
from tests.minutes.records import NOW, opened, submitted


def test_an_earlier_wording_comes_back_as_the_newest(cast: Cast) -> None:
    part = opened(cast).parts.get(key="summary")
    first = part.text
    part = actions.edit_part(part, text="改过", base=digest(first), by=cast.recorder, at=NOW())
    old = Revision.objects.get(text__key=part.text_key, body=first)
    part = actions.restore_part(part, wording=old.pk, by=cast.recorder, at=NOW())
    bodies = [row.body for row in history(Text.objects.get(key=part.text_key))]
    assert (part.text, bodies) == (first, [first, "改过", first])
    other = Revision.objects.create(
        text=Text.objects.create(key="elsewhere"), number=1, body="别处", began_at=NOW(), at=NOW()
    )
    with pytest.raises(Refused, match="没有找到"):
        actions.restore_part(part, wording=other.pk, by=cast.recorder, at=NOW())


def test_a_part_saves_itself_while_it_is_open_for_editing(cast: Cast) -> None:
    record = opened(cast)
    part = record.parts.get(key="summary")
    words: Posted = {"body": part.text + "再加一句。", "base": 0, "client": "c", "token": "t"}
    saved = actions.type_part(part, words, by=cast.recorder, at=NOW())
    part.refresh_from_db()
    assert (saved, part.text) == (Saved(1, digest(words["body"]), saved.at), words["body"])


def test_a_part_does_not_save_itself_once_the_record_was_submitted(cast: Cast) -> None:
    part = submitted(cast).parts.get(key="summary")
    words: Posted = {"body": "改", "base": 0, "client": "c", "token": "t"}
    with pytest.raises(Refused, match="先退回"):
        actions.type_part(part, words, by=cast.recorder, at=NOW())
