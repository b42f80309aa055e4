"""Changes to speeches, by subject; each writes its audit row in the same transaction."""

from studyapp.speeches.actions.bringing_in import add_version, import_speech
from studyapp.speeches.actions.provenance import (
    reinstate,
    release,
    send_down,
    set_details,
    vouch,
    withdraw,
)
from studyapp.speeches.actions.reading import remember
from studyapp.speeches.actions.structure import (
    begin_closing,
    begin_theme,
    confirm,
    cut,
    dismiss,
    give_to_next,
    give_to_previous,
    join,
    merge,
    remove,
    rename,
    restore,
    save_theme,
    set_kind,
    set_question,
)

__all__ = [
    "add_version",
    "begin_closing",
    "begin_theme",
    "confirm",
    "cut",
    "dismiss",
    "give_to_next",
    "give_to_previous",
    "import_speech",
    "join",
    "merge",
    "reinstate",
    "release",
    "remember",
    "remove",
    "rename",
    "restore",
    "save_theme",
    "send_down",
    "set_details",
    "set_kind",
    "set_question",
    "vouch",
    "withdraw",
]
