"""Write a paper to a file."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from studyapp.documents import html
from studyapp.documents.blocks import Document
from studyapp.documents.layout import Layout
from studyapp.errors import Refused
from studyapp.minutes import queries
from studyapp.minutes.models import Record
from studyapp.papers.delivery import rendered
from studyapp.papers.queries import profile_for
from studyapp.web.occupied import at_work


class Command(BaseCommand):
    help = "导出会议记录或纪要：有签字版本的导出签字版本，没有的带“草稿”字样"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("id", type=int, help="会议记录编号（记录页地址里的数字）")
        parser.add_argument("--paper", choices=["record", "minutes"], default="record")
        parser.add_argument("--format", choices=["docx", "pdf", "html"], default="pdf")
        parser.add_argument("--version-number", type=int, help="第几个签字版本")
        parser.add_argument("--objections", action="store_true", help="记录末尾印上未答复的意见")
        parser.add_argument("--output", type=Path, required=True)

    @at_work()
    def handle(self, *args: Any, **options: Any) -> None:
        record = Record.objects.filter(pk=options["id"]).first()
        if record is None:
            raise CommandError(f"没有编号为 {options['id']} 的会议记录。")
        found = queries.reading(record, number=options["version_number"])
        if found is None:
            raise CommandError(f"这份记录没有第 {options['version_number']} 个签字版本。")
        raised = queries.objections(record, found) if options["objections"] else []
        profile = profile_for(record.meeting.unit)
        document = queries.paper(found, options["paper"], profile=profile, objections=raised)
        layout = profile.layout
        if options["format"] == "html":
            style = Path(settings.BASE_DIR, "static/css/paper.css").read_text(encoding="utf-8")
            data = html.page(document, style, layout).encode()
        else:
            data = self._file(document, options["format"], layout)
        try:
            options["output"].write_bytes(data)
        except OSError as error:
            raise CommandError(f"写不进 {options['output']}：{error.strerror}。") from error
        self.stdout.write(f"已写入 {options['output']}（{len(data)} 字节）")

    def _file(self, document: Document, suffix: str, layout: Layout) -> bytes:
        try:
            return rendered(document, suffix, layout)
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
