"""Plain text in the encodings that Chinese offices have."""

from charset_normalizer import from_bytes

_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def read(data: bytes) -> str:
    """BOM, then strict UTF-8, then the pattern of UTF-16, then GB18030, then the best guess."""
    return data.decode(encoding(data), errors="replace")


def encoding(data: bytes) -> str:
    """Return the encoding's Python name."""
    for mark, name in _BOMS:
        if data.startswith(mark):
            return name
    if _decodes(data, "utf-8"):
        return "utf-8"
    sample = data[:4000]
    for name, place in (("utf-16-le", 1), ("utf-16-be", 0)):
        half = sample[place::2]
        # ASCII marks and line ends have a zero byte; Han in UTF-16 lies in 4E–9F.
        likely = sum(
            1 for byte in half if byte == 0 or 0x4E <= byte <= 0x9F or byte in {0x30, 0xFF}
        )
        if half and likely > 0.95 * len(half) and half.count(0) > 0 and _decodes(data, name):
            return name
    if _decodes(data, "gb18030"):
        return "gb18030"
    best = from_bytes(data).best()
    return best.encoding if best else "gb18030"


def _decodes(data: bytes, name: str) -> bool:
    try:
        data.decode(name)
    except UnicodeDecodeError:
        return False
    return True
