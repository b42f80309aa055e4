"""How a unit's papers look, and which files left the system."""

from dataclasses import fields
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.branches.models import Unit
from studyapp.documents.layout import Layout


class Remarks(models.TextChoices):
    """How a record prints what people said; every word of it either way."""

    FULL = "full", "全文"
    POINTS = "points", "分条"


def _between(low: int, high: int) -> list[MinValueValidator | MaxValueValidator]:
    return [MinValueValidator(low), MaxValueValidator(high)]


class PaperProfile(models.Model):
    """本单位 in place of 国标: the layout of a unit's papers. Units below without one follow it.

    Defaults are those of GB/T 9704-2012. Lengths are millimetres.
    """

    FACES = [("fang", "仿宋"), ("kai", "楷体"), ("hei", "黑体"), ("song", "宋体")]
    TITLE_FACES = [("biao", "小标宋"), ("hei", "黑体"), ("song", "宋体")]
    NAMES = [
        ("gb2312", "仿宋_GB2312、楷体_GB2312（国标）"),
        ("windows", "仿宋、楷体（Windows 自带）"),
        ("founder", "方正仿宋_GBK、方正楷体_GBK"),
    ]
    PAGE_NUMBERS = [("outer", "单页居右、双页居左（国标）"), ("centre", "居中"), ("none", "不印")]

    unit = models.OneToOneField(Unit, on_delete=models.PROTECT, related_name="paper_profile")
    top = models.PositiveSmallIntegerField("上边距", default=37, validators=_between(15, 60))
    left = models.PositiveSmallIntegerField("左边距", default=28, validators=_between(15, 50))
    right = models.PositiveSmallIntegerField("右边距", default=26, validators=_between(10, 50))
    bottom = models.PositiveSmallIntegerField("下边距", default=35, validators=_between(20, 60))
    lines = models.PositiveSmallIntegerField("每页行数", default=22, validators=_between(18, 28))
    characters = models.PositiveSmallIntegerField(
        "每行字数", default=28, validators=_between(22, 32)
    )
    title = models.CharField("标题字体", max_length=10, choices=TITLE_FACES, default="biao")
    level1 = models.CharField("一级标题字体", max_length=10, choices=FACES, default="hei")
    level2 = models.CharField("二级标题字体", max_length=10, choices=FACES, default="kai")
    body = models.CharField("正文字体", max_length=10, choices=FACES, default="fang")
    names = models.CharField("DOCX 里的字体名", max_length=10, choices=NAMES, default="gb2312")
    sign = models.CharField("纪要标志", max_length=60, blank=True)
    page_number = models.CharField("页码", max_length=10, choices=PAGE_NUMBERS, default="outer")
    prints_code = models.BooleanField("印校验码和二维码", default=True)
    remarks = models.CharField("发言", max_length=10, choices=Remarks, default=Remarks.FULL)
    prints_objections = models.BooleanField("印未答复的意见", default=False)
    updated_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = "版式"

    def __str__(self) -> str:
        return f"{self.unit} 版式"

    @property
    def state(self) -> str:
        """Which stored state this is: a form made from another one is stale. "" when not stored."""
        return self.updated_at.isoformat() if self.pk else ""

    @property
    def layout(self) -> Layout:
        """What the writers are told."""
        values: Any = {each.name: getattr(self, each.name) for each in fields(Layout)}
        return Layout(**values)


class IssuedFile(models.Model):
    """A file that was handed out: who, when, what, and the hash of its bytes. A frozen row.

    ``subject`` names what it was made from («record-12»), by text: it outlives the row.
    """

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="issued_files")
    subject = models.CharField(max_length=50, db_index=True)
    paper = models.CharField("文书", max_length=50)
    version = models.PositiveIntegerField("版本", default=0)
    check_code = models.CharField("校验码", max_length=19, blank=True, db_index=True)
    file_name = models.CharField(max_length=300)
    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.PositiveBigIntegerField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=50)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = "已导出文件"

    def __str__(self) -> str:
        return self.file_name
