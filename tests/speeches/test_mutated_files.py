"""Damaged and forged files: each is read or refused with a sentence, in time, in little memory.

Samples come from the project's own writers. What a mutation does follows from its seed alone, so
that a failure can be told by one number.
"""

import io
import random
import zipfile
from collections.abc import Callable, Iterator
from functools import cache

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studyapp.accounts.models import User
from studyapp.audit.models import Entry
from studyapp.branches import roster
from studyapp.documents import docx, html, pdf, xlsx, xlsx_reading
from studyapp.documents.blocks import Document, Heading, Paragraph
from studyapp.errors import Refused
from studyapp.speeches.readers import read, read_safely
from tests.conftest import Cast
from tests.documents import readers_that_fail
from tests.documents.forks import Forks

WORDS = "夏训开始了，请大家坐好，先学后练，慢慢来。"
PAPER = Document(
    "在夏训班上的讲话",
    (Paragraph(WORDS), Heading(1, "一、先学"), Paragraph(WORDS * 9), Paragraph("天天练。")),
)
ROWS = [
    ["南桥所支部", "", "党支部", "", "张三", f"33000{number}", "民警", "中共党员", "民警"]
    for number in range(9)
]


@cache
def sample(name: str) -> bytes:
    """One valid file of each format that can be uploaded."""
    head = roster.HEAD[:9]
    make: dict[str, Callable[[], bytes]] = {
        "a.txt": lambda: WORDS.encode("gb18030") * 40,
        "a.html": lambda: html.page(PAPER, "p { margin: 0 }").encode(),
        "a.docx": lambda: docx.render(PAPER),
        "a.pdf": lambda: pdf.render(PAPER),
        "a.xlsx": lambda: xlsx.write(head, ROWS, title="名册"),
        "a.csv": lambda: b"".join(xlsx.csv_lines(head, ROWS)),
    }
    return make[name]()


# --- mutations -----------------------------------------------------------------------------------


def flipped(data: bytearray, chance: random.Random) -> bytearray:
    for _ in range(chance.choice((1, 4, 60))):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return data


def cut(data: bytearray, chance: random.Random) -> bytearray:
    start = chance.randrange(len(data))
    return data[:start] if chance.random() < 0.5 else data[:start] + data[start + 9 :]


def spliced(data: bytearray, chance: random.Random) -> bytearray:
    other = sample(chance.choice(("a.txt", "a.html", "a.docx", "a.pdf", "a.xlsx", "a.csv")))
    start, end = sorted(chance.randrange(len(other)) for _ in range(2))
    place = chance.randrange(len(data))
    return data[:place] + other[start:end] + data[place:]


def repeated(data: bytearray, chance: random.Random) -> bytearray:
    start, end = sorted(chance.randrange(len(data)) for _ in range(2))
    return data[:end] + data[start:end] * chance.choice((1, 3, 20)) + data[end:]


def overwritten(data: bytearray, chance: random.Random) -> bytearray:
    """Numbers as attackers like them: sizes, places, counts."""
    start = chance.randrange(len(data))
    data[start : start + 4] = chance.choice((b"\0\0\0\0", b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f"))
    return data


def lying(data: bytearray, chance: random.Random) -> bytearray:
    """A size, method, place or flag in the directory of a zip that says something else."""
    entries = [at for at in range(len(data) - 4) if data[at : at + 4] == b"PK\x01\x02"]
    if not entries:
        return overwritten(data, chance)
    at = chance.choice(entries)
    place, size = chance.choice(((8, 2), (10, 2), (16, 4), (20, 4), (24, 4), (28, 2), (42, 4)))
    data[at + place : at + place + size] = chance.randbytes(size)
    return data


def repacked(data: bytearray, chance: random.Random) -> bytearray:
    """A member of a zip renamed, doubled, dropped, or its content mutated and packed again."""
    if not data.startswith(b"PK"):
        return flipped(data, chance)
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(target, "w") as archive:
        chosen = chance.choice(source.namelist())
        for member in source.namelist():
            name, content = member, source.read(member)
            if member == chosen:
                way = chance.randrange(4)
                if way == 0:
                    continue
                if way == 1:
                    name = chance.choice(("../../etc/x", "/x", "word/vbaProject.bin", "a\\b", "x"))
                elif content:
                    change = chance.choice((flipped, cut, spliced, repeated))
                    content = bytes(change(bytearray(content), chance))
            archive.writestr(name, content, zipfile.ZIP_DEFLATED)
    return bytearray(target.getvalue())


MUTATIONS = (flipped, cut, spliced, repeated, overwritten, lying, repacked)


def mutated(name: str, seed: int) -> bytes:
    chance = random.Random(seed)  # noqa: S311 -- to be repeated, not to be secret
    data = repacked(bytearray(sample(name)), chance) if seed % 3 == 0 else bytearray(sample(name))
    for _ in range(chance.choice((1, 1, 2))):
        # Repacking needs a whole zip: it stands first or not at all.
        data = chance.choice(MUTATIONS[:-1])(data or bytearray(b"x"), chance)
    return bytes(data)


# --- as the upload does --------------------------------------------------------------------------

SEEDS = st.integers(0, 2**32)
# Of each of the six formats: some hundreds together, ten thousand in `make deep`.
MANY = settings(max_examples=max(60, settings().max_examples // 3))


@pytest.fixture(scope="module")
def forks() -> Iterator[Forks]:
    started = Forks()
    yield started
    started.close()


@pytest.mark.attack(39, 40, 41, 42)
@pytest.mark.parametrize("name", ["a.txt", "a.html", "a.docx", "a.pdf"])
@MANY
@given(seed=SEEDS)
def test_a_mutated_speech_is_read_or_refused(forks: Forks, name: str, seed: int) -> None:
    assert forks.read(read, mutated(name, seed), name).is_one


@pytest.mark.attack(39, 40, 41, 42, 43)
@pytest.mark.parametrize("name", ["a.xlsx", "a.csv"])
@MANY
@given(seed=SEEDS)
def test_a_mutated_roster_is_read_or_refused(forks: Forks, name: str, seed: int) -> None:
    answer = forks.read(xlsx_reading.read_rows, mutated(name, seed), name)
    assert answer.is_one
    if answer.code == 0:
        assert {type(cell) for row in answer.words for cell in row} == {str}
        roster.read(answer.words)


def test_the_forks_tell_a_crash_from_an_answer(forks: Forks) -> None:
    """Else the two tests above could not fail."""
    assert [
        forks.read(readers_that_fail.dies, b"", "a.txt").is_one,
        forks.read(readers_that_fail.grows, b"", "a.txt").is_one,
        forks.read(readers_that_fail.tells_what_it_is_told, b"a", "a.txt"),
    ] == [False, False, (0, ["a", "a.txt"])]


@pytest.mark.attack(39, 40, 42)
@pytest.mark.parametrize("name", ["a.pdf", "a.docx"])
@settings(max_examples=max(8, settings().max_examples // 50))
@given(seed=SEEDS)
def test_a_mutated_speech_is_read_or_refused_by_the_child(name: str, seed: int) -> None:
    """By the process that the site starts for each file."""
    try:
        told = read_safely(mutated(name, seed), name).strip()
    except Refused as refusal:
        told = str(refusal)
    assert told


@pytest.mark.attack(39, 40, 42, 43)
@pytest.mark.parametrize("name", ["a.xlsx", "a.csv"])
@settings(
    max_examples=max(8, settings().max_examples // 50),
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # a preview stores nothing
)
@given(seed=SEEDS)
def test_a_mutated_roster_is_previewed_or_refused_by_the_page(
    cast: Cast, signed_in: Callable[[User], Client], name: str, seed: int
) -> None:
    client = signed_in(cast.sysadmin)
    before = Entry.objects.count()
    data = mutated(name, seed)
    answer = client.post("/admin/roster/", {"file": SimpleUploadedFile(name, data)})
    assert answer.status_code in {200, 422}
    plan = answer.context.get("plan")
    told = bool(plan and (plan.problems or plan.steps)) or bool(answer.context["form"].errors)
    assert (told, Entry.objects.count()) == (True, before)


# The first element is one that is dropped; a control character stands behind such a one.
@pytest.mark.parametrize("seed", [345, 9875006, 11712214])
def test_a_page_that_a_mutation_found_is_read(forks: Forks, seed: int) -> None:
    assert forks.read(read, mutated("a.html", seed), "a.html").code == 0


@pytest.mark.parametrize("name", ["a.txt", "a.html", "a.docx", "a.pdf"])
def test_the_samples_themselves_are_read(name: str) -> None:
    assert WORDS in read_safely(sample(name), name).replace("\n", "")


@pytest.mark.parametrize("name", ["a.xlsx", "a.csv"])
def test_the_sample_rosters_themselves_are_read(name: str) -> None:
    found = roster.read(xlsx_reading.read_safely(sample(name), name))
    assert [row.username for row in found.rows] == [f"33000{number}" for number in range(9)]
