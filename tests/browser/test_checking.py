"""A speaker corrects the own words, the recorder takes them over, the speaker sees it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

MEETING = "/meetings/4/"  # its record was returned: words can still be taken over
SAID = "讲案例的时候，我最怕听到“大家都这样”。"
RIGHT = "讲案例的时候，我最怕听到“一直都这样”。"


def test_a_correction_goes_from_the_speaker_to_the_paper(visit: Callable[..., Page]) -> None:
    recorder = visit("recorder", f"{MEETING}sheet/")
    recorder.fill("[name=speaker]", "王海峰")
    recorder.locator("textarea[name=text]").fill(SAID)
    recorder.get_by_role("button", name="记下", exact=True).click()
    expect(recorder.locator(".sheet__say", has_text=SAID)).to_be_visible()

    speaker = visit("member", f"{MEETING}remarks/mine/")
    card = speaker.locator("section.card", has_text=SAID)
    card.get_by_text("有不对的，直接改").click()
    field = card.locator("textarea")
    expect(field).to_have_value(SAID)
    field.fill(RIGHT)
    expect(card.locator("p.save")).to_contain_text("已保存", timeout=8_000)
    speaker.reload()
    expect(card.locator("textarea")).to_have_value(RIGHT)
    card.get_by_role("button", name="交给记录人").click()
    expect(card).to_contain_text("已更正，等记录人看")

    recorder.goto(f"{MEETING}sheet/")
    said = recorder.locator(".sheet__say", has_text=SAID)
    expect(said.locator("ins")).to_have_text("一直")
    said.get_by_role("button", name="采用更正").click()
    expect(recorder.locator(".sheet__say", has_text=RIGHT)).to_contain_text("已按本人更正")

    speaker.goto(f"{MEETING}remarks/mine/")
    done = speaker.locator("section.card", has_text=RIGHT)
    expect(done).to_contain_text("已按你的更正改好")
    expect(done.locator("p.pre")).to_have_text(RIGHT)
