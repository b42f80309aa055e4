"""Who asks: only a front server that the site names may say that it is somebody else."""

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import path

from studyapp import env
from studyapp.access.decorators import public
from studyapp.audit.models import Entry
from studyapp.web import addresses, throttle
from tests.conftest import Cast
from tests.factories import PASSWORD

FRONT = "127.0.0.1,10.0.0.0/30,fd00::/64"


@public(reason="test")
def told(request):
    return HttpResponse(f"{addresses.asking(request)} {request.is_secure()}")


urlpatterns = [path("told/", told)]


@pytest.fixture
def front(settings) -> None:
    """Three front servers, two before the other."""
    settings.PROXIES = env.networks("STUDYAPP_PROXIES", {"STUDYAPP_PROXIES": FRONT})


@pytest.mark.parametrize(
    ("peer", "hops", "asking"),
    [
        ("127.0.0.1", "10.1.2.3", "10.1.2.3"),
        # What the client wrote itself stands before what the front server added.
        ("127.0.0.1", "1.1.1.1, 10.1.2.3", "10.1.2.3"),
        ("127.0.0.1", "1.1.1.1, 10.1.2.3, 10.0.0.2,fd00::5", "10.1.2.3"),
        ("127.0.0.1", "2001:DB8:0:0::1", "2001:db8::1"),
        ("::ffff:127.0.0.1", "::ffff:10.1.2.3", "10.1.2.3"),
        # Nothing but front servers, nothing, and what is no address.
        ("127.0.0.1", "10.0.0.1", "127.0.0.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "10.1.2.3, unknown", "127.0.0.1"),
        ("127.0.0.1", "10.1.2.3:4711", "127.0.0.1"),
        ("127.0.0.1", "fe80::1%\nroot signed in", "127.0.0.1"),
        ("127.0.0.1", "10.1.2.3,", "127.0.0.1"),
        # Somebody who is no front server says what he likes.
        ("10.7.7.7", "10.1.2.3", "10.7.7.7"),
        ("10.7.7.7", "127.0.0.1", "10.7.7.7"),
        ("", "10.1.2.3", ""),
    ],
)
@pytest.mark.urls(__name__)
@pytest.mark.attack(19)
def test_the_last_hop_that_is_no_front_server_asks(
    front: None, peer: str, hops: str, asking: str
) -> None:
    answer = Client(REMOTE_ADDR=peer).get("/told/", headers={"X-Forwarded-For": hops})
    assert answer.content.decode() == f"{asking} False"


@pytest.mark.parametrize(("peer", "believed"), [("127.0.0.1", True), ("10.7.7.7", False)])
@pytest.mark.urls(__name__)
@pytest.mark.attack(19)
def test_https_is_what_a_front_server_says_only(
    front: None, settings, peer: str, *, believed: bool
) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    answer = Client(REMOTE_ADDR=peer).get("/told/", headers={"X-Forwarded-Proto": "https"})
    assert answer.content.decode() == f"{peer} {believed}"


@pytest.mark.attack(19)
def test_a_client_names_no_other_address_and_no_certificate(cast: Cast) -> None:
    client = Client(
        REMOTE_ADDR="10.7.7.7",
        # What a server may pass on for X-Forwarded-For or X_Forwarded_For, and the like.
        HTTP_X_FORWARDED_FOR="10.1.1.1",
        HTTP_FORWARDED="for=10.1.1.1",
        HTTP_X_REAL_IP="10.1.1.1",
        HTTP_X_FORWARDED_HOST="evil.example",
        HTTP_X_SSL_CLIENT_DN="CN=auditor",
        HTTP_X_SSL_CLIENT_VERIFY="SUCCESS",
        HTTP_REMOTE_USER="auditor",
    )
    assert client.get("/").headers["Location"] == "/login/?next=%2F"
    assert client.post("/login/", {"username": "member", "password": PASSWORD}).status_code == 302
    entry = Entry.objects.latest("seq")
    assert (entry.terminal, entry.user_name) == ("10.7.7.7", cast.member.name)


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("10.1.2.3", "10.1.2.4", False),
        ("2001:db8::1", "2001:db8::ffff:1:2:3", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:10.1.2.3", "10.1.2.3", True),
    ],
)
def test_of_ipv6_a_whole_network_is_slowed_down(first: str, second: str, *, same: bool) -> None:
    limits = ((1, 60),)
    asked = [RequestFactory().get("/", REMOTE_ADDR=address) for address in (first, second)]
    found = [throttle.is_too_often(request, f"{first}-{second}", limits) for request in asked]
    assert found == [False, same]


@pytest.mark.attack(16, 19)
def test_a_new_forwarded_address_each_time_does_not_slip_past_the_throttle() -> None:
    client = Client(REMOTE_ADDR="10.6.6.9")
    limits = ((3, 60),)
    requests = [
        client.get("/login/", headers={"X-Forwarded-For": f"10.9.9.{n}"}).wsgi_request
        for n in range(4)
    ]
    assert [throttle.is_too_often(one, "forwarded", limits) for one in requests] == [
        *(False, False, False),
        True,
    ]
