"""The form of a unit's layout."""

from typing import Any, ClassVar

from django import forms

from studyapp.papers.models import PaperProfile
from studyapp.web.fields import LineField, MarkField

GROUPS = (
    ("上下边距（毫米）", ("top", "bottom")),
    ("左右边距（毫米）", ("left", "right")),
    ("正文", ("lines", "characters", "body")),
    ("标题", ("title", "level1", "level2")),
    (
        "印什么",
        ("names", "sign", "page_number", "prints_code", "remarks", "prints_objections"),
    ),
)
NOT_SURE = "版式还在，没有取消。要取消，到页面最后勾选“不要本单位的版式了”，再点按钮。"
FIELDS = [name for _, names in GROUPS for name in names]


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    """Values within what a page can carry; ``seen`` is which stored state the page showed."""

    seen = MarkField(required=False)

    class Meta:
        model = PaperProfile
        fields = FIELDS
        field_classes: ClassVar = {"sign": LineField}
        help_texts: ClassVar = {
            "sign": "红色标志上的字。空着就印“党组织全称+纪要”。",
            "names": "DOCX 用这些名字找字体；看办公电脑上装的是哪一套。",
            "prints_code": "有签字版本的文书，每页印校验码，最后一页印二维码。",
            "remarks": "分条：每段发言前加（1）（2），一个字不少。",
            "prints_objections": "整理和签字的人导出时印在末尾；别人导出的不印。",
        }

    def compare(self, stored: PaperProfile | None) -> str:
        """Say what somebody stored meanwhile; the next time the form is sent it counts as seen."""
        self.data = {**self.data.dict(), "seen": stored.state if stored else ""}  # type: ignore[attr-defined]
        if stored is None:
            return "打开这一页以后，别人取消了本单位的版式。核对后再保存。"
        other = [
            f"{self.fields[name].label}“{_shown(stored, name)}”"
            for name in self._meta.fields or ()
            if self.cleaned_data.get(name) != getattr(stored, name)
        ]
        return (
            f"打开这一页以后，{stored.updated_by.name}改过。现在存的是："
            f"{'、'.join(other) or '和这里一样'}。核对后再保存。"
        )

    @property
    def groups(self) -> list[tuple[str, list[Any]]]:
        """The fields as the page sets them."""
        return [(label, [self[name] for name in names]) for label, names in GROUPS]


class ClearForm(forms.Form):
    """Giving the unit's own layout up: what was stored is gone, so it is ticked first."""

    seen = MarkField(required=False)
    sure = forms.BooleanField(
        label="不要本单位的版式了，存的数值不再保留", error_messages={"required": NOT_SURE}
    )
    use_required_attribute = False  # our sentence says what is in the way, not the browser's


def _shown(profile: PaperProfile, name: str) -> str:
    display = getattr(profile, f"get_{name}_display", None)
    value = display() if display else getattr(profile, name)
    words = {True: "印", False: "不印", "": "空"}
    return str(words.get(value, value)) if isinstance(value, bool | str) else str(value)
