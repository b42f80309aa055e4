"""Whatever people, tabs and lost answers do in whatever order: nothing acknowledged disappears."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from studyapp.errors import Refused
from studyapp.saving import actions
from studyapp.saving.actions import Clash, Saved
from studyapp.saving.growth import is_growth
from studyapp.saving.models import Revision, Text, digest
from tests.factories import make_user

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
WORDS = st.text(alphabet="学习会记录。\n", max_size=12)
KEY = "part-1"


class Saving(RuleBasedStateMachine):
    """Two people with two tabs each type into one shared text; answers get lost, clocks jump."""

    @initialize()
    def begin(self) -> None:
        Text.objects.all().delete()
        self.people = [make_user("甲"), make_user("乙")]
        self.now = START
        self.tokens = 0
        self.bases = {(person, tab): 0 for person in (0, 1) for tab in (0, 1)}
        self.acknowledged: list[str] = []
        self.refused: list[str] = []
        self.last: dict[str, Any] = {}
        self.highest = 0

    @rule(who=st.integers(0, 1), tab=st.integers(0, 1), body=WORDS, answer_lost=st.booleans())
    def save(self, who: int, tab: int, body: str, *, answer_lost: bool) -> None:
        self.tokens += 1
        self.last = {
            "body": body,
            "base": self.bases[who, tab],
            "by": self.people[who],
            "client": f"{who}{tab}",
            "token": f"t{self.tokens}",
        }
        found = actions.save(KEY, at=self.now, **self.last)
        if isinstance(found, Saved):
            stored = Text.objects.get(key=KEY)
            assert (found.sha256, stored.body) == (digest(body), body)
            self.acknowledged.append(body)
            if not answer_lost:
                self.bases[who, tab] = found.revision
        elif isinstance(found, Clash):
            self.refused.append(body)

    @rule()
    def send_again(self) -> None:
        """The answer was lost: the browser sends the same save once more."""
        if not self.last:
            return
        before = Text.objects.get(key=KEY)
        found = actions.save(KEY, at=self.now, **self.last)
        after = Text.objects.get(key=KEY)
        if isinstance(found, Saved) and (before.body, before.revision) != (
            after.body,
            after.revision,
        ):
            self.acknowledged.append(self.last["body"])
            assert after.body == self.last["body"]
        elif isinstance(found, Clash):
            self.refused.append(self.last["body"])

    @rule(who=st.integers(0, 1), tab=st.integers(0, 1))
    def look(self, who: int, tab: int) -> None:
        """Open the page anew: the form is made from what is stored."""
        text = Text.objects.filter(key=KEY).first()
        self.bases[who, tab] = text.revision if text else 0

    @rule(index=st.integers(0, 30))
    def restore(self, index: int) -> None:
        rows = list(Revision.objects.filter(text__key=KEY))
        if rows:
            row = rows[index % len(rows)]
            try:
                actions.restore(row, by=self.people[0], at=self.now)
            except Refused:
                return  # the other one is writing
            self.acknowledged.append(row.body)

    @rule(seconds=st.sampled_from([1, 20, 40, 200, 400, -3600]))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @invariant()
    def nothing_acknowledged_or_refused_is_gone(self) -> None:
        kept = list(Revision.objects.filter(text__key=KEY).values_list("body", flat=True))
        kept += list(Text.objects.filter(key=KEY).values_list("body", flat=True))
        for body in self.acknowledged:
            assert any(is_growth(body, row) for row in kept), body
        for body in self.refused:
            assert body in kept

    @invariant()
    def numbers_rise(self) -> None:
        text = Text.objects.filter(key=KEY).first()
        if text:
            assert text.revision >= self.highest
            self.highest = text.revision


@pytest.mark.loss("typing", "together", "clock")
@pytest.mark.django_db
def test_no_order_of_events_loses_what_was_acknowledged() -> None:
    run_state_machine_as_test(Saving, settings=settings(stateful_step_count=25))
