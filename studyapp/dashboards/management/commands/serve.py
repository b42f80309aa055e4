"""`manage.py serve`: start the production server, after a look at what it would show to whom."""

import ipaddress
import os
import resource
import socket
import sys
from argparse import ArgumentParser

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.utils import timezone

from studyapp import env, keys
from studyapp.audit.queries import holds_demo_data
from studyapp.errors import Refused
from studyapp.jobs.runner import look_after
from studyapp.upkeep.swapping import settle_left
from studyapp.web.lanes import LEAVE_SECONDS
from studyapp.web.management.commands.prepare import is_behind
from studyapp.web.occupied import share

# Connections that one worker holds open. Browsers keep several each, so this is counted in
# viewers, not in requests at work: those are limited by the threads that run Python (web.lanes).
CONNECTIONS_PER_WORKER = 4096
# Seconds for a whole header, and for a connection that asks nothing: as long as nginx waits.
HEADER_SECONDS = 10


class Command(BaseCommand):
    """Replaces itself by granian, so that signals and the exit code are the server's own."""

    help = "启动服务（地址由 HOST 和 PORT 决定）；加 --demo 时先准备数据库和演示数据。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--demo", action="store_true", help="先执行 prepare --demo")
        parser.add_argument(
            "--demo-public",
            action="store_true",
            help="允许演示数据对外公开（另须设 STUDYAPP_DEMO_PUBLIC=yes-really）",
        )

    def handle(self, *args: object, **options: object) -> None:
        host, port = env.text("HOST", 255), env.number("PORT", 1, 65535)
        refuse_taken_address(host, port)
        refuse_https_without_a_proxy()
        if keys.open_to_others(settings.DATA_DIR):
            self.stderr.write(
                f"注意：别的用户能读数据目录或其中的密钥。执行：chmod -R go-rwx {settings.DATA_DIR}"
            )
        self.settle_a_restoration()
        if options["demo"]:
            call_command("prepare", demo=True)
        elif is_behind():
            raise CommandError("数据库结构还不是最新的，先执行 manage.py prepare。")
        try:
            share()
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        demo = holds_demo_data()
        if demo:
            refuse_public_demo(host, told_by_flag=bool(options["demo_public"]))
        self.stdout.write(f"支部学习会：http://{shown_host(host)}:{port}/login/（按 Ctrl+C 停止）")
        if demo:
            call_command("demo", accounts=True)
        self.stdout.flush()
        # What a power cut broke off is begun anew without anybody looking.
        look_after(timezone.now())
        connections.close_all()
        allow_many_connections()
        command = granian_command(host, port, env.number("STUDYAPP_WORKERS", 1, 64))
        os.execv(command[0], command)  # noqa: S606 - a fixed program without a shell

    def settle_a_restoration(self) -> None:
        """A power cut may have come in the middle of one: the old data or the new are whole."""
        try:
            if told := settle_left():
                self.stderr.write(told)
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach the address; names other than localhost cannot."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def refuse_public_demo(host: str, *, told_by_flag: bool) -> None:
    """Known passwords stay on this machine unless the environment and the command both say so."""
    told_by_environment = env.choice("STUDYAPP_DEMO_PUBLIC", ("", "yes-really")) != ""
    if is_loopback(host) or (told_by_environment and told_by_flag):
        return
    raise CommandError(
        f"演示数据的账号和口令是公开的，不能放在别人够得着的地址 {host} 上。"
        "正式使用请换一个数据目录（STUDYAPP_DATA），执行 manage.py setup。确实要公开演示，"
        "请同时设 STUDYAPP_DEMO_PUBLIC=yes-really 并加 --demo-public。"
    )


def refuse_taken_address(host: str, port: int) -> None:
    """Say in words what the server would only say in a traceback."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except socket.gaierror as error:
            raise CommandError(f"HOST={host} 不是一个地址，见 .env.example。") from error
        except OSError as error:
            raise CommandError(
                f"不能在 {host}:{port} 上启动：{error.strerror}。"
                f"端口被占用时换一个，例如：PORT={port % 65535 + 1} make run"
            ) from error


def refuse_https_without_a_proxy() -> None:
    """Who is told that https is used must also be told by whom, or every answer is a redirect."""
    if settings.HTTPS and not settings.PROXIES:
        raise CommandError(
            "设了 STUDYAPP_HTTPS=yes，还须用 STUDYAPP_PROXIES 写明前置服务器的地址；"
            "前置服务器在本机时：STUDYAPP_PROXIES=127.0.0.1"
        )


def shown_host(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def allow_many_connections() -> None:
    """Raise the limit of open files as far as the system lets us; the server inherits it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * CONNECTIONS_PER_WORKER
    if soft != resource.RLIM_INFINITY and soft < wanted:
        limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))


def granian_command(host: str, port: int, workers: int) -> list[str]:
    """Options by measurement: slow clients are held outside, lanes of one thread each inside."""
    options = {
        "interface": "asginl",
        # Left to find out the version of HTTP, it waits for ever for who never says a word.
        "http": "1",
        "http1-header-read-timeout": HEADER_SECONDS * 1000,
        "host": host,
        "port": port,
        "workers": workers,
        "blocking-threads": 1,
        "backpressure": CONNECTIONS_PER_WORKER,
        "workers-kill-timeout": LEAVE_SECONDS,
        "log-level": "warning",
    }
    flags = [part for name, value in options.items() for part in (f"--{name}", str(value))]
    return [
        sys.executable,
        "-m",
        "studyapp.server",
        *flags,
        "--no-ws",
        "--respawn-failed-workers",
        "studyapp.asgi:application",
    ]
