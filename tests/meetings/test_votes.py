"""The pages of votes: what each kind asks for, and correcting what was written down."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.meetings import voting
from studyapp.meetings.models import Meeting
from studyapp.minutes.assembly import vote_text
from tests.conftest import Cast
from tests.factories import make_meeting

SignIn = Callable[[User], Client]


@pytest.fixture
def meeting(cast: Cast) -> Meeting:
    """Return a running assembly with three people, all called up."""
    made = make_meeting(
        cast.branch,
        chair=cast.secretary,
        recorder=cast.recorder,
        kind="assembly",
        state="open",
        attending=(cast.secretary, cast.recorder, cast.member),
        actual_start=timezone.now(),
    )
    made.attendances.update(presence="present")
    return made


@pytest.mark.parametrize("kind", ["ordinary", "admission", "confirmation", "election"])
def test_each_vote_has_its_form_with_its_rule(
    cast: Cast, signed_in: SignIn, meeting: Meeting, kind: str
) -> None:
    page = signed_in(cast.recorder).get(f"/meetings/{meeting.pk}/sheet/votes/?kind={kind}")
    assert page.status_code == 200
    assert ("监票人" in page.content.decode()) is (kind != "ordinary")


def test_an_election_is_entered_with_its_candidates_and_corrected(
    cast: Cast, signed_in: SignIn, meeting: Meeting
) -> None:
    values = {
        "subject": "选举支部委员",
        "present": 3,
        "ballots_out": 3,
        "ballots_back": 3,
        "tellers": "王海峰",
        "counters": "孙丽华",
        "seats": 1,
        "name1": "陈卫东",
        "ayes1": 1,
    }
    client = signed_in(cast.recorder)
    address = f"/meetings/{meeting.pk}/sheet/votes/"
    assert client.post(f"{address}?kind=election", values).status_code == 302
    assert "无人得票过半数" in client.get(f"/meetings/{meeting.pk}/sheet/").content.decode()
    vote = meeting.votes.get()
    page = client.get(f"{address}{vote.pk}/").content.decode()
    assert 'value="陈卫东"' in page
    assert 'name="eligible"' not in page
    assert client.post(f"{address}{vote.pk}/", values | {"ayes1": 1, "noes2": 2}).status_code == 422
    counts = {"ayes1": 2, "noes1": 1, "abstentions1": 0, "name2": "王海峰", "ayes2": 1}
    more = values | counts | {"is_other2": "on"}
    assert client.post(f"{address}{vote.pk}/", more).status_code == 302
    assert "陈卫东当选" in client.get(f"/meetings/{meeting.pk}/sheet/").content.decode()
    assert voting.got(meeting.votes.get().candidates.all()) == [
        voting.Got("陈卫东", 2, 1, 0),
        voting.Got("王海峰", 1, is_other=True),
    ]
    told, result, _ = vote_text(meeting.votes.get()).splitlines()
    assert told == (
        "选举方式：无记名投票。应到会有选举权的党员3人，实到3人。发出选票3张，收回3张。应选1人。"
        "得票：陈卫东赞成2票，不赞成1票，弃权0票。另选他人：王海峰1票。"
        "监票人：王海峰；计票人：孙丽华。"
    )
    assert result == "选举结果：发出选票3张，收回3张，选举有效；陈卫东当选。"


def test_more_candidates_than_rows_get_more_rows(
    cast: Cast, signed_in: SignIn, meeting: Meeting
) -> None:
    client, address = signed_in(cast.recorder), f"/meetings/{meeting.pk}/sheet/votes/?kind=election"
    page = client.get(address).content.decode()
    assert ('name="name9"' in page, 'name="name10"' in page, "rows=60" in page) == (
        True,
        False,
        True,
    )
    assert 'name="name60"' in client.get(f"{address}&rows=60").content.decode()
    assert 'name="name61"' not in client.get(f"{address}&rows=999").content.decode()


def test_a_vote_on_a_person_asks_for_one_name(
    cast: Cast, signed_in: SignIn, meeting: Meeting
) -> None:
    values = {
        "subject": "李明远、高鹏",
        "present": 3,
        "ayes": 3,
        "noes": 0,
        "abstentions": 0,
        "written_ayes": 0,
        "written_noes": 0,
        "ballots_out": 3,
        "ballots_back": 3,
        "tellers": "王海峰",
        "counters": "孙丽华",
    }
    client = signed_in(cast.recorder)
    address = f"/meetings/{meeting.pk}/sheet/votes/?kind=admission"
    answer = client.post(address, values)
    assert (answer.status_code, "李明远、高鹏" in answer.content.decode()) == (422, True)
    assert client.post(address, values | {"subject": "李明远"}).status_code == 302
    assert meeting.votes.get().subject == "接收李明远为中共预备党员"


def test_a_committee_vote_is_not_offered_at_an_assembly(
    cast: Cast, signed_in: SignIn, meeting: Meeting
) -> None:
    client = signed_in(cast.recorder)
    address = f"/meetings/{meeting.pk}/sheet/votes/?kind=committee"
    assert client.get(address).status_code == 404
