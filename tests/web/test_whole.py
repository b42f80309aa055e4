"""Half a body is an error, wherever it breaks off (tests/faults/test_broken_off.py: for real)."""

from io import BytesIO

import pytest

from studyapp.web.whole import WholeBody


class Drops(BytesIO):
    """A stream that gives three bytes at a time."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(3, size or 0))


def test_a_whole_body_is_read_to_its_end_and_no_further() -> None:
    body = WholeBody(Drops(b"one\ntwo\nthree"), "9")
    assert (body.readline(9), body.read(5), body.read(5)) == (b"one\n", b"two\nt", b"")
    assert not body.broke_off


@pytest.mark.parametrize("way", ["read", "readline"])
def test_half_a_body_is_an_error(way: str) -> None:
    body = WholeBody(Drops(b"half of it"), "20")
    with pytest.raises(OSError, match="broke off"):
        getattr(body, way)(20)
    assert body.broke_off


def test_a_length_of_five_thousand_figures_is_none() -> None:
    assert WholeBody(Drops(b"half of it"), "1" * 5000).read(4) == b""
