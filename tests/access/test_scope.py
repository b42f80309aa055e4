"""What happens in a unit is not there for anybody outside: neither words nor counts, on any page.

Each reader's pages are walked, files read. Then the branch writes, and every text in what it
wrote holds a canary. Walked again, the pages say what they said: no list is longer, no number
higher, no paper different.
"""

import io
import json
import re
import zipfile
from collections.abc import Iterator

import pypdfium2
import pytest
from django.apps import apps
from django.db import connection, models
from django.test import Client

from studyapp.audit import triggers
from studyapp.speeches.models import Theme
from tests.access import world as worlds
from tests.access.world import World
from tests.conftest import Cast
from tests.crawl import Answer, crawl
from tests.factories import make_meeting, make_note, make_speech
from tests.minutes import records

CANARY = "金丝雀"
CONTENT = ("speeches", "meetings", "minutes", "papers", "archive", "saving", "jobs")
# How much is stored and where the chains end, in numbers: of the whole site, so it moves.
OF_THE_SITE = {"/admin/status/"}
READERS = ("visitor", "other_inspector", "general_member", "former_secretary", "sysadmin")
_KEYS = re.compile(r"sha256|digest|link|seal|code|key|token|client|previous|path|kind|file")
# What differs between two looks at a page: proofs that a form is ours, signed addresses, the clock.
_ONCE = re.compile(
    r'csrfmiddlewaretoken" value="\w+"|X-CSRFToken": "\w+"|(?<=/news/)[^/]+|(?<=/screen/)[^/]+'
    r'|data-now="\d+">[\d:]+'
)
_HAN = re.compile(r"[\u4e00-\u9fff]")


def content() -> Iterator[type[models.Model]]:
    for label in CONTENT:
        yield from apps.get_app_config(label).get_models()


def known() -> dict[type[models.Model], set[object]]:
    """Return the keys of every row of content that there is."""
    return {model: set(model._default_manager.values_list("pk", flat=True)) for model in content()}


def sung(value: object) -> object:
    """Return the same with the canary behind every text in Chinese."""
    if isinstance(value, dict):
        return {name: sung(one) for name, one in value.items()}
    if isinstance(value, list):
        return [sung(one) for one in value]
    if isinstance(value, str) and value.startswith("{"):
        return json.dumps(sung(json.loads(value)), ensure_ascii=False)
    return value + CANARY if isinstance(value, str) and _HAN.search(value) else value


def sing(before: dict[type[models.Model], set[object]]) -> int:
    """Put the canary into every text of the rows that came since; return into how many fields."""
    count = 0
    for model in content():
        names = [
            field.name
            for field in model._meta.concrete_fields
            if isinstance(field, (models.CharField, models.TextField, models.JSONField))
            and not field.choices
            and not _KEYS.search(field.name)
            and (getattr(field, "max_length", None) or 1000) > 20
        ]
        for row in model._default_manager.exclude(pk__in=before[model]).values("pk", *names):
            new = {name: sung(row[name]) for name in names if row[name]}
            new = {name: value for name, value in new.items() if value != row[name]}
            count += len(new)
            if new:
                model._default_manager.filter(pk=row["pk"]).update(**new)
    return count


def disarm() -> None:
    """Take the triggers away, for the rest of this test's transaction."""
    connection.check_constraints()
    with connection.cursor() as cursor:
        for name, sql in triggers.expected(connection.vendor).items():
            table = sql.partition(" ON ")[2].split()[0]
            on = f" ON {table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER {name}{on}")


def text_of(data: bytes) -> str:
    """Return the words in a file that was handed out."""
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return "".join(text_of(archive.read(name)) for name in archive.namelist())
    if data.startswith(b"%PDF") and len(data) > 1000:  # not the scan that is none
        pages = pypdfium2.PdfDocument(data)
        return "".join(page.get_textpage().get_text_bounded() for page in pages)
    return data.decode("utf-8", "ignore")


def walk(client: Client) -> dict[str, str]:
    """Return by address what every page and file says that links lead to."""

    def fetch(path: str) -> Answer:
        answer = client.get(path, follow=True)
        content = b"".join(answer) if answer.streaming else answer.content  # type: ignore[arg-type]
        kind = answer.headers.get("Content-Type", "")
        return Answer(answer.status_code, kind, _ONCE.sub("", text_of(content)))

    return {_ONCE.sub("", visit.path): visit.answer.text for visit in crawl(fetch, each=1)}


def own_life(cast: Cast, world: World) -> None:
    """Give the readers' own branch something of everything."""
    head, member = world.people["other_secretary"], cast.visitor
    branch = cast.other_branch
    make_speech(branch, head, title="本支部的材料")
    meeting = make_meeting(branch, chair=head, recorder=member, attending=(head, member))
    make_note(member, branch, meeting=meeting)
    make_note(member, branch, posted=False)


def the_branch_writes(cast: Cast, world: World) -> None:
    """Let the branch and its group do again all that they can do."""
    released = make_speech(cast.branch, cast.secretary)
    make_speech(cast.branch, cast.secretary, released=False)
    theme = Theme.objects.filter(speech=released)[0]
    make_note(cast.member, cast.branch, theme=theme, speech=released)
    make_note(cast.member, cast.branch, posted=False)
    again = World(world.people)
    worlds._meetings(again, cast)
    records.opened(cast, title="草稿的会二")
    records.submitted(cast, title="待签的会二")
    records.signed(cast, title="签了的会二")


@pytest.mark.attack(1)
def test_what_a_branch_writes_changes_no_page_of_anybody_outside(
    cast: Cast, signed_in, settings, tmp_path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    world = worlds.build(cast)
    own_life(cast, world)
    clients = {name: signed_in(world.people[name]) for name in READERS}
    before = {name: walk(client) for name, client in clients.items()}
    rows = known()
    the_branch_writes(cast, world)
    disarm()
    assert sing(rows) > 100
    after = {name: walk(client) for name, client in clients.items()}
    heard = [
        f"{name} {path}"
        for name, pages in after.items()
        for path, words in pages.items()
        if CANARY in words
    ]
    assert heard == []
    changed = [
        f"{name} {path}"
        for name, pages in after.items()
        for path in (pages.keys() | before[name].keys()) - OF_THE_SITE
        if pages.get(path) != before[name].get(path)
    ]
    assert changed == []
    # The canary sings for those inside, or silence outside would mean nothing.
    inside = walk(signed_in(cast.member))
    assert sum(CANARY in words for words in inside.values()) > 10


def test_a_file_is_read_for_its_words() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("word/document.xml", f"<w:t>{CANARY}</w:t>")
    assert CANARY in text_of(packed.getvalue())
