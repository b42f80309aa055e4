"""The code on the screen: what counts, when, and what its picture holds."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from studyapp.meetings import claims, codes

START = datetime(2026, 11, 26, 6, 30, tzinfo=UTC)  # the begin of a window of 30 seconds


@pytest.fixture(autouse=True)
def _times(settings) -> None:
    settings.CODE_SECONDS, settings.CODE_GRACE = 30, 10


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def test_a_code_is_six_figures_and_a_token_of_96_bits() -> None:
    code = codes.current(7, START)
    assert re.fullmatch(r"\d{6}", code.figures)
    assert re.fullmatch(r"[\w-]{16}", code.token)
    assert code.seconds_left == 30


@pytest.mark.parametrize(
    ("seconds", "counts"),
    [(-0.1, False), (0, True), (29.9, True), (30, True), (39.9, True), (40, False), (400, False)],
)
def test_a_code_counts_in_its_window_and_in_the_grace_after_it(
    seconds: float,
    counts: bool,  # noqa: FBT001 -- a column of the table above
) -> None:
    code = codes.current(7, START)
    assert codes.scanned(7, code.token, after(seconds)) is counts
    assert codes.typed(7, code.figures, after(seconds)) is counts


def test_without_grace_the_old_code_is_refused_at_once(settings) -> None:
    settings.CODE_GRACE = 0
    code = codes.current(7, START)
    assert (codes.scanned(7, code.token, after(29)), codes.scanned(7, code.token, after(30))) == (
        True,
        False,
    )


def test_a_code_of_another_meeting_or_another_installation_does_not_count(settings) -> None:
    code = codes.current(7, START)
    assert not codes.scanned(8, code.token, START)
    assert not codes.typed(8, code.figures, START)
    settings.SECRET_KEY = "another installation"
    assert not codes.scanned(7, code.token, START)


@pytest.mark.parametrize("token", ["", "x", "０" * 6, "%00", "a" * 5000])
def test_what_is_no_code_does_not_count(token: str) -> None:
    assert (codes.scanned(7, token, START), codes.typed(7, token, START)) == (False, False)


def test_the_square_draws_every_dark_module_once() -> None:
    square = codes.square("http://10.1.2.3:8000/check-in/7/AbCdEfGhIjKlMnOp/")
    assert square.side == 41  # version 4: 33 modules, and four of quiet zone on each side
    assert square.path.startswith("M4 4h7v1h-7z")
    runs = re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", square.path)
    dark = {(int(x) + step, int(y)) for x, y, wide in runs for step in range(int(wide))}
    assert len(dark) == sum(int(wide) for _, _, wide in runs)
    assert {x for x, _ in dark} | {y for _, y in dark} == set(range(4, 37))


def test_a_claim_lasts_ten_minutes() -> None:
    claim = claims.give(7, START)
    assert claims.read(claim, after(599)) == claims.Claim(7, START)
    assert claims.read(claim, after(600)) is None


def test_a_claim_that_was_made_up_or_altered_is_none() -> None:
    claim = claims.give(7, START)
    assert claims.read(claim[:-1] + ("A" if claim[-1] != "A" else "B"), START) is None
    assert claims.read("WzcsMV0:x:y", START) is None
