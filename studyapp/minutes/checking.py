"""What a check code says to a stranger: one word, nothing of the meeting behind it."""

import logging
from dataclasses import dataclass

from studyapp.minutes import chain
from studyapp.minutes.models import SignedVersion
from studyapp.papers.models import IssuedFile

logger = logging.getLogger("studyapp.checking")


@dataclass(frozen=True, slots=True)
class Verdict:
    """The word, what it means, the tone of the page and the status of the answer."""

    word: str
    meaning: str
    tone: str
    status: int = 200


VALID = Verdict("有效", "这个校验码的版本已经签字，没有更新的版本。", "ok")
SUPERSEDED = Verdict(
    "已更正", "这个校验码的版本签字以后又更正过，有更新的版本。以新版本为准。", "warn"
)
VOID = Verdict("已作废", "出具文书的单位已经声明这一版作废，不能再用。", "err")
UNKNOWN = Verdict(
    "不存在",
    "查不到这个校验码。对照纸面重新输入；还是查不到，就不能凭它认定文书出自本系统。",
    "err",
    404,
)
BROKEN = Verdict(
    "暂时不能核验",
    "原因在系统这一边，不说明文书有问题。请出具文书的单位联系系统管理员。",
    "warn",
    503,
)


def verdict(code: str) -> Verdict:
    """Return what a code in its printed form stands for.

    A row that no longer fits its seal is never called valid; the log says which it is.
    """
    known = SignedVersion.objects.filter(code=code).select_related("voided", "record")
    version = known.first() if code else None
    if version is None:
        return UNKNOWN
    if not chain.is_whole(version):
        logger.error("signed version %s does not fit its seal or its key is gone", version.pk)
        return BROKEN
    if version.is_void:
        return VOID
    return SUPERSEDED if version.is_superseded else VALID


def is_issued(code: str, sha256: str) -> bool:
    """Tell whether a file with this hash was handed out under the code."""
    return IssuedFile.objects.filter(check_code=code, sha256=sha256).exists()
