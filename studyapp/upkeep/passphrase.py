"""The passphrase of a backup, from a file: on the command line everybody on the machine sees it."""

from pathlib import Path

from studyapp.errors import Refused

_SHORTEST = 12


def read(path: Path | None) -> str:
    """Return the first line of a file; "" without one."""
    if path is None:
        return ""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"读不了口令文件 {path}。") from error
    passphrase = lines[0].strip() if lines else ""
    if len(passphrase) < _SHORTEST:
        raise Refused(f"口令文件 {path} 的第一行要有至少 {_SHORTEST} 个字符的口令。")
    return passphrase
