"""The planted site, made once for all tests of a file, and sockets that do not open."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import override_settings

from tests.attack.planted import Planted, plant


@pytest.fixture(scope="module")
def planted(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Planted]:
    """Plant once, around the transaction of each test."""
    with (
        django_db_blocker.unblock(),
        override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("media")),
        transaction.atomic(),
    ):
        yield plant()
        transaction.set_rollback(True)


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Close every socket: what fetches something fails."""

    def closed(*_: Any, **__: Any) -> None:
        raise AssertionError("the program asks the network")

    monkeypatch.setattr(socket, "socket", closed)
