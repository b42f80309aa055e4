"""Write a paper to a file."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from studyapp.documents import docx, html, pdf
from studyapp.minutes import queries
from studyapp.minutes.models import Record


class Command(BaseCommand):
    help = "导出会议记录或纪要"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("id", type=int)
        parser.add_argument("--paper", choices=sorted(queries.PAPERS), default="record")
        parser.add_argument("--format", choices=["docx", "pdf", "html"], default="pdf")
        parser.add_argument("--output", type=Path, required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        record = Record.objects.filter(pk=options["id"]).first()
        if record is None:
            raise CommandError(f"没有编号为 {options['id']} 的会议记录。")
        document = queries.paper(record, options["paper"], queries.signed(record))
        if options["format"] == "html":
            data = html.render(document).encode()
        else:
            data = (pdf if options["format"] == "pdf" else docx).render(document)
        options["output"].write_bytes(data)
        self.stdout.write(f"已写入 {options['output']}（{len(data)} 字节）")
