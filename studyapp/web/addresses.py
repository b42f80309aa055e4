"""The address that asks, where a front server may stand between.

Anybody can write an X-Forwarded-For. It counts only when the connection comes from one of
STUDYAPP_PROXIES, and then only as far back as it was written by them: the last hop that is no
front server is who asked.
"""

import ipaddress
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

WORDS_OF_A_PROXY = (
    "HTTP_FORWARDED",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_REAL_IP",
)


class ProxyMiddleware:
    """Make REMOTE_ADDR the address that asks; take the words of a front server from others.

    It stands first, so that whatever looks at the request later (django-axes, is_secure) can be
    told nothing by a client.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        peer = parsed(request.META.get("REMOTE_ADDR", ""))
        if is_proxy(peer):
            request.META["REMOTE_ADDR"] = first_stranger(
                request.META["REMOTE_ADDR"], request.META.get("HTTP_X_FORWARDED_FOR", "")
            )
        else:
            for name in WORDS_OF_A_PROXY:
                request.META.pop(name, None)
        return self.get_response(request)


def asking(request: HttpRequest) -> str:
    """Return the address that asks, of 64 characters at most; empty where there is none."""
    return str(request.META.get("REMOTE_ADDR", ""))[:64]


def household(request: HttpRequest) -> str:
    """Return what one machine cannot change at will: its address, of IPv6 the /64 network."""
    address = parsed(asking(request))
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address or asking(request))


def first_stranger(peer: str, hops: str) -> str:
    """Return the last hop that is no front server; ``peer`` where a hop is no address."""
    for hop in reversed(hops.split(",")):
        address = parsed(hop.strip())
        if address is None:
            return peer
        if not is_proxy(address):
            return str(address)
    return peer


def parsed(text: str) -> Address | None:
    """Return the address, IPv4 in IPv6 clothes as IPv4; nothing for what is none."""
    if "%" in text:  # a zone (fe80::1%x) may hold any words
        return None
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def is_proxy(address: Address | None) -> bool:
    return address is not None and any(address in network for network in settings.PROXIES)
