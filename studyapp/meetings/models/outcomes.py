"""What was said and decided: remarks, votes, decisions."""

from datetime import datetime

from django.db import models
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.meetings.models.meeting import AgendaItem, Meeting
from studyapp.meetings.models.notes import Note
from studyapp.speeches.models import Theme
from studyapp.text.diff import Piece, diff


class Remark(models.Model):
    """发言: what somebody said in the meeting, written down by the recorder.

    ``note`` is set when the recorder took a member's own note into the record (列入记录): the text
    is a copy, later edits of the note are shown as a difference.
    """

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="remarks")
    item = models.ForeignKey(
        AgendaItem, on_delete=models.PROTECT, null=True, blank=True, related_name="remarks"
    )
    theme = models.ForeignKey(
        Theme, on_delete=models.PROTECT, null=True, blank=True, related_name="remarks"
    )
    speaker = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="remarks"
    )
    speaker_name = models.CharField("发言人", max_length=50)
    position = models.PositiveIntegerField()
    text = models.TextField("内容", max_length=20000)
    note = models.ForeignKey(
        Note, on_delete=models.PROTECT, null=True, blank=True, related_name="remarks"
    )
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField(default=timezone.now)
    checked_at = models.DateTimeField("本人核对", null=True, blank=True)
    objection = models.CharField("本人意见", max_length=500, blank=True)
    # The words as the speaker would have them: shown to the recorder as a difference.
    correction = models.TextField("本人更正", blank=True, max_length=20000)
    # What the recorder did about them: words of answer, or none where the remark was reworded or
    # the correction taken over. The speaker's words stand until the speaker is content.
    answer = models.CharField("答复", max_length=500, blank=True)
    answered_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["meeting", "position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(checked_at__isnull=True) | models.Q(objection="", correction=""),
                name="remark_checked_or_objected",
            ),
            models.CheckConstraint(
                condition=models.Q(answer="", answered_by__isnull=True, answered_at__isnull=True)
                | models.Q(answered_by__isnull=False, answered_at__isnull=False),
                name="remark_answered_by_and_at",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.speaker_name}：{self.text[:20]}"

    @property
    def text_key(self) -> str:
        """Name of its words among the saved texts."""
        return f"remark-{self.pk}"

    @property
    def correction_copy(self) -> str:
        """Name of the speaker's working copy of a correction."""
        return f"correction-{self.pk}"

    @property
    def is_disputed(self) -> bool:
        """The speaker said that the words are wrong, and has not said yet that they are right."""
        return bool(self.objection or self.correction)

    @property
    def dispute(self) -> str:
        """All that the speaker said against the words: what an answer is given to."""
        return f"{self.objection}\n{self.correction}"

    @property
    def is_unanswered(self) -> bool:
        """Disputed, and the recorder has neither answered nor reworded."""
        return self.is_disputed and self.answered_at is None

    @property
    def waits_for_speaker(self) -> bool:
        """The next word is the speaker's: not checked yet, or answered since."""
        return self.checked_at is None and not self.is_unanswered

    @property
    def is_taken_over(self) -> bool:
        """The words are the speaker's correction, taken over by the recorder."""
        return self.checked_at is not None and self.checked_at == self.answered_at

    @property
    def corrected(self) -> list[Piece]:
        """What the speaker would change in the words of the sheet."""
        return diff(self.text, self.correction) if self.correction else []

    def settle(self, at: datetime | None) -> None:
        """The speaker is content since ``at``, unsaved; or (None) says nothing any more."""
        self.checked_at, self.objection, self.correction = at, "", ""
        self.unanswer()

    def unanswer(self) -> None:
        """Forget an answer, unsaved: what it was given to is gone, or was said anew."""
        self.answer, self.answered_by, self.answered_at = "", None, None

    def reword(self, text: str, *, by: User, at: datetime) -> None:
        """Take other words, unsaved. The speaker is asked again; what was disputed stays so."""
        if text == self.text:
            return
        self.text = text
        if self.speaker_id == by.pk:
            self.settle(at)
        elif not self.is_disputed:
            self.settle(None)
        elif not self.answer:
            self.answered_by, self.answered_at = by, at


CHECKED = ("checked_at", "objection", "correction", "answer", "answered_by", "answered_at")
"""Fields that change with what the speaker and the recorder say about a remark."""


class VoteKind(models.TextChoices):
    """Kinds of votes, each with its own rule (meetings.voting)."""

    ORDINARY = "ordinary", "一般表决"
    ADMISSION = "admission", "接收预备党员"
    CONFIRMATION = "confirmation", "预备党员转正"
    ELECTION = "election", "选举"
    COMMITTEE = "committee", "支委会表决"


class Method(models.TextChoices):
    """How votes were cast."""

    HANDS = "hands", "举手"
    SECRET = "secret", "无记名投票"
    OPEN = "open", "记名投票"


class Vote(models.Model):
    """表决: counts only; who voted how is never stored."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="votes")
    item = models.ForeignKey(
        AgendaItem, on_delete=models.PROTECT, null=True, blank=True, related_name="votes"
    )
    kind = models.CharField("种类", max_length=20, choices=VoteKind, default=VoteKind.ORDINARY)
    method = models.CharField("方式", max_length=10, choices=Method, default=Method.HANDS)
    subject = models.CharField("表决事项", max_length=300)
    eligible = models.PositiveIntegerField("应到会有表决权人数")
    present = models.PositiveIntegerField("实到会有表决权人数")
    ayes = models.PositiveIntegerField("赞成", default=0)
    noes = models.PositiveIntegerField("反对", default=0)
    abstentions = models.PositiveIntegerField("弃权", default=0)
    written_ayes = models.PositiveIntegerField("会前书面赞成", default=0)
    written_noes = models.PositiveIntegerField("会前书面反对", default=0)
    ballots_out = models.PositiveIntegerField("发出票数", null=True, blank=True)
    ballots_back = models.PositiveIntegerField("收回票数", null=True, blank=True)
    tellers = models.CharField("监票人", max_length=100, blank=True)
    counters = models.CharField("计票人", max_length=100, blank=True)
    seats = models.PositiveIntegerField("应选人数", null=True, blank=True)
    position = models.PositiveIntegerField(default=1)
    held_at = models.TimeField("表决时间", null=True, blank=True)

    class Meta:
        ordering = ["meeting", "position", "pk"]

    def __str__(self) -> str:
        return self.subject


class Candidate(models.Model):
    """A candidate of an election, or 另选他人, with the votes received.

    不赞成 and 弃权 are empty where only the votes received were written down.
    """

    vote = models.ForeignKey(Vote, on_delete=models.CASCADE, related_name="candidates")
    name = models.CharField("候选人", max_length=50)
    ayes = models.PositiveIntegerField("得赞成票", default=0)
    noes = models.PositiveIntegerField("不赞成票", null=True, blank=True)
    abstentions = models.PositiveIntegerField("弃权票", null=True, blank=True)
    is_other = models.BooleanField("另选他人", default=False)
    position = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["vote", "position", "pk"]

    def __str__(self) -> str:
        return self.name


class Decision(models.Model):
    """决议/议定事项 with who does it and by when."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="decisions")
    position = models.PositiveIntegerField()
    text = models.TextField("内容", max_length=2000)
    responsible = models.CharField("责任人", max_length=100, blank=True)
    due_on = models.DateField("完成时限", null=True, blank=True)

    class Meta:
        ordering = ["meeting", "position", "pk"]

    def __str__(self) -> str:
        return self.text[:30]
