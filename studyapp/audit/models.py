"""The audit log: an append-only chain of rows (security.md, Audit)."""

from datetime import timedelta

from django.db import models

from studyapp.audit.words import KEYS, REASONS, shown


class Operation(models.IntegerChoices):
    """OPERATE_TYPE of the police audit format."""

    SIGN_IN = 0, "登录"
    READ = 1, "查询"
    CREATE = 2, "新增"
    CHANGE = 3, "修改"
    DELETE = 4, "删除"
    SIGN_OUT = 5, "登出"


KEPT = timedelta(days=190)
"""So long nobody can take an entry away (《网络安全法》 asks for six months)."""


class Segment(models.Model):
    """Entries that left the log for a file: the oldest ones, all of them up to ``last_seq``.

    Segments form a chain as the entries did: the log goes on from the digest of the newest one.
    """

    number = models.BigIntegerField(primary_key=True)
    first_seq = models.BigIntegerField()
    last_seq = models.BigIntegerField()
    count = models.BigIntegerField()
    previous = models.CharField(max_length=64, blank=True)
    last_digest = models.CharField(max_length=64)
    last_at = models.DateTimeField()
    file_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    sealed_by = models.CharField(max_length=100)
    sealed_at = models.DateTimeField()

    class Meta:
        db_table = "audit_segment"
        ordering = ["number"]
        verbose_name = "封存的审计记录"

    def __str__(self) -> str:
        return f"{self.first_seq}—{self.last_seq}"


class Entry(models.Model):
    """One thing somebody did. Text snapshots only; no foreign keys; never changed or deleted.

    There is no unique column besides ``seq``: with one, SQLite's INSERT OR REPLACE could delete a
    row. The triggers stand in :mod:`studyapp.audit.triggers`.
    """

    seq = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    user_id = models.CharField(max_length=150, blank=True)
    user_name = models.CharField(max_length=100, blank=True)
    organization_id = models.CharField(max_length=50, blank=True)
    organization = models.CharField(max_length=200, blank=True)
    terminal = models.CharField(max_length=64, blank=True)
    operation = models.IntegerField(choices=Operation)
    name = models.CharField(max_length=100)
    target = models.CharField(max_length=300, blank=True)
    condition = models.JSONField(default=dict)
    succeeded = models.BooleanField(default=True)
    error_code = models.CharField(max_length=50, blank=True)
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        db_table = "audit_entry"
        ordering = ["-seq"]
        verbose_name = "审计记录"
        # Few, since every change of the site writes them; none is unique.
        indexes = [
            models.Index(fields=["at"], name="audit_entry_at"),
            models.Index(fields=["user_id", "seq"], name="audit_entry_user"),
            models.Index(
                fields=["seq"], condition=models.Q(succeeded=False), name="audit_entry_failed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.name}"

    @property
    def details(self) -> list[str]:
        """What else the row tells, one phrase each."""
        return [f"{KEYS.get(key, key)}：{shown(value)}" for key, value in self.condition.items()]

    @property
    def failure(self) -> str:
        """Why it failed, in words; "" when it did not, or nobody said why."""
        return REASONS.get(self.error_code, self.error_code)
