"""A program of a test: people who act at once, each in a thread, on a connection of their own.

A real server would do as well, but two who come to the same worker stand in a line there; here they
meet inside of what they do. Reads [user name, address, fields or null] of each from its argument,
says "ready", waits for a line, and prints [status, page] of each.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor

import django

django.setup()

from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402

from studyapp.accounts.models import User  # noqa: E402
from tests.faults.server import PASSWORD  # noqa: E402

Act = tuple[Client, str, dict[str, str] | None]


def ready(name: str, address: str, fields: dict[str, str] | None) -> Act:
    client = Client(raise_request_exception=False, headers={"host": "127.0.0.1"})
    if address == "/login/code/":
        # Half signed in: the right password is there, the code is not.
        client.post("/login/", {"username": name, "password": PASSWORD})
        return client, address, fields
    user = User.objects.get(username=name)
    client.force_login(user, backend="studyapp.accounts.backends.NameBackend")
    # Everything that a first request loads is loaded.
    client.get("/minutes/")
    return client, address, fields


def answer(act: Act) -> tuple[int, str]:
    client, address, fields = act
    try:
        found = client.get(address) if fields is None else client.post(address, fields)
        return found.status_code, found.content.decode("utf-8", "replace")
    finally:
        connection.close()


def main() -> None:
    acts = [ready(*one) for one in json.loads(sys.argv[1])]
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    with ThreadPoolExecutor(len(acts)) as pool:
        json.dump(list(pool.map(answer, acts)), sys.stdout)


if __name__ == "__main__":
    main()
