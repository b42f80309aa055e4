"""What every answer to words that could not be stored must be: plain, Chinese, with the words."""

import json
import random
import re

from tests.faults.database import Database
from tests.faults.writers import Writer


def refused_plainly(writer: Writer, what: str) -> tuple[str, str, str]:
    """Send a save and a note that cannot be stored and judge the answers.

    Return the words of both, and the page that answers the note.
    """
    revision = writer.revision
    save, note = long(writer), long(writer)
    status, content = writer.save(save, "the-same")
    assert (status, "Retry-After" in writer.client.headers) == (503, True), content
    sentence = json.loads(content)["sentence"]
    assert sentence.startswith(f"没存上：{what}。内容还在框里，会自动再试；"), sentence
    assert "系统管理员" in sentence
    # Nothing that saving.js takes for an acknowledgement.
    assert set(json.loads(content)) == {"sentence"}

    status, page = writer.post(note)
    assert (status, "Retry-After" in writer.client.headers) == (503, True), page
    assert re.findall("<h1>(.*)</h1>", page) == [f"没存上：{what}"], page
    assert "系统管理员" in page
    # To read, and in the form that sends it again.
    assert page.count(note) == 2, page
    assert "Traceback" not in page
    assert writer.revision == revision
    return save, note, page


def long(writer: Writer) -> str:
    """Return words for which no page of a database has room left, neither when compressed."""
    return writer.words() + "".join(map(chr, random.choices(range(0x4E00, 0x9FA6), k=6000)))  # noqa: S311


def send_again(page: str) -> dict[str, str]:
    """Return what the button 再提交一次 of such a page posts."""
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page))


def counted(database: Database, body: str) -> int:
    """Return how many notes say exactly this."""
    return int(database.rows("SELECT count(*) FROM meetings_note WHERE body = %s", body)[0][0])


def stored(database: Database, name: str) -> tuple[str, int]:
    """Return words and revision of a working copy."""
    body, revision = database.rows("SELECT body, revision FROM saving_text WHERE key = %s", name)[0]
    return str(body), int(revision)
