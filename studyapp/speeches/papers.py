"""讲话 as a paper: its words in the order of the source, its themes as headings."""

from studyapp.accounts.models import User
from studyapp.branches.models import Unit, memberships_of
from studyapp.documents.blocks import Block, Document, Heading, Level, Meta, Paragraph
from studyapp.speeches.models import PassageKind, Speech, Version
from studyapp.speeches.queries import Part, outline
from studyapp.text.punctuation import full_width_punctuation


def speech(text: Speech, version: Version) -> Document:
    """Return one version of a speech. One that nobody vouches for says so on every page."""
    found = outline(version)
    blocks: list[Block] = [Meta(label, value) for label, value in _facts(text, version) if value]
    blocks += [Paragraph(_readable(each.text), indent=False) for each in found.salutations]
    for part in found.parts:
        blocks += _part(part)
    return Document(
        title=full_width_punctuation(text.title),
        blocks=tuple(blocks),
        kind="other",
        mark=text.doubt,
        version=f"第{version.number}稿",
    )


def _facts(text: Speech, version: Version) -> list[tuple[str, str]]:
    source = text.source
    if text.vouched_by:
        source += f"（{text.vouched_by.name}核实）"
    else:
        source += "（未核实）" if source else "未核实"
    return [
        ("讲话人", text.speaker),
        ("时间", text.given_on),
        ("场合", text.occasion),
        ("文号", text.document_number),
        ("来源", source),
        ("稿次", f"第{version.number}稿"),
    ]


def _part(part: Part) -> list[Block]:
    """A theme under its heading as printed; opening and closing without one."""
    found: list[Block] = []
    if part.is_numbered:
        printed = part.printed_number + _readable(part.printed_title)
        found.append(Heading(1, printed if part.printed_number else part.label))
    for passage in part.below:
        words = _readable(passage.text)
        if passage.kind == PassageKind.HEADING:
            level: Level = _LEVELS.get(passage.level, 2)
            found.append(Heading(level, words))
        else:
            found.append(Paragraph(words))
    return found


_LEVELS: dict[int, Level] = {2: 2, 3: 3, 4: 4}


def _readable(text: str) -> str:
    return full_width_punctuation(text.strip())


def printing_unit(user: User, text: Speech) -> Unit:
    """Return whose layout it is printed in: the reader's own unit, to which it was sent down."""
    own = [m.unit for m in memberships_of(user) if text.unit_id in m.unit.ancestor_ids()]
    return own[0] if own else text.unit
