"""Files as they are stored: on the disk as a whole or not at all, and only with their row."""

from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage

from studyapp.disk import whole
from studyapp.web.storage import AWAY, trouble

Given = ParamSpec("Given")
Result = TypeVar("Result")
_stored: ContextVar[list[Path] | None] = ContextVar("stored", default=None)


class WholeFiles(FileSystemStorage):
    """Django's, which leaves half a file where the disk fills up, and a power cut an empty one."""

    def _save(self, name: str, content: "File[Any]") -> str:
        path = Path(self.path(name))
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with whole(path) as file:
            for chunk in content.chunks():
                file.write(chunk)
        made = _stored.get()
        if made is not None:
            made.append(path)
        return name


def with_files(action: Callable[Given, Result]) -> Callable[Given, Result]:
    """Take the files of an action away again when it fails, in its last step too.

    Stands over ``transaction.atomic``. Where the database went away nobody knows whether there is a
    row that names a file: it stays.
    """

    @wraps(action)
    def acted(*args: Given.args, **kwargs: Given.kwargs) -> Result:
        made: list[Path] = []
        before = _stored.set(made)
        try:
            return action(*args, **kwargs)
        except BaseException as error:
            if trouble(error) != AWAY:
                for path in made:
                    path.unlink(missing_ok=True)
            raise
        finally:
            _stored.reset(before)

    return acted
