"""Bytes go over one connection, through the proxy that the environment names."""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
import threading
from base64 import b64encode
from contextlib import suppress

import pytest

from peninsula.client.destination import Destination
from peninsula.client.port import Port
from peninsula.client.transport import Transport
from peninsula.core.errors import UnavailableError
from tests.support.certificate import make_certificate
from tests.support.intake import Fault, Intake

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class Listener:
    """A socket that keeps what it is sent and gives each connection the same answer."""

    def __init__(self, answer: bytes = ANSWER, context: ssl.SSLContext | None = None) -> None:
        self.heard: list[bytes] = []
        self.connections = 0
        self._answer, self._context = answer, context
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            with suppress(OSError), connection:
                if self._context is None:
                    self._talk(connection)
                else:
                    with self._context.wrap_socket(connection, server_side=True) as secure:
                        self._talk(secure)

    def _talk(self, connection: socket.socket) -> None:
        while data := connection.recv(65536):
            self.heard.append(data)
            if data.startswith(b"CONNECT"):
                connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            elif data.endswith(b"{}"):
                connection.sendall(self._answer)

    def close(self) -> None:
        """Stop listening."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)


@pytest.fixture
def listener():
    """A listener on loopback."""
    made = Listener()
    yield made
    made.close()


def transport(url: str, key: str | None = None, timeout: float = 5.0) -> Transport:
    """Return a transport to that address."""
    return Transport(Destination(url=url, key=key, local=False), timeout)


def test_one_connection_is_kept(listener):
    """Posts that follow each other share a connection."""
    to = transport(f"http://127.0.0.1:{listener.port}/team", "pen_key")
    for _ in range(3):
        assert to.post("/api/intake", b"{}") == (200, b"{}")
    to.drop()
    assert listener.connections == 1
    said = b"".join(listener.heard)
    assert said.count(b"POST /team/api/intake HTTP/1.1") == 3
    assert said.count(b"Authorization: Bearer pen_key") == 3


def test_a_connection_that_the_server_closed_is_opened_again():
    """An idle connection that a server closed costs nothing but another one."""
    with Intake() as intake:
        to = transport(intake.url)
        body = b'{"emitters":[]}'
        assert to.post("/api/intake/offers", body).status == 200
        intake._server.break_all()
        assert to.post("/api/intake/offers", body).status == 200
        to.drop()


def test_nobody_listens():
    """An address without a server is an error that names it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(UnavailableError, match=f"127.0.0.1:{port}"):
        transport(f"http://127.0.0.1:{port}").post("/api/intake", b"{}")


def test_a_close_from_elsewhere_ends_the_wait():
    """Whoever waits for an answer is let go when the transport is closed."""
    with Intake() as intake:
        intake.fail(Fault.HANG, "/api/control")
        to = transport(intake.url)
        ended: list[BaseException] = []

        def wait() -> None:
            try:
                to.post("/api/control", b"{}", timeout=60)
            except UnavailableError as error:
                ended.append(error)

        waiting = threading.Thread(target=wait)
        waiting.start()
        intake.wait_for(lambda i: i.requests)
        to.close()
        waiting.join(5)
        assert not waiting.is_alive()
        assert ended


def test_a_proxy_is_used_for_other_machines(listener, monkeypatch):
    """HTTP to another host goes to the proxy whole, with the proxy's own password."""
    monkeypatch.setenv("http_proxy", f"http://me:secret@127.0.0.1:{listener.port}")
    to = transport("http://peninsula.example/team")
    assert to.post("/api/intake", b"{}").status == 200
    to.drop()
    said = b"".join(listener.heard)
    assert said.startswith(b"POST http://peninsula.example/team/api/intake HTTP/1.1")
    assert b64encode(b"me:secret") in said


def test_a_proxy_is_a_tunnel_for_tls(listener, monkeypatch):
    """HTTPS to another host asks the proxy for a tunnel and starts TLS in it."""
    monkeypatch.setenv("https_proxy", f"127.0.0.1:{listener.port}")
    with pytest.raises(UnavailableError):
        transport("https://peninsula.example", timeout=0.2).post("/api/intake", b"{}")
    assert listener.heard[0].startswith(b"CONNECT peninsula.example:443 HTTP/1.")
    assert listener.heard[1][:1] == b"\x16", "a TLS handshake"


def test_no_proxy_for_loopback_and_for_what_is_excepted(listener, monkeypatch):
    """Loopback never goes through a proxy, nor does a host that no_proxy names."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    to = transport(f"http://127.0.0.1:{listener.port}")
    assert to.post("/api/intake", b"{}").status == 200
    to.drop()
    monkeypatch.setenv("no_proxy", "peninsula.invalid")
    with pytest.raises(UnavailableError, match=r"Name or service|name resolution|not known"):
        transport("http://peninsula.invalid").post("/api/intake", b"{}")


def test_a_proxy_that_cannot_be_spoken_to_is_named(monkeypatch):
    """A proxy with another scheme is an error that says which are spoken."""
    monkeypatch.setenv("http_proxy", "socks5://127.0.0.1:1080")
    with pytest.raises(UnavailableError, match="http://"):
        transport("http://peninsula.example").post("/api/intake", b"{}")


@pytest.mark.parametrize("password", ["[pw]", "pw[", "pw/1", "pw℀"])
def test_a_proxy_whose_password_is_not_quoted_is_told_without_it(monkeypatch, password):
    """With what to do."""
    monkeypatch.setenv("http_proxy", f"http://me:{password}@127.0.0.1:9")
    with pytest.raises(UnavailableError, match="quote signs in its password") as caught:
        transport("http://peninsula.example").post("/api/intake", b"{}")
    assert "pw" not in str(caught.value)


def test_a_certificate_is_checked(tmp_path):
    """A server whose certificate nobody vouches for is not talked to."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make_certificate(key, certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    listener = Listener(context=context)
    try:
        with pytest.raises(UnavailableError, match="certificate"):
            transport(f"https://127.0.0.1:{listener.port}").post("/api/intake", b"{}")
    finally:
        listener.close()
    assert listener.heard == []


def test_a_certificate_that_is_trusted(tmp_path, monkeypatch):
    """A server whose authority the machine trusts is talked to over TLS."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make_certificate(key, certificate)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    listener = Listener(context=context)
    try:
        to = transport(f"https://127.0.0.1:{listener.port}")
        assert to.post("/api/intake", b"{}") == (200, b"{}")
        to.drop()
    finally:
        listener.close()


def test_a_port_is_opened_where_the_server_is_now():
    """After a failure the server is found anew."""
    with Intake() as first, Intake() as second:
        urls = [first.url, second.url]
        port = Port(lambda: Destination(url=urls[0], key=None, local=True), 5.0)
        assert port.offers([]).log_id == first.log_id
        first.close()
        urls.pop(0)
        with pytest.raises(UnavailableError):
            port.offers([])
        assert port.offers([]).log_id == second.log_id
        port.leave()


def test_the_http_client_is_imported_when_something_is_sent():
    """A process without a server never pays for an HTTP client."""
    code = (
        "import sys; from peninsula.journal import emitter; e = emitter.current(); "
        "e.on_command(e.id, print); e.close(); "
        "print(sorted({'http.client', 'httpx', 'ssl', 'socket', 'asyncio'} & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert out.stdout.strip() == "[]"
