"""The files that hold secrets: whole or not there, read by their owner alone, never shortened."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from studyapp import keys
from studyapp.env import WrongValue
from studyapp.settings import BASE_DIR

ENVIRONMENT = {"PATH": os.environ["PATH"]}
A = "0" * 64


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_first_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    [(name, key)] = keys.record_keys(tmp_path).items()
    assert (name.startswith("k1-"), len(key), len(name)) == (True, 32, 11)
    assert keys.record_keys(tmp_path) == {name: key}
    assert oct((tmp_path / "record.keys").stat().st_mode & 0o777) == "0o600"
    assert names(tmp_path) == ["record.keys"]


def test_a_key_is_added_at_the_end_and_nothing_is_lost(tmp_path: Path) -> None:
    before = list(keys.record_keys(tmp_path).items())
    added = keys.add_record_key(tmp_path)
    after = keys.record_keys(tmp_path)
    assert (list(after.items())[:1], list(after)) == (before, [before[0][0], added])
    assert oct((tmp_path / "record.keys").stat().st_mode & 0o777) == "0o600"
    assert names(tmp_path) == ["record.keys"]


def test_keys_that_are_added_at_the_same_moment_are_all_kept(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        added = list(pool.map(lambda _: keys.add_record_key(tmp_path), range(16)))
    found = list(keys.record_keys(tmp_path))
    assert (len(found), sorted(found[1:])) == (17, sorted(added))
    assert [name.partition("-")[0] for name in found] == [f"k{n}" for n in range(1, 18)]


def test_processes_that_start_first_together_agree_on_the_keys(tmp_path: Path) -> None:
    program = (
        "import sys, hashlib; from pathlib import Path; from studyapp import keys; "
        "folder = Path(sys.argv[1]); sys.stdin.readline(); "
        "print(keys.secret(folder / 'secret.key', str(id(folder))), keys.record_keys(folder))"
    )
    running = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path)],
            cwd=BASE_DIR,
            env=ENVIRONMENT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for one in running:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    said = [one.communicate(timeout=60)[0] for one in running]
    assert [one.returncode for one in running] == [0] * 4
    assert len(set(said)) == 1
    assert names(tmp_path) == ["record.keys", "secret.key"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"k1\n", "line 1 is not a name and 64 hexadecimal figures"),
        (f"k1 {A}\nk2 {A[1:]}\n".encode(), "line 2 is not"),
        (f"k1 {A[1:]}g\n".encode(), "line 1 is not"),
        (f"k1 {A}\nk1 {A}\n".encode(), "k1 stands there twice"),
        (f"k1-00000000 {A}\n".encode(), "the key in line 1 is not the one that is called"),
        (b"\xff\xfe\x00", "is not text"),
    ],
)
def test_a_broken_file_is_told_in_words_and_left_as_it_is(
    tmp_path: Path, text: bytes, said: str
) -> None:
    path = tmp_path / "record.keys"
    path.write_bytes(text)
    for ask in (keys.record_keys, keys.add_record_key):
        with pytest.raises(WrongValue, match=said):
            ask(tmp_path)
    assert path.read_bytes() == text


def test_a_broken_file_stops_the_start_with_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "record.keys").write_text("k1 x\n", encoding="utf-8")
    outcome = subprocess.run(
        [sys.executable, "manage.py", "check"],
        check=False,
        cwd=BASE_DIR,
        env=ENVIRONMENT | {"STUDYAPP_DATA": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert (outcome.returncode, outcome.stdout) == (1, "")
    assert outcome.stderr.startswith("record.keys cannot be used: line 1")
    assert outcome.stderr.count("\n") == 1


def test_the_command_says_what_to_do_with_the_new_key(
    tmp_path: Path, settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.DATA_DIR = tmp_path
    call_command("new_record_key")
    first, new = keys.record_keys(tmp_path)
    said = capsys.readouterr().out
    assert (new in said, first in said, "重新启动服务" in said) == (True, False, True)
    assert keys.record_keys(tmp_path)[new].hex() not in said


# --- The site's secret ---------------------------------------------------------------------------


def test_a_new_site_secret_keeps_three_before_it_and_none_that_leaked(tmp_path: Path) -> None:
    made = [keys.site_secrets(tmp_path)[0]]
    assert keys.site_secrets(tmp_path) == (made[0], [])
    for _ in range(4):
        keys.renew_site_secret(tmp_path, keep=True)
        made.insert(0, keys.site_secrets(tmp_path)[0])
    assert len(set(made)) == 5
    assert keys.site_secrets(tmp_path) == (made[0], made[1:4])
    keys.renew_site_secret(tmp_path, keep=False)
    assert keys.site_secrets(tmp_path)[1] == []
    assert oct((tmp_path / "secret.key").stat().st_mode & 0o777) == "0o600"
    assert names(tmp_path) == ["secret.key"]


@pytest.mark.django_db
@pytest.mark.parametrize(("options", "status"), [({}, 200), ({"leaked": True}, 302)])
def test_whoever_is_signed_in_stays_so_unless_the_secret_leaked(
    tmp_path: Path, settings, client, cast, options: dict[str, bool], status: int
) -> None:
    def restart() -> None:
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = keys.site_secrets(tmp_path)

    settings.DATA_DIR = tmp_path
    restart()
    client.force_login(cast.member)
    call_command("new_secret_key", **options)
    restart()
    assert client.get("/").status_code == status


@pytest.mark.parametrize("text", ["\n", "django-insecure-x\n", "x" * 60 + "\nshort\n"])
def test_a_short_site_secret_stops_the_start(tmp_path: Path, text: str) -> None:
    (tmp_path / "secret.key").write_text(text, encoding="utf-8")
    with pytest.raises(WrongValue, match="fewer than 50 characters"):
        keys.site_secrets(tmp_path)


def test_what_others_may_read_is_named(tmp_path: Path) -> None:
    keys.site_secrets(tmp_path)
    keys.record_keys(tmp_path)
    tmp_path.chmod(0o700)
    assert keys.open_to_others(tmp_path) == []
    tmp_path.chmod(0o750)
    (tmp_path / "record.keys").chmod(0o604)
    assert keys.open_to_others(tmp_path) == [tmp_path, tmp_path / "record.keys"]


@pytest.mark.django_db
def test_a_real_installation_begins_in_a_closed_folder_without_debug(
    tmp_path: Path, settings
) -> None:
    settings.DATA_DIR, settings.DEBUG = tmp_path, True
    with pytest.raises(CommandError, match="STUDYAPP_DEBUG 只用于开发"):
        call_command("setup")
    settings.DEBUG = False
    tmp_path.chmod(0o755)
    with pytest.raises(CommandError, match=f"chmod -R go-rwx {tmp_path}"):
        call_command("setup")
