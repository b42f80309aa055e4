"""归档: signed records filed by year and class of retention, and the table of classes."""

from django.db import models
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.branches.models import RETENTION, Unit
from studyapp.meetings.models import Kind
from studyapp.minutes.models import SignedVersion


class RetentionRule(models.Model):
    """One line of a unit's table: how long records of a kind of meeting are kept.

    A kind without a line has the unit's general class; units below without a table follow.
    """

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="retention_rules")
    kind = models.CharField("会议类型", max_length=20, choices=Kind)
    period = models.CharField("保管期限", max_length=10, choices=RETENTION)

    class Meta:
        ordering = ["unit", "kind"]
        verbose_name = "保管期限"
        constraints = [
            models.UniqueConstraint(fields=["unit", "kind"], name="one_period_a_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.get_kind_display()} {self.period}"


class Filed(models.Model):
    """A signed version in the archive of its year. A frozen row; nothing leaves the archive.

    ``number`` is the 件号 within unit, year and class. A later version of the record is filed
    beside the earlier one.
    """

    version = models.OneToOneField(SignedVersion, on_delete=models.PROTECT, related_name="filed")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="filed")
    year = models.PositiveSmallIntegerField("年度")
    period = models.CharField("保管期限", max_length=10, choices=RETENTION)
    number = models.PositiveIntegerField("件号")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=50)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["unit", "year", "period", "number"]
        verbose_name = "归档件"
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "year", "period", "number"], name="one_number_in_the_archive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.year} {self.period} {self.number}"
