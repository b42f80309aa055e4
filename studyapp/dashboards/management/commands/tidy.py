"""`manage.py tidy`: remove what is past its time, check the log; meant for a timer, once a day."""

from typing import Any

from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone

from studyapp.accounts import sign_ins
from studyapp.jobs.runner import tidy
from studyapp.meetings.actions.notes import empty_bin
from studyapp.saving.actions import forget_expired
from studyapp.web.occupied import at_work


class Command(BaseCommand):
    """Run it as often as you like: nothing is removed before its time."""

    help = (
        "清除过期内容：删除满30天的笔记、过期的登录和任务文件、没人取回的表单和本机密钥；"
        "再核验审计记录，在数据目录记下锚点"
    )

    @at_work()
    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        notes = empty_bin(at=now)
        kept = forget_expired(at=now)
        files = tidy(now)
        sessions, _ = Session.objects.filter(expire_date__lt=now).delete()
        for label, count in (
            ("删除满30天的笔记", notes),
            ("过期的登录", sessions),
            ("满30天的登录记载", sign_ins.forget(at=now)),
            ("没人取回的表单", kept.forms),
            ("过期的本机密钥", kept.keys),
            ("用过的保存回执", kept.receipts),
            ("后台任务的过期文件", files),
        ):
            self.stdout.write(f"{label}：{count}")
        call_command("verify_audit", note=True, stdout=self.stdout, stderr=self.stderr)
