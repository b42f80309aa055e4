"""Make one archive that brings the product up on a machine without any network.

Usage: python scripts/bundle.py [--machine x86_64] [--python 3.11] [--output dist]

It holds the last commit, the locked packages as wheels, a list of parts (CycloneDX) and install.sh.
Wheels come from wherever pip is told to look; each must have a hash that the lock names.
"""

import argparse
import gzip
import hashlib
import io
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import sbom

ROOT = Path(__file__).resolve().parent.parent
MACHINES = ("x86_64", "aarch64")
# Debian 12, what came between, Debian 13.
PYTHONS = ("3.11", "3.12", "3.13")
# Kylin and UOS of 2020 have glibc 2.28.
GLIBC = range(5, 29)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--machine", action="append", choices=MACHINES)
    parser.add_argument("--python", action="append")
    parser.add_argument("--output", type=Path, default=ROOT / "dist")
    options = parser.parse_args(arguments)
    name = f"studyapp-{release()}"
    with tempfile.TemporaryDirectory(prefix="studyapp-bundle-") as scratch:
        folder = Path(scratch) / name
        take_source(folder / "source")
        lock = folder / "source/requirements/base.txt"
        for machine in options.machine or MACHINES:
            for python in options.python or PYTHONS:
                print(f"Wheels for {machine}, Python {python}", flush=True)
                if not take_wheels(lock, folder / "wheels", machine, python):
                    print("pip found no wheels; its own words stand above.", file=sys.stderr)
                    return 1
        (folder / "RELEASE").write_text(f"{release()}\n", encoding="utf-8")
        (folder / "sbom.cdx.json").write_text(sbom.written(folder, release()), encoding="utf-8")
        shutil.copy2(folder / "source/deploy/install.sh", folder / "install.sh")
        (folder / "SHA256SUMS").write_text(sums(folder), encoding="utf-8")
        options.output.mkdir(parents=True, exist_ok=True)
        target = options.output / f"{name}.tar.gz"
        pack(folder, target)
    print(f"{target} ({target.stat().st_size / 1e6:.0f} MB)")
    return 0


def git(*arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], check=True, cwd=ROOT, capture_output=True).stdout


def release() -> str:
    """Return day and commit, so that releases sort by name."""
    told = git("log", "-1", "--format=%cd-%h", "--date=format:%Y%m%d%H%M", "--abbrev=8")
    return told.decode().strip()


def take_source(folder: Path) -> None:
    """Put the last commit there; what is not committed is in no bundle."""
    if git("status", "--porcelain").strip():
        print("Not committed, so not in the bundle: see git status.", file=sys.stderr)
    with tarfile.open(fileobj=io.BytesIO(git("archive", "HEAD"))) as archive:
        archive.extractall(folder, filter="data")


def take_wheels(lock: Path, folder: Path, machine: str, python: str) -> bool:
    """Let pip fetch the locked wheels for a machine, whatever this one is."""
    plain = python.replace(".", "")
    tags = [f"manylinux_2_{minor}_{machine}" for minor in GLIBC]
    platforms = [*tags, f"manylinux2014_{machine}"]
    command = [
        *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"),
        *("--require-hashes", "--no-deps", "--only-binary", ":all:"),
        *("--requirement", str(lock), "--dest", str(folder)),
        *("--implementation", "cp", "--python-version", python),
        *("--abi", f"cp{plain}", "--abi", "abi3", "--abi", "none"),
        *(part for platform in platforms for part in ("--platform", platform)),
    ]
    return subprocess.run(command, check=False).returncode == 0


def sums(folder: Path) -> str:
    """Return a line for each file, as sha256sum writes it."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}\n"
        for path in files
    )


def pack(folder: Path, target: Path) -> None:
    """Write the archive: the same commit and wheels give the same bytes."""
    made = int(git("log", "-1", "--format=%ct"))

    def plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid = member.gid = 0
        member.uname = member.gname = "root"
        member.mtime = made
        member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
        return member

    with (
        target.open("wb") as file,
        # Wheels are compressed already.
        gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=1, mtime=made) as stream,
        tarfile.open(fileobj=stream, mode="w") as archive,
    ):
        archive.add(folder, arcname=folder.name, filter=plain)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
