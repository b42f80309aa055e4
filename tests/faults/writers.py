"""Writers who keep an account: what they sent, what was acknowledged, what broke off."""

import json
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from studyapp.saving.models import digest
from tests.faults.database import Database
from tests.faults.server import BROKEN, Client

SENTENCES = (
    "首接负责，一个人盯到底。",
    "接警之后十分钟内给群众一个回音。",
    "问题单一周一清，清不掉的说明原因。",
    "带徒弟出现场，回来先复盘再写材料。",
)


@dataclass(frozen=True)
class Save:
    """One save of a working copy, as the browser knows it."""

    copy: str
    token: str
    body: str
    revision: int = 0
    sha256: str = ""


@dataclass
class Account:
    """Everything that one writer can prove."""

    saves: list[Save] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    broken: int = 0
    wrong: list[str] = field(default_factory=list)


@dataclass
class Writer:
    """A signed-in person at one browser, writing one working copy or posting notes."""

    client: Client
    name: str
    form: str
    unit: str
    account: Account = field(default_factory=Account)
    revision: int = 0
    count: int = 0

    def words(self, sentences: int = 0) -> str:
        """Return words that nobody wrote before and that no earlier ones grew into."""
        self.count += 1
        chosen = random.choices(SENTENCES, k=sentences or random.randint(1, 40))  # noqa: S311
        return f"〔{self.name}·{self.count}〕" + "".join(chosen)

    def save(self, body: str | None = None, token: str = "") -> tuple[int, str]:
        """Send one save; note what the answer acknowledges."""
        body = self.words() if body is None else body
        token = token or f"{self.name}-{self.count}"
        fields = {"body": body, "base": str(self.revision), "client": self.name, "token": token}
        status, content = self.client.ask(f"/copies/{self.name}/", fields, X_Saving="1")
        if status == 200:
            answer = json.loads(content)
            assert answer["sha256"] == digest(body)
            self.revision = answer["revision"]
            self.account.saves.append(
                Save(self.name, token, body, answer["revision"], answer["sha256"])
            )
        return status, content

    def post(self, body: str | None = None) -> tuple[int, str]:
        """Post one note to the branch; note it when the answer leads on."""
        body = self.words() if body is None else body
        fields = {"body": body, "kind": "reflection", "unit": self.unit, "then": "post"}
        status, content = self.client.ask(self.form, fields)
        if status == 302:
            self.account.notes.append(body)
        return status, content

    def catch_up(self, database: Database) -> None:
        """Go on from what is stored, as a browser does that opens the page again."""
        found = database.rows("SELECT t.revision FROM saving_text t WHERE t.key = %s", self.name)
        self.revision = found[0][0] if found else 0


@contextmanager
def writing(writers: list[Writer]) -> Iterator[None]:
    """Let all of them write without a pause, the even ones save, the odd ones post."""
    over = threading.Event()

    def work(writer: Writer, act: Callable[[], tuple[int, str]], expected: int) -> None:
        while not over.is_set():
            try:
                status, content = act()
            except BROKEN:
                writer.account.broken += 1
                return
            if status != expected:
                writer.account.wrong.append(f"{status} {content[:300]}")
                return

    threads = [
        threading.Thread(
            target=work,
            args=(writer, writer.post if number % 2 else writer.save, 302 if number % 2 else 200),
        )
        for number, writer in enumerate(writers)
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


def lost(writers: list[Writer], database: Database) -> list[str]:
    """Return every acknowledged text that the database does not hold, word by word."""
    kept = {
        (key, number): (body, token_number, token_sha)
        for key, number, body, token_number, token_sha in database.rows(
            "SELECT t.key, v.number, v.body, r.number, r.sha256 FROM saving_text t "
            "JOIN saving_revision v ON v.text_id = t.id AND v.reason <> 'conflict' "
            "JOIN saving_receipt r ON r.text_id = t.id AND r.number = v.number"
        )
    }
    notes: dict[str, int] = {}
    for (body,) in database.rows("SELECT body FROM meetings_note WHERE posted_at IS NOT NULL"):
        notes[body] = notes.get(body, 0) + 1
    missing = []
    for writer in writers:
        missing += [
            save.token
            for save in writer.account.saves
            if kept.get((save.copy, save.revision)) != (save.body, save.revision, save.sha256)
        ]
        missing += [body[:20] for body in writer.account.notes if notes.get(body) != 1]
    return missing
