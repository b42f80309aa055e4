"""Somebody who signs in with a password that is known."""

from typing import Any

from django.test import Client

PASSWORD = "Plum-Blossom-2026"
WORDS = "写了很久的一段话，" * 4
WRONG = "登录名或密码不对。连续输错 5 次将锁定 15 分钟；忘了密码，找单位的管理员重置。"


def try_to_sign_in(client: Client, name: str, password: str, **more: str) -> Any:
    return client.post("/login/", {"username": name, "password": password, **more})


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session
