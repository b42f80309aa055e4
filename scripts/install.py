"""Make `.venv` and put the locked packages into it; do nothing when they are there.

Usage: python3 scripts/install.py base|dev

Runs before anything is installed, so it uses the standard library only and is written so that an
old Python can still read it and say what is wrong. The stamp in `.venv` holds the hash of the lock
file and the Python version: a changed lock installs again, an unchanged one costs nothing.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
OLDEST_PYTHON = (3, 11)
# The development lock holds every package of the base lock, so installing it serves both.
ALSO_SATISFIES = {"base": (), "dev": ("base",)}


def main(name: str) -> None:
    complain_about_old_python()
    if stamp_path(name).is_file() and VENV_PYTHON.exists():
        if stamp_path(name).read_text(encoding="utf-8") == stamp_text(name):
            return
    make_environment()
    install(name)
    for lock in (name, *ALSO_SATISFIES[name]):
        stamp_path(lock).write_text(stamp_text(lock), encoding="utf-8")


def complain_about_old_python() -> None:
    if sys.version_info >= OLDEST_PYTHON:
        return
    found = ".".join(str(part) for part in sys.version_info[:3])
    sys.exit(
        "Python 3.11 or newer is needed; {} is Python {}.\n"
        "Install a newer one and name it: make run PYTHON=python3.11".format(sys.executable, found)
    )


def lock_path(name: str) -> Path:
    return ROOT / "requirements" / (name + ".txt")


def stamp_path(name: str) -> Path:
    return VENV / (".installed-" + name)


def stamp_text(name: str) -> str:
    digest = hashlib.sha256(lock_path(name).read_bytes()).hexdigest()
    return "{} python {}.{}\n".format(digest, *sys.version_info[:2])


def make_environment() -> None:
    """Create the environment, or replace one that is broken or of another Python version."""
    if environment_version() == "{}.{}".format(*sys.version_info[:2]):
        return
    try:
        import ensurepip  # noqa: F401 - Debian ships it apart, in python3-venv
    except ImportError:
        sys.exit("This Python cannot make virtual environments: apt install python3-venv")
    print("Making the virtual environment in .venv", flush=True)
    outcome = subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=False)
    if outcome.returncode != 0:
        sys.exit("The virtual environment could not be made in {}.".format(VENV))


def environment_version() -> str:
    """Python version of a working environment that has pip, or an empty string."""
    if not VENV_PYTHON.exists():
        return ""
    question = "import sys, pip; print('{}.{}'.format(*sys.version_info[:2]))"
    outcome = subprocess.run(
        [str(VENV_PYTHON), "-c", question], check=False, capture_output=True, text=True
    )
    return outcome.stdout.strip()


def install(name: str) -> None:
    lock = lock_path(name).relative_to(ROOT)
    print("Installing {}, once (some minutes on a slow line)".format(lock), flush=True)
    command = [str(VENV_PYTHON), "-m", "pip", "install", "--quiet", "--require-hashes"]
    outcome = subprocess.run(
        [*command, "--requirement", str(lock)],
        check=False,
        cwd=str(ROOT),
        env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore"},
    )
    if outcome.returncode != 0:
        sys.exit(
            "The packages of {} could not be installed; pip's own words stand above.\n"
            "Without a line to the outside, put the wheels into a folder and set "
            "PIP_FIND_LINKS to it (and PIP_NO_INDEX=1).".format(lock)
        )


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in ALSO_SATISFIES:
        sys.exit(__doc__)
    main(sys.argv[1])
