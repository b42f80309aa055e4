"""The passages of a record that somebody can point at, from what that person reads."""

from collections.abc import Iterator
from dataclasses import dataclass

from studyapp.minutes.content import Content


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of the record as it stands, or one of its decisions."""

    key: str
    heading: str
    text: str


def passages(content: Content) -> list[Passage]:
    """Return the passages in the order of the paper."""
    return list(_passages(content))


def _passages(content: Content) -> Iterator[Passage]:
    groups = [item["parts"] for item in content["items"]] + [content["others"]]
    for part in (part for parts in groups for part in parts):
        said = "的发言" if part["kind"] == "remark" else ""
        yield Passage(part["key"], part["heading"] + said, part["text"])
    for number, decision in enumerate(content["decisions"], 1):
        heading = f"{content['decision_word']}第{number}项"
        yield Passage(decision["key"], heading, decision["text"])
