"""`manage.py import_speech`: a dry run needs no database; the real one stores."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from studyapp.speeches.models import Speech

ROOT = Path(__file__).parents[2]
TEXTS = Path(__file__).parent / "texts"


def run(*arguments: str, folder: Path) -> subprocess.CompletedProcess[bytes]:
    """Run manage.py where no database can be reached and the terminal speaks ASCII."""
    environment = os.environ | {
        "STUDYAPP_DATA": str(folder),
        "DATABASE_URL": "postgres://nobody:x@127.0.0.1:1/none",
        "LC_ALL": "C",
        "PYTHONIOENCODING": "ascii:backslashreplace",
    }
    return subprocess.run(
        [sys.executable, "manage.py", "import_speech", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        check=False,
    )


def test_a_dry_run_prints_the_structure_without_any_database(tmp_path):
    done = run(str(TEXTS / "glued_headings.txt"), "--dry-run", "--json", folder=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    shape = json.loads(done.stdout.decode("utf-8"))
    assert shape == json.loads((TEXTS / "glued_headings.json").read_text(encoding="utf-8"))
    assert list(shape) == [
        "title",
        "speaker",
        "date",
        "salutation",
        "opening",
        "themes",
        "closing",
        "removed",
        "warnings",
    ]
    assert list(shape["themes"][0]) == ["number", "title", "paragraphs"]
    assert "认清形势".encode() in done.stdout


def test_a_file_that_cannot_be_read_gives_its_sentence_and_an_exit_code(tmp_path):
    old = tmp_path / "a.doc"
    old.write_bytes(b"\xd0\xcf\x11\xe0")
    done = run(str(old), "--dry-run", "--json", folder=tmp_path)
    assert (done.returncode, done.stdout) == (1, b"")


def test_the_sentence_of_a_refusal_is_the_readers(tmp_path):
    old = tmp_path / "a.doc"
    old.write_bytes(b"\xd0\xcf\x11\xe0")
    with pytest.raises(CommandError, match=r"不能读取 \.doc 文件"):
        call_command("import_speech", str(old), "--dry-run")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(CommandError, match=r"打不开 .*none\.txt"):
        call_command("import_speech", str(tmp_path / "none.txt"), "--dry-run")


def test_a_dry_run_without_json_is_an_outline_for_people():
    out = io.StringIO()
    call_command("import_speech", str(TEXTS / "count_mismatch.txt"), "--dry-run", stdout=out)
    assert out.getvalue().split("\n") == [
        "标题：在禁毒工作会上的讲话",
        "讲话人：（没有认出）",
        "日期：（没有认出）",
        "场合：禁毒工作会",
        "称谓：同志们",
        "引言：1段",
        "  1. 查得清（1段）",
        "  2. 堵得住（1段）",
        "  3. 帮得上（1段）",
        "  4. 管得长（1段）",
        "结语：0段",
        "注意：原文说讲三点，找到四个专题，请核对。",
        "",
    ]


def test_json_without_a_dry_run_is_refused():
    with pytest.raises(CommandError, match="--json 只和 --dry-run 一起用"):
        call_command("import_speech", str(TEXTS / "traps.txt"), "--json")


def test_a_speech_is_stored_for_its_unit_with_the_file_as_it_came(cast):
    path = TEXTS / "glued_headings.txt"
    out = io.StringIO()
    call_command(
        "import_speech", str(path), "--unit", cast.branch.name, "--by", "secretary", stdout=out
    )
    speech = Speech.objects.get()
    assert (speech.title, speech.unit, speech.created_by) == (
        "在党建工作推进会上的讲话",
        cast.branch,
        cast.secretary,
    )
    assert [theme.title for theme in speech.themes.in_use()] == ["认清形势", "明确重点", "狠抓落实"]
    with speech.versions.get().file.open() as stored:
        assert stored.read() == path.read_bytes()
    assert out.getvalue() == (
        f"已录入《在党建工作推进会上的讲话》，到 /speeches/{speech.pk}/review/ 核对。\n"
    )


def test_the_unit_may_be_given_by_its_number(cast):
    path = str(TEXTS / "traps.txt")
    call_command(
        "import_speech",
        path,
        "--unit",
        str(cast.branch.pk),
        "--by",
        "secretary",
        stdout=io.StringIO(),
    )
    assert Speech.objects.get().unit == cast.branch


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "写明录入到哪个党组织"),
        (["--unit", "没有这个支部", "--by", "secretary"], "没有找到党组织“没有这个支部”"),
        (["--unit", "刑侦支队第一党支部", "--by", "nobody"], "写明录入人的登录名"),
    ],
)
def test_without_a_known_unit_and_person_nothing_is_stored(cast, arguments, sentence):
    with pytest.raises(CommandError, match=sentence):
        call_command("import_speech", str(TEXTS / "traps.txt"), *arguments)
    assert Speech.objects.count() == 0
