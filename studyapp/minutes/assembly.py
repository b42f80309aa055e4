"""Assembling the record: what was entered in the meeting, copied into parts. Nothing typed twice.

Assembly copies. A later change of a source is shown as a difference and taken over by a person.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from studyapp.meetings import voting
from studyapp.meetings.models import ItemKind, Meeting, Remark, Vote, VoteKind
from studyapp.minutes.models import Part, Record
from studyapp.text.diff import Piece, diff

DECISIONS = "decisions"


@dataclass(frozen=True, slots=True)
class Source:
    """A piece of the meeting as it stands now; ``section`` is the agenda item it belongs under.

    ``lead`` is the label of its heading where the kind of piece does not say it.
    """

    key: str
    heading: str
    text: str
    section: str
    lead: str = ""


def sources(meeting: Meeting) -> list[Source]:
    """Return the pieces in the order of the paper."""
    found: list[Source] = []
    remarks = list(meeting.remarks.select_related("theme"))
    votes = list(meeting.votes.prefetch_related("candidates"))
    items = list(meeting.agenda.all())
    known = {item.pk for item in items}
    for item in items:
        section = f"item-{item.pk}"
        if item.words.strip():
            found.append(Source(f"words-{item.pk}", item.title, item.words, section))
        found += [_remark(r, section) for r in remarks if r.item_id == item.pk]
        found += [_vote(v, section) for v in votes if v.item_id == item.pk]
        if item.kind == ItemKind.SUMMARY and meeting.summary.strip():
            found.append(Source("summary", "主持人小结", meeting.summary, section))
    if meeting.summary.strip() and not any(i.kind == ItemKind.SUMMARY for i in items):
        found.append(Source("summary", "主持人小结", meeting.summary, "summary"))
    found += [_remark(r, "remarks") for r in remarks if r.item_id not in known]
    found += [_vote(v, "votes") for v in votes if v.item_id not in known]
    found += [
        Source(f"decision-{d.pk}", f"第{n}项", d.text, DECISIONS)
        for n, d in enumerate(meeting.decisions.all(), 1)
    ]
    return found


def _remark(remark: Remark, section: str) -> Source:
    return Source(f"remark-{remark.pk}", remark.speaker_name, remark.text, section)


def _vote(vote: Vote, section: str) -> Source:
    lead = "选举事项" if vote.kind == VoteKind.ELECTION else ""
    return Source(f"vote-{vote.pk}", vote.subject, vote_text(vote), section, lead)


def vote_text(vote: Vote) -> str:
    """Return what the paper prints of a vote, in three lines: counts and method, result, rule."""
    candidates = voting.got(vote.candidates.all())
    result, _, rule = voting.judge(vote, candidates).sentence.partition("依据：")
    act = voting.act(vote.kind)
    unit = voting.unit(vote)
    there = f"应到会{voting.voters(vote.kind)}{vote.eligible}人，实到{vote.present}人。"
    lines = [f"{act}方式：{vote.get_method_display()}。{there}"]
    if vote.ballots_out is not None:
        lines.append(f"{voting.ballots(vote)}。")
    if vote.kind == VoteKind.ELECTION:
        seats = f"应选{vote.seats}人。" if vote.seats else ""
        lines.append(f"{seats}{_received(candidates)}")
    else:
        counts = (("赞成", vote.ayes), ("反对", vote.noes), ("弃权", vote.abstentions))
        lines.append("，".join(f"{name}{count}{unit}" for name, count in counts) + "。")
    if vote.written_ayes or vote.written_noes:
        lines.append(f"会前书面意见：赞成{vote.written_ayes}票，反对{vote.written_noes}票。")
    tellers = [f"监票人：{vote.tellers}"] if vote.tellers else []
    tellers += [f"计票人：{vote.counters}"] if vote.counters else []
    if tellers:
        lines.append("；".join(tellers) + "。")
    return "".join(lines) + f"\n{act}结果：{result}" + (f"\n依据：{rule}" if rule else "")


def _received(candidates: Sequence[voting.Got]) -> str:
    """Return what each name received, as far as it was written down; 另选他人 last."""
    named = "；".join(_marks(one) for one in candidates if not one.is_other)
    others = "，".join(f"{one.name}{one.ayes}票" for one in candidates if one.is_other)
    return "".join(
        f"{label}：{words}。" for label, words in (("得票", named), ("另选他人", others)) if words
    )


def _marks(one: voting.Got) -> str:
    marks = (("赞成", one.ayes), ("不赞成", one.noes), ("弃权", one.abstentions))
    return one.name + "，".join(f"{mark}{count}票" for mark, count in marks if count is not None)


def pending(record: Record) -> list[Source]:
    """Return what was written down since the record was assembled: no part of it yet."""
    known = set(record.parts.values_list("key", flat=True))
    return [source for source in sources(record.meeting) if source.key not in known]


def assemble(record: Record) -> int:
    """Add a part for each piece that has none yet, in the paper's order; return how many.

    Parts that exist keep their words; parts whose source is gone stay and are shown as such.
    """
    parts = {part.key: part for part in record.parts.all()}
    added = []
    for position, source in enumerate(sources(record.meeting), 1):
        part = parts.get(source.key)
        if part is None:
            added.append(
                Part(
                    record=record,
                    key=source.key,
                    heading=source.heading,
                    position=position,
                    text=source.text,
                    source=source.text,
                )
            )
        elif part.position != position or part.heading != source.heading:
            part.position, part.heading = position, source.heading
            part.save(update_fields=["position", "heading"])
    Part.objects.bulk_create(added)
    return len(added)


@dataclass(frozen=True, slots=True)
class Row:
    """A part beside what it was made from: ``changed`` when the source moved on since.

    ``note`` is what the speaker's own note says now, where it was edited after the recorder took
    it in and says something else.
    """

    part: Part
    section: str
    now: str
    gone: bool
    pieces: list[Piece]
    note: list[Piece]
    remark: Remark | None = None
    lead: str = ""

    @property
    def changed(self) -> bool:
        """The source has other words than those that were copied."""
        return not self.gone and self.now != self.part.source

    @property
    def corrected(self) -> list[Piece]:
        """What the speaker would change in the words of the paper."""
        if self.remark is None or not self.remark.correction:
            return []
        return diff(self.part.text, self.remark.correction)

    @property
    def edited(self) -> bool:
        """The paper has other words than the source that was copied."""
        return self.part.text != self.part.source


def rows(record: Record) -> list[Row]:
    """Return the parts with their sources, for the editor."""
    now = {source.key: source for source in sources(record.meeting)}
    remarks = {
        f"remark-{r.pk}": r for r in record.meeting.remarks.select_related("note", "theme").all()
    }
    found = []
    for part in record.parts.order_by("position", "pk"):
        source, remark = now.get(part.key), remarks.get(part.key)
        text = source.text if source else ""
        found.append(
            Row(
                part=part,
                section=source.section if source else "",
                now=text,
                gone=source is None,
                pieces=diff(part.source, text) if source and text != part.source else [],
                note=_note_moved(remark) if remark else [],
                remark=remark,
                lead=source.lead if source else "",
            )
        )
    return found


def _note_moved(remark: Remark) -> list[Piece]:
    note = remark.note
    if note is None or note.updated_at <= remark.entered_at or note.body == remark.text:
        return []
    return diff(remark.text, note.body)
