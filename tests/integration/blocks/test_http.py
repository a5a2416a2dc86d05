"""HttpService and Webhook against a server that fails as it is told."""

from __future__ import annotations

import asyncio
import io
import pickle
import socket
from contextlib import suppress
from itertools import islice
from types import SimpleNamespace

import httpx
import pytest
from pydantic import ValidationError

from peninsula.blocks import HttpService, Webhook
from peninsula.blocks.http_redirects import at_its_origin_alone
from peninsula.blocks.http_retries import delays, retry_after
from peninsula.blocks.private_addresses import public_address
from peninsula.core.errors import InvalidError
from tests.support.calls import seen
from tests.support.certificate import make_certificate
from tests.support.faulty import RESET, SLOW, start_faulty


@pytest.fixture
def faulty():
    """A server without TLS."""
    with start_faulty() as server:
        yield server


@pytest.fixture
def service(faulty):
    """A service that is asked again at once."""
    return HttpService(base_url=f"{faulty.url}/v1", retry_delay_seconds=0)


def test_a_service_is_asked(service, faulty, told):
    """The call has the path without what names one of many, the status and the bytes."""
    assert service.get("/orders/17", params={"q": "canary"}).json() == {"well": True}
    service.head("orders")
    service.post("/orders", json={"a": 1})
    service.put("/orders/17", content=b"x")
    service.patch("/orders/17")
    service.delete_path("/orders/17")
    methods = [method for method, *_ in faulty.asked]
    assert methods == ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
    assert faulty.asked[0][1] == "/v1/orders/17?q=canary"
    assert faulty.asked[2][3] == b'{"a":1}'
    first = seen(told)[0]
    assert (first.name, first.about) == (
        "http-service.get.completed",
        f"{faulty.url}/v1/orders/{{}}",
    )
    assert (first.says["status"], first.says["bytes"]) == (200, 14)


@pytest.mark.parametrize(
    ("fields", "header", "sent"),
    [
        ({"token": "t0ken"}, "authorization", "Bearer t0ken"),
        ({"username": "u", "password": "p4ss"}, "authorization", "Basic dTpwNHNz"),
        ({"secret_headers": {"X-Api-Key": "k3y"}}, "x-api-key", "k3y"),
        ({"headers": {"Accept-Language": "de"}}, "accept-language", "de"),
    ],
)
def test_a_service_knows_who_asks(faulty, fields, header, sent):
    """By what is sent with each request, and seen by nobody else."""
    service = HttpService(base_url=faulty.url, **fields)
    service.get("/")
    assert faulty.asked[0][2][header] == sent
    assert not any(secret in f"{service!r}" for secret in ("t0ken", "p4ss", "k3y"))


@pytest.mark.parametrize(
    "login",
    [{"token": "t0ken-canary"}, {"username": "u", "password": "canary"}],
    ids=["token", "password"],
)
@pytest.mark.parametrize("method", ["get", "post", "stream"])
def test_a_redirect_elsewhere_takes_no_secrets_along(faulty, login, method):
    """Whoever answers there gets what anyone may see."""
    with start_faulty() as other:
        faulty.statuses = [307]
        faulty.headers = {"Location": f"{other.url}/there"}
        service = HttpService(
            base_url=faulty.url,
            secret_headers={"X-Login": "canary", "X-Api-Key": "canary"},
            headers={"Accept-Language": "de"},
            **login,
        )
        options = {} if method == "stream" else {"headers": {"X-Session-Token": "canary"}}
        answer = getattr(service, method)("/here", **options)
        assert b"".join(answer if method == "stream" else [answer.content])
        assert {"authorization", "x-login", "x-api-key"} <= faulty.asked[0][2].keys()
        sent = other.asked[0][2]
        assert sent["accept-language"] == "de"
        assert not sent.keys() & {"authorization", "x-login", "x-api-key", "x-session-token"}


def test_a_redirect_to_the_same_service_keeps_what_says_who_asks(faulty):
    """It is another path of it."""
    faulty.statuses, faulty.headers = [307], {"Location": "/there"}
    HttpService(base_url=faulty.url, token="t0ken", secret_headers={"X-Login": "k3y"}).get("/here")
    assert faulty.asked[1][1] == "/there"
    sent = faulty.asked[1][2]
    assert (sent["authorization"], sent["x-login"]) == ("Bearer t0ken", "k3y")


def test_a_redirect_to_a_host_that_is_gone_is_a_failure_of_that(faulty, told):
    """The service that was asked has answered; it is related."""
    with socket.create_server(("127.0.0.1", 0)) as gone:
        address = f"http://127.0.0.1:{gone.getsockname()[1]}"
    faulty.statuses, faulty.headers = [307], {"Location": f"{address}/there?key=canary"}
    service = HttpService(base_url=faulty.url, retries=0)
    with pytest.raises(httpx.ConnectError) as caught:
        service.get("/here")
    assert caught.value.__notes__ == [f"It was about {address}/there."]
    [call] = seen(told)
    assert (call.about, call.touched) == (f"{address}/there", (f"{faulty.url}/here",))


@pytest.mark.parametrize("raises", [True, False])
def test_a_redirect_to_a_service_that_fails_is_a_failure_of_that(faulty, told, raises):
    """Whether it is raised or returned."""
    with start_faulty() as other:
        faulty.statuses, faulty.headers = [307], {"Location": f"{other.url}/there"}
        other.statuses = [500]
        service = HttpService(base_url=faulty.url, raise_errors=raises)
        with suppress(httpx.HTTPStatusError):
            service.get("/here")
    [call] = seen(told)
    assert call.name == "http-service.get.failed"
    assert (call.about, call.touched) == (f"{other.url}/there", (f"{faulty.url}/here",))


def test_an_error_of_no_request_is_raised_as_it_is(service, told):
    """It is about the service that was asked."""

    class Login(httpx.Auth):
        def auth_flow(self, request):
            raise httpx.RequestError("The token could not be renewed.")
            yield request

    with pytest.raises(httpx.RequestError, match="could not be renewed") as caught:
        service.get("/x", auth=Login())
    assert caught.value.__notes__ == [f"It was about {service.base_url}/x."]
    assert [call.name for call in seen(told)] == ["http-service.get.failed"]


def test_a_redirect_to_tls_takes_no_secrets_along():
    """It is at another port, where someone else may answer."""
    keep = at_its_origin_alone(())
    first = httpx.Request("GET", "http://h/", headers={"Authorization": "Bearer t0ken"})
    keep(first)
    assert "Authorization" in first.headers
    next_ = httpx.Request("GET", "https://h/", headers=first.headers, extensions=first.extensions)
    keep(next_)
    assert "Authorization" not in next_.headers


@pytest.mark.parametrize("passing", [429, 502, 503, 504, RESET])
def test_what_passes_is_asked_again(service, faulty, told, passing):
    """Until it is answered: one call."""
    faulty.statuses = [passing, passing]
    assert service.get("/x").status_code == 200
    assert len(faulty.asked) == 3
    [call] = seen(told)
    assert call.says["status"] == 200


@pytest.mark.parametrize("lasting", [404, 401, 500])
def test_what_lasts_is_an_error_at_once(service, faulty, told, lasting):
    """It names what was asked, without the query."""
    faulty.statuses = [lasting]
    with pytest.raises(httpx.HTTPStatusError) as caught:
        service.get("/x", params={"mail": "canary"})
    assert len(faulty.asked) == 1
    assert f"{faulty.url}/v1/x" in str(caught.value)
    assert "canary" not in f"{caught.value} {caught.value.__notes__}"
    [call] = seen(told)
    assert (call.name, call.says["status"]) == ("http-service.get.failed", lasting)


def test_a_service_that_stays_away_is_an_error(service, faulty, told):
    """After so many retries, and the last answer is what is raised."""
    faulty.statuses = [503] * 9
    with pytest.raises(httpx.HTTPStatusError, match="503"):
        service.get("/x")
    assert len(faulty.asked) == 4
    service.raise_errors = False
    assert service.get("/x").status_code == 503


def test_what_may_happen_twice_is_not_asked_again(service, faulty):
    """A connection that ends in the middle and a gateway do not know what was done."""
    faulty.statuses = [RESET]
    with pytest.raises(httpx.TransportError):
        service.post("/x")
    for status in (502, 503, 504):
        faulty.statuses = [status]
        with pytest.raises(httpx.HTTPStatusError, match=str(status)):
            service.post("/x")
    assert len(faulty.asked) == 4


def test_what_was_refused_as_one_too_many_is_asked_again(service, faulty):
    """Nothing came of it, whatever it was."""
    faulty.statuses = [429]
    assert service.post("/x").status_code == 200
    assert len(faulty.asked) == 2


@pytest.mark.parametrize(
    "body",
    [
        lambda file: {"content": iter(file)},
        lambda file: {"content": file},
        lambda _: {"files": {"f": SimpleNamespace(read=io.BytesIO(b"12345").read)}},
    ],
    ids=["generator", "file", "reader in a form"],
)
def test_a_body_that_is_drawn_is_sent_once(service, faulty, tmp_path, body):
    """Nothing is left of it for a second request, so the first answer is what is raised."""
    (tmp_path / "rows").write_bytes(b"12345")
    faulty.statuses = [503]
    with (tmp_path / "rows").open("rb") as file, pytest.raises(httpx.HTTPStatusError, match="503"):
        service.put("/x", **body(file))
    assert [b"12345" in content for *_, content in faulty.asked] == [True]


@pytest.mark.parametrize(
    "body",
    [
        lambda _: {"content": [b"123", b"45"]},
        lambda _: {"data": {"f": "12345"}},
        lambda file: {"files": [("f", file)], "data": {"a": "1"}},
        lambda _: {"files": {"f": ("name", b"12345", "text/plain")}},
    ],
    ids=["list", "form", "file in a form", "bytes in a form"],
)
def test_a_body_that_is_there_is_sent_again(service, faulty, tmp_path, body):
    """As a whole, each time."""
    (tmp_path / "rows").write_bytes(b"12345")
    faulty.statuses = [429]
    with (tmp_path / "rows").open("rb") as file:
        assert service.post("/x", **body(file)).status_code == 200
    assert [b"12345" in content for *_, content in faulty.asked] == [True, True]


def test_a_slow_service_is_given_up(service, faulty, told):
    """After `timeout_seconds`; the error names what was asked."""
    faulty.statuses = [SLOW]
    service.timeout_seconds, service.retries = 0.05, 0
    with pytest.raises(httpx.ReadTimeout) as caught:
        service.get("/x")
    assert caught.value.__notes__ == [f"It was about {faulty.url}/v1/x."]
    assert seen(told)[0].says["error_type"] == "ReadTimeout"


def test_a_service_that_is_not_there_is_named(told):
    """As the system that the call went to."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(httpx.ConnectError):
            HttpService(base_url=url, retries=1, retry_delay_seconds=0).post("/x")
    assert seen(told)[0].about == f"{url}/x"


def test_a_certificate_that_nobody_trusts_is_refused(tmp_path):
    """At once, unless its authority is known or nobody looks."""
    key, certificate = tmp_path / "key", tmp_path / "certificate"
    make_certificate(key, certificate)
    with start_faulty(certificate, key) as faulty:
        service = HttpService(base_url=faulty.url, retry_delay_seconds=60)
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            service.get("/x")
        service.verify = str(certificate)
        assert service.get("/x").status_code == 200


def test_large_answers_are_streamed(service, faulty, told):
    """In parts, which the one call counts."""
    assert b"".join(service.stream("/x", 4)) == b'{"well": true}'
    [call] = seen(told)
    assert (call.says["items"], call.says["bytes"], call.says["status"]) == (4, 14, 200)


@pytest.mark.parametrize("most", [1, None])
def test_a_stream_that_is_refused_is_a_failed_call(service, faulty, told, most):
    """With all that was read of it, also where it is left half-way."""
    faulty.statuses = [500]
    service.raise_errors = False
    parts = service.stream("/x", 4)
    first = [*islice(parts, most)]
    parts.close()
    [call] = seen(told)
    assert call.name == "http-service.stream.failed"
    assert (call.says["status"], call.says["error"]) == (500, "HTTP 500")
    assert (call.says["items"], call.says["bytes"]) == (len(first), len(b"".join(first)))


def test_coroutines_await_the_same(service):
    """In threads, each from where it is."""

    async def use():
        return await asyncio.gather(*(service.aget("/x") for _ in range(4)))

    assert [answer.status_code for answer in asyncio.run(use())] == [200] * 4


def test_a_block_that_was_used_is_pickled(service):
    """Its client stays where it is."""
    service.get("/x")
    assert pickle.loads(pickle.dumps(service)).get("/x").status_code == 200


def test_a_service_says_when_to_ask_again(service, faulty):
    """Its word goes before the block's own delay."""
    service.retry_delay_seconds = 60
    faulty.statuses, faulty.headers = [503], {"Retry-After": "0"}
    assert service.get("/x").status_code == 200


@pytest.mark.parametrize("said", ["nan", "-1", "inf", "1e999", "soon"])
def test_a_service_that_says_no_time_is_asked_again_as_any_other(service, faulty, said):
    """After the block's own delay."""
    faulty.statuses, faulty.headers = [503], {"Retry-After": said}
    assert service.get("/x").status_code == 200
    assert retry_after(httpx.Response(503, headers=faulty.headers), 0.25) == 0.25


def test_delays_grow():
    """Each twice the one before, give or take a quarter, none after the last."""
    first, second, third, end = delays(3, 1.0)
    assert 0.75 <= first <= 1.25
    assert 1.5 <= second <= 2.5
    assert 3 <= third <= 5
    assert end is None


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"base_url": "example.com"}, "write it like https://"),
        ({"base_url": "https://u:p4ssw0rd@h"}, "in fields of their own"),
        ({"base_url": "https://:p4ssw0rd@h"}, "in fields of their own"),
        ({"base_url": "https://u:p4ssw0rd/1@h"}, "in fields of their own"),
        ({"base_url": "https://u:12/p4ssw0rd@h"}, "in fields of their own"),
        ({"base_url": "https://u:12#p4ssw0rd@h"}, "in fields of their own"),
        ({"base_url": "https://u:[p4ssw0rd]@h"}, "in fields of their own"),
        ({"base_url": "https://u:p4ssw0rd℀@h"}, "in fields of their own"),
        ({"base_url": "https://[p4ssw0rd]"}, "write it like https://"),
        ({"base_url": "https://h?key=p4ssw0rd"}, "in fields of their own"),
        ({"base_url": "https://h", "headers": {"Authorization": "p4ssw0rd"}}, "secret_headers"),
    ],
)
def test_what_would_show_a_secret_is_refused(fields, message):
    """With the field that hides it."""
    with pytest.raises(ValidationError, match=message) as caught:
        HttpService(**fields)
    assert "p4ssw0rd" not in str(caught.value)


# --- webhooks -------------------------------------------------------------------------------------


def test_a_webhook_is_told(faulty, told):
    """The call is about its host: the rest of its address may be a key."""
    hook = Webhook(url=f"{faulty.url}/T0/canary", allow_private_urls=True)
    assert hook.call({"text": "in"}).status_code == 200
    hook.call("plain")
    assert [(path, content) for _, path, _, content in faulty.asked] == [
        ("/T0/canary", b'{"text":"in"}'),
        ("/T0/canary", b"plain"),
    ]
    assert "canary" not in f"{hook!r} {seen(told)}"
    assert [call.about for call in seen(told)] == [faulty.url, faulty.url]
    assert seen(told)[0].says["status"] == 200


def test_what_a_webhook_answers_is_the_callers_to_judge(faulty):
    """Also where it is a failure; where it leads is not followed."""
    faulty.statuses, faulty.headers = [302, 500], {"Location": f"{faulty.url}/elsewhere"}
    hook = Webhook(url=faulty.url, allow_private_urls=True)
    assert [hook.call().status_code for _ in range(2)] == [302, 500]
    assert len(faulty.asked) == 2


def test_a_webhook_without_an_answer_is_named(faulty):
    """By its host alone."""
    faulty.statuses = [RESET]
    with pytest.raises(httpx.TransportError) as caught:
        Webhook(url=f"{faulty.url}/T0/canary", allow_private_urls=True).call()
    assert caught.value.__notes__ == [f"It was about {faulty.url}."]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "10.0.0.1", "0x7f000001"])
def test_a_private_address_is_refused(faulty, host):
    """However it is written; nothing is sent."""
    port = faulty.url.rpartition(":")[2]
    with pytest.raises(InvalidError, match="allow_private_urls"):
        Webhook(url=f"http://{host}:{port}/").call()
    assert faulty.asked == []


@pytest.mark.parametrize(
    "address",
    ["169.254.169.254", "192.168.1.1", "::ffff:127.0.0.1", "fd00::1", "2002:7f00:1::", "0.0.0.0"],
)
def test_private_addresses_are_known(address):
    """Those of clouds' own services and of the old kind in the new one, too."""
    with pytest.raises(InvalidError, match="no address of the internet"):
        public_address(address, 80)


def test_public_addresses_are_let_by():
    """What is looked up is what is connected to."""
    assert public_address("1.1.1.1", 443) == "1.1.1.1"


def test_a_webhook_goes_to_the_address_that_was_checked():
    """By the name that it has, for its certificate and its host."""
    hook = Webhook(url="https://1.1.1.1/x")
    request = hook._addressed(httpx.Request("POST", "https://1.1.1.1/x"))
    assert request.extensions["sni_hostname"] == "1.1.1.1"
    assert request.headers["Host"] == "1.1.1.1"


def test_a_host_without_an_address_is_named():
    """As httpx does where it looks itself."""
    with pytest.raises(httpx.ConnectError, match=r"no-such-host\.invalid has no address"):
        Webhook(url="http://no-such-host.invalid/").call()


@pytest.mark.parametrize("password", ["w0rd/1", "w0rd#1", "[w0rd]", "w0rd℀", "1@w0rd/1", "1@w0rd?"])
def test_a_webhook_whose_password_is_not_quoted_is_refused(password):
    """A part of it would be told as the host."""
    with pytest.raises(ValidationError, match=r"quoted|quote it") as caught:
        Webhook(url=f"https://etl:{password}@h/x")
    assert "w0rd" not in str(caught.value)
    assert Webhook(url="https://etl:w0rd@1@h/x")._system() == "https://h"


def test_a_webhook_that_is_a_host_alone_does_not_mask_it(faulty, told):
    """Other blocks go there, too."""
    Webhook(url=faulty.url, allow_private_urls=True).call()
    assert faulty.asked[0][1] == "/"
    assert seen(told)[0].about == faulty.url
