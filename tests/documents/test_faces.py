"""The vendored faces: what they draw, and how what none draws is named."""

from studyapp.documents import faces, pdf
from studyapp.documents.blocks import (
    Attachment,
    Document,
    Meta,
    Paragraph,
    Roll,
    SignatureLine,
    SignatureLines,
)


def test_rare_characters_of_names_are_drawn() -> None:
    document = Document("记录", (Paragraph("䶮㛃𬱖𫖮堃玥喆祎昇镕〇㎡•–①→"),))
    assert pdf.missing_glyphs(document) == []


def test_characters_no_face_has_are_named_with_the_person_or_the_passage() -> None:
    document = Document(
        "记录\U00020b9f",
        (
            Roll("出席", ("张三", "李\U00020b9f")),
            Paragraph("字\U0001f600与\U0001f600", lead="王五："),
            Meta("地点", "\U0001f600楼"),
            Attachment(1, "清单", (Paragraph("附表里的\U0001f600"),)),
            SignatureLines((SignatureLine("主持人", "李\U00020b9f"),)),
        ),
        mark="草\U0001f600",
    )
    found = [(glyph.character, glyph.place) for glyph in pdf.missing_glyphs(document)]
    assert found == [
        ("\U00020b9f", "标题"),
        ("\U00020b9f", "出席人员“李\U00020b9f”"),
        ("\U0001f600", "“王五”这一段"),
        ("\U0001f600", "“地点”"),
        ("\U0001f600", "“附表里的\U0001f600”这一段"),
        ("\U00020b9f", "“主持人”"),
        ("\U0001f600", "页边"),
    ]


def test_every_face_draws_what_the_last_fallback_of_names_draws() -> None:
    points = {path.name: faces.code_points(path) for path in faces.FOLDER.glob("*.[ot]tf")}
    assert set(faces.BODY) <= points.keys()
    assert {name for name, found in points.items() if ord("䶮") in found} == {
        "LXGWWenKai-500.ttf",
        "NotoSansSC-Regular.otf",
        "NotoSerifCJKsc-Bold.otf",
        "NotoSerifSC-Regular.otf",
    }


def test_a_face_is_smaller_than_6_megabytes() -> None:
    sizes = [path.stat().st_size for path in faces.FOLDER.iterdir()]
    assert max(sizes) < 6_000_000
    assert sum(sizes) < 20_000_000
