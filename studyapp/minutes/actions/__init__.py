"""The record's way: open, edit, submit, return, confirm, correct; the scan of the signed paper.

And what the organ above says about a signed one.
"""

from studyapp.minutes.actions.returns import explain, send_back
from studyapp.minutes.actions.signing import (
    LARGEST_SCAN,
    MOVED_ON,
    amend,
    attach_scan,
    confirm,
    moved_on,
    return_record,
    submit,
    void,
)
from studyapp.minutes.actions.writing import (
    edit_part,
    open_record,
    remove_part,
    restore_part,
    set_facts,
    take_correction,
    take_source,
    type_part,
)

__all__ = [
    "LARGEST_SCAN",
    "MOVED_ON",
    "amend",
    "attach_scan",
    "confirm",
    "edit_part",
    "explain",
    "moved_on",
    "open_record",
    "remove_part",
    "restore_part",
    "return_record",
    "send_back",
    "set_facts",
    "submit",
    "take_correction",
    "take_source",
    "type_part",
    "void",
]
