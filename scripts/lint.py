"""Every check that runs no test, the types beside the others; then those that failed are named."""

import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PYTHON = ("manage.py", "scripts", "studyapp", "tests")
# What a real site sets; `check --deploy` then has nothing left to warn of.
HTTPS_SITE = {"STUDYAPP_HTTPS": "yes", "STUDYAPP_HOSTS": "study.example"}


def checks() -> list[tuple[str, list[str], dict[str, str]]]:
    """Return name, command and extra environment of each check, the longest first."""

    def tool(name: str, *arguments: str) -> list[str]:
        return [str(BIN / name), *arguments]

    def manage(*arguments: str) -> list[str]:
        return [sys.executable, "manage.py", *arguments]

    return [
        ("types", tool("mypy", *PYTHON), {}),
        ("format of Python", tool("ruff", "format", "--check", "--quiet", *PYTHON), {}),
        ("lint of Python", tool("ruff", "check", "--quiet", *PYTHON), {}),
        ("import floors", tool("lint-imports", "--no-logo", "--no-cache"), {}),
        ("format of templates", tool("djlint", "--check", "--quiet", "templates"), {}),
        ("lint of templates", tool("djlint", "--lint", "--quiet", "templates"), {}),
        (
            "deployment",
            manage("check", "--deploy", "--fail-level", "WARNING"),
            HTTPS_SITE,
        ),
        ("migrations", manage("makemigrations", "--check", "--dry-run"), {}),
    ]


def main() -> int:
    failed = []
    with tempfile.TemporaryDirectory(prefix="studyapp-lint-") as data:

        def run(check: tuple[str, list[str], dict[str, str]]) -> tuple[str, int, str, float]:
            name, command, extra = check
            started = time.monotonic()
            environment = {**os.environ, "STUDYAPP_DATA": data, "DATABASE_URL": "", **extra}
            outcome = subprocess.run(
                command,
                check=False,
                cwd=ROOT,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            return name, outcome.returncode, outcome.stdout, time.monotonic() - started

        # The types take as long as all others together.
        with ThreadPoolExecutor(2) as pool:
            for name, code, words, seconds in pool.map(run, checks()):
                if code:
                    failed.append(name)
                    print(words.rstrip())
                print(f"{'FAILED' if code else 'ok    '} {name} ({seconds:.1f} s)", flush=True)
    if failed:
        print(f"\nFailed: {', '.join(failed)}. make format puts the shape right.")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
