"""The planted site, made once for all tests of a file, and sockets that do not open."""

import socket
from typing import Any

import pytest

from tests.attack.planted import Planted, plant


@pytest.fixture(scope="module")
def planted(built_once: None) -> Planted:
    """Plant once, around the transaction of each test."""
    return plant()


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Close every socket: what fetches something fails."""

    def closed(*_: Any, **__: Any) -> None:
        raise AssertionError("the program asks the network")

    monkeypatch.setattr(socket, "socket", closed)
