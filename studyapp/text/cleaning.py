"""What people paste, made safe to store, to compare and to print; the wording stays.

Rule: NFC (never NFKC, which would turn （ into ( and ① into 1), line ends as LF, vertical tab and
form feed as line ends, no other control characters. Characters that python-docx, lxml or a PDF
cannot hold, and invisible ones that turn the reading order around, are dropped.
"""

import re
import unicodedata

# Line ends of every kind: CRLF, CR, vertical tab, form feed, NEL, LINE and PARAGRAPH SEPARATOR.
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")

_DROPPED = re.compile(
    "["
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"  # controls but tab and line feed
    "\ud800-\udfff"  # lone surrogates
    "\ufdd0-\ufdef\ufffe\uffff"  # noncharacters
    + "".join(
        chr(plane + 0xFFFE) + chr(plane + 0xFFFF) for plane in range(0x10000, 0x110000, 0x10000)
    )
    + "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidi marks, overrides and isolates
    "\u200b\u2060-\u2064\u206a-\u206f\ufeff"  # zero-width space, word joiner, byte order mark
    "\ufff9-\ufffb"  # interlinear annotation
    "\U000e0001\U000e0020-\U000e007f"  # tag characters
    "]"
)

# Meaningful in running text (emoji, other scripts), never in a Chinese name.
_DROPPED_IN_NAMES = re.compile(
    "[\u00ad\u034f\u180b-\u180e\u200c\u200d\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)

_LONGEST_FILE_NAME = 300  # characters, as the columns hold

_SPACES = re.compile(r"[\s\u3000]+")


def clean(text: str) -> str:
    """The text as the system keeps it. Idempotent; never raises; no visible character changes."""
    text = _LINE_ENDS.sub("\n", text)
    # Dropping may bring a letter and its accent together, so composition comes last.
    return unicodedata.normalize("NFC", _DROPPED.sub("", text))


def clean_name(text: str) -> str:
    """One line for a name or a title: `clean`, no invisible characters, single inner spaces.

    Spaces between Han characters are padding (张　三) and go; those between Latin words stay.
    """
    text = _SPACES.sub(" ", _DROPPED_IN_NAMES.sub("", clean(text))).strip()
    text = re.sub(r"(?<=[^\x00-\x7f]) (?=[^\x00-\x7f])", "", text)
    return unicodedata.normalize("NFC", text)


def clean_file_name(name: str) -> str:
    """What an upload is called: the last part of a path as one line, its ending kept."""
    return clean_name(re.split(r"[/\\]", name)[-1])[-_LONGEST_FILE_NAME:]


def visible(text: str) -> str:
    """`clean`, and without the characters that have no shape: what a printed paper can show."""
    return unicodedata.normalize("NFC", _DROPPED_IN_NAMES.sub("", clean(text)))
