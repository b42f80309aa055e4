"""Wishes and complaints."""

from django.db import models
from django.utils import timezone

from studyapp.access.roles import Role
from studyapp.accounts.models.people import User

LONGEST_FEEDBACK = 2000
"""Characters of a wish or complaint, and of its answer."""


class FeedbackQuerySet(models.QuerySet["Feedback"]):
    """Feedback that a person may see: the own entries; answering is an office."""

    def visible_to(self, user: User) -> "FeedbackQuerySet":
        """Own entries, or all for those who answer."""
        return self if Role.SYSTEM in user.offices else self.filter(author=user)

    def waiting(self) -> "FeedbackQuerySet":
        """Entries without an answer."""
        return self.filter(answered_at__isnull=True)


class Feedback(models.Model):
    """A wish or complaint, from the entry on every page (burden rule 8)."""

    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="feedback")
    page = models.CharField("页面", max_length=300, blank=True)
    body = models.TextField("意见", max_length=LONGEST_FEEDBACK)
    created_at = models.DateTimeField(default=timezone.now)
    answer = models.TextField("答复", max_length=LONGEST_FEEDBACK, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = FeedbackQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        verbose_name = "意见"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(answered_at__isnull=True, answered_by__isnull=True)
                | models.Q(answered_at__isnull=False, answered_by__isnull=False),
                name="feedback_answered_by_and_at",
            ),
        ]

    def __str__(self) -> str:
        return self.body[:30]

    def roles_for(self, user: User) -> frozenset[Role]:
        """The author, and the office that answers."""
        return user.offices | ({Role.AUTHOR} if self.author_id == user.pk else frozenset())
