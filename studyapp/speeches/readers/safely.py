"""Reading an uploaded speech in a child process."""

from studyapp.documents import in_child
from studyapp.speeches.readers.checks import check, read

_ADVICE = in_child.Advice("直接粘贴正文。", "打开后另存一次，或者直接粘贴正文。")


def read_safely(data: bytes, name: str, *, seconds: float = in_child.SECONDS) -> str:
    """Return the text of an uploaded file; whatever goes wrong with it is a refusal."""
    return in_child.read(read, data, f"file{check(data, name)}", _ADVICE, seconds=seconds)
