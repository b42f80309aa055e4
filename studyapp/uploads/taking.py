"""The one way in for a file that somebody uploads: no view reads one by itself."""

import hashlib
import logging
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from studyapp.audit.actions import record
from studyapp.audit.models import Operation
from studyapp.errors import Refused
from studyapp.text.cleaning import clean_file_name, clean_name
from studyapp.uploads import clamd, silence

REFUSED = "拒收上传的文件"
_log = logging.getLogger(__name__)


def take(upload: "UploadedFile[Any]", *, by: Any) -> bytes:
    """Return the bytes of an upload that the scanner has nothing against; see `look_at`."""
    if (upload.size or 0) > settings.UPLOAD_LIMIT:
        raise Refused("文件超过 20 MB，没有收。换小一些的再传。")
    data: bytes = upload.read()
    look_at(data, upload.name or "", by=by)
    return data


def look_at(data: bytes, name: str, *, by: Any) -> None:
    """Have the scanner look at a file: Refused, and on record, when it finds something.

    Where it does not answer, the site decides: refused (STUDYAPP_CLAMD_REQUIRED), or taken, with a
    line in the server's log. Runs outside any transaction: what is on record must stay there.
    """
    if settings.CLAMD is None:
        return
    try:
        found = _scanned(settings.CLAMD, data)
    except clamd.Unavailable as error:
        if settings.CLAMD_REQUIRED:
            _note(data, name, by=by, why="unscanned", reason=f"杀毒程序{error}")
            raise Refused(
                f"杀毒程序{error}，文件没有收。过几分钟再传；还是不行，告诉系统管理员。"
            ) from error
        _log.warning("clamd did not look at a file, it was taken in: %s", error)
        return
    if found:
        found = clean_name(found)
        _note(data, name, by=by, why="infected", signature=found)
        raise Refused(
            f"文件里查出病毒（{found}），没有收，什么都没有存。"
            "先给自己的电脑杀毒，再换一份干净的文件。"
        )


def _scanned(address: clamd.Address, data: bytes) -> str:
    """Scan, unless nobody answered a moment ago; see `clamd.scan` and `silence`."""
    if silence.is_on():
        raise clamd.Unavailable("刚才没有及时回答")
    try:
        return clamd.scan(address, data, seconds=settings.CLAMD_SECONDS)
    except clamd.TooLate:
        silence.begins()
        _log.warning("clamd did not answer in time: not asked for %d seconds", silence.SECONDS)
        raise


def _note(data: bytes, name: str, *, by: Any, why: str, **facts: str) -> None:
    """Put on record what was refused: never its bytes."""
    record(
        REFUSED,
        operation=Operation.CREATE,
        by=by,
        target=clean_file_name(name),
        succeeded=False,
        error_code=why,
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        **facts,
    )
