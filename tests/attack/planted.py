"""A site in which every text that people type is an attack, and all of its addresses."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.apps import apps
from django.core.files.base import ContentFile
from django.db import DatabaseError, models, transaction
from django.test import Client
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.meetings.models import Candidate, Remark, Vote
from studyapp.minutes import actions as minutes
from studyapp.minutes.models import Scan, SignedVersion
from studyapp.papers.models import PaperProfile
from tests.access.table import HOLDS, MAY, ROUTES
from tests.access.test_matrix import ADDRESSES, fill, states_of
from tests.access.world import World, build
from tests.conftest import Cast, make_cast
from tests.minutes import records

# Elements and attributes that exist nowhere else: where one is found, words became markup.
SHORT = "<x-evil onx-evil=1>'\"{{7*7}}"
LONG = SHORT + (
    "</textarea></script></title><script>evil()</script><img src=/evil/ onerror=evil()>"
    "<svg/onload=evil()><b hx-get=/evil/ hx-on:click=evil() data-hx-post=/evil/"
    " hx-vals='js:{a:evil()}' hx-trigger=load>b</b><form id=csrf name=body><input name=attributes>"
    '</form>javascript:evil() {% debug %}{0.__class__}%(x)s =HYPERLINK("http://evil.example") '
    '"}],"x":"</script>'
)
# Written by the program, never by a person.
MADE = {
    "branches_unit.path",
    "accounts_user.password",
    "jobs_job.kind",
    "minutes_part.key",
    "minutes_record.content",
    "minutes_objection.key",
    "papers_issuedfile.check_code",
    "saving_heldpost.path",
    "saving_revision.client",
    "saving_localkey.secret",
    "saving_receipt.token",
    "saving_text.held_client",
    "saving_text.key",
}
MADE_ANYWHERE = {"sha256", "file", "file_sha256"}
FROZEN = {
    "audit_entry",
    "minutes_confirmation",
    "minutes_scan",
    "minutes_signedversion",
    "minutes_voided",
    "archive_filed",
}
"""Their rows are refused by triggers; they are written after the words around them were planted."""


@dataclass(frozen=True)
class Planted:
    """The world, and how many texts of each column were replaced."""

    world: World
    columns: dict[str, int]
    clients: dict[str, Client] = field(default_factory=dict)

    def client(self, who: str) -> Client:
        """Return a client signed in as ``who``; a stranger for an empty name."""
        if who not in self.clients:
            self.clients[who] = client = Client()
            if who:
                person = User.objects.get(pk=self.world.people[who].pk)
                client.force_login(person, backend="studyapp.accounts.backends.NameBackend")
        return self.clients[who]

    def addresses(self) -> Iterator[tuple[str, str, str]]:
        """Yield who opens what: one person for each address in each state of what it shows."""
        for name, (kind, model, permission) in ROUTES.items():
            route, _ = ADDRESSES[name]
            for state in states_of(model) if model else [""]:
                people = who_opens(kind, state, permission)
                key = self.world.objects[state].pk if state else self.world.people["visitor"].pk
                address, _ = fill(route, key, self.world.inside.get(state, {}))
                for who in people:
                    yield who, name, address


def who_opens(kind: str, state: str, permission: object) -> list[str]:
    """Return who is sent to look: the first who may."""
    if kind == "object":
        may = MAY[state].get(permission, set())  # type: ignore[call-overload]
        return sorted(may, key=lambda who: (who != "recorder", who != "secretary", who))[:1]
    if kind == "office":
        return [HOLDS[permission]]  # type: ignore[index]
    return {"public": [""], "content": ["member", "secretary"]}.get(
        kind, ["member", "secretary", "sysadmin", "secadmin"]
    )


def plant() -> Planted:
    """Build the world of the access matrix and put attacks into every text of it."""
    cast = make_cast()
    world = build(cast)
    vote = Vote.objects.filter(meeting=world.objects["Meeting"]).get()
    Candidate.objects.create(vote=vote, name="候选人")
    PaperProfile.objects.create(unit=cast.branch, sign="本单位", updated_by=cast.secretary)
    Remark.objects.update(answer="照原话", answered_by=cast.recorder, answered_at=timezone.now())
    columns = replace_all()
    world.people |= {name: User.objects.get(pk=person.pk) for name, person in world.people.items()}
    for name in ("organ", "general", "branch", "group", "other_branch", *cast.people()):
        getattr(cast, name).refresh_from_db()
    _sign_what_was_planted(world, cast)
    site = Planted(world, columns)
    # Signing in writes: it is done before anybody looks.
    for who, _, _ in site.addresses():
        site.client(who)
    return site


def replace_all() -> dict[str, int]:
    """Replace every text of every table; return how many, by column."""
    done: dict[str, int] = {}
    for model in apps.get_models():
        table = model._meta.db_table
        if not model.__module__.startswith("studyapp.") or table in FROZEN:
            continue
        for typed in model._meta.fields:
            column = f"{table}.{typed.name}"
            if not is_typed(typed) or column in MADE or typed.name in MADE_ANYWHERE:
                continue
            rows = list(model._default_manager.values_list("pk", typed.name))
            if rows:
                done[column] = 0
            for pk, old in rows:
                new = attack_for(typed, pk)
                try:
                    with transaction.atomic():
                        row = model._default_manager.filter(pk=pk)
                        done[column] += row.update(**{typed.name: new})
                except DatabaseError as error:
                    # Words that stand only together with who wrote them; rows that are frozen.
                    if not old or "append-only" in str(error):
                        continue
                    raise AssertionError(f"{column} takes no attack: {old!r} {error}") from error
    return done


def is_typed(field: models.Field) -> bool:
    """Tell whether a column holds words that somebody typed."""
    is_text = isinstance(field, (models.CharField, models.TextField))
    return is_text and not field.choices and not isinstance(field, models.JSONField)


def attack_for(field: models.Field, pk: int) -> str:
    """Return the longest attack that fits, different in every row."""
    room = (field.max_length or 10_000) - 6
    return f"{pk}{LONG if room >= len(LONG) else SHORT}"[: room + 6]


def _sign_what_was_planted(world: World, cast: Cast) -> None:
    """Make the rows that are frozen when they are written, with attacks in their words."""
    now = timezone.now()
    record = records.opened(
        cast, title="1" + SHORT, place="1" + SHORT, text=f"新的话{LONG}", summary=f"新的小结{LONG}"
    )
    record = minutes.submit(record, by=cast.recorder, at=now, as_it_is=True)
    record = records.sign(record)
    version = SignedVersion.objects.get(record=record)
    scan = Scan.objects.create(
        version=version,
        file=ContentFile(b"%PDF-1.4", name="签字.pdf"),
        file_name=f"{SHORT}.pdf",
        added_by=cast.recorder,
    )
    minutes.send_back(version, opinion=LONG, by=cast.inspector, at=now)
    world.objects["Record, signed"] = record
    world.inside["Record, signed"] = {"scan": scan.pk}
