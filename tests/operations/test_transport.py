"""HTTP to a port of the host: over a plain socket here, over SSH channels there."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace
from typing import Any, cast

import httpx
import paramiko
import pytest
from pyinfra.api.host import Host

from kestra_provision.remote.http import forwards, http_client
from tests.operations.fake_channel import FakeChannel, over_ssh


class Echo(BaseHTTPRequestHandler):
    """Answers with the path and the user it was asked with."""

    def do_GET(self) -> None:
        status, body = self.answer()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answer(self) -> tuple[int, bytes]:
        status = 404 if self.path == "/missing" else 200
        return status, f"{self.path} {self.headers.get('Authorization', '-')}".encode()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler], address: str = "127.0.0.1") -> Iterator[int]:
    """Serves until the block ends; yields the port.

    `serve_forever` is avoided: its selector may have been made before gevent patched it.
    """
    server = HTTPServer((address, 0), handler)

    def serve() -> None:
        while True:
            try:
                connection, client = server.get_request()
            except OSError:
                return
            server.process_request(connection, client)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.socket.shutdown(socket.SHUT_RDWR)
        thread.join()
        server.server_close()


LOCAL = cast(Host, SimpleNamespace(connector=SimpleNamespace()))


def test_local_host_is_asked_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    with serving(Echo) as port, http_client(LOCAL, port) as client:
        assert client.get("/health").text == "/health -"
        assert client.get("/x?a=b", auth=("u", "p")).text == "/x?a=b Basic dTpw"
        assert client.get("/missing").status_code == 404


def test_local_port_that_is_closed() -> None:
    with serving(Echo) as port:
        pass
    with http_client(LOCAL, port) as client, pytest.raises(httpx.ConnectError):
        client.get("/health")


ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nup"


def test_request_goes_to_the_hosts_loopback_through_a_channel() -> None:
    channel = FakeChannel(ANSWER)
    host, transport = over_ssh(channel)
    with http_client(host, 8081) as client:
        answer = client.get("/health?x=1", auth=("u", "p"))
    assert (answer.status_code, answer.text) == (200, "up")
    assert transport.opened == [("direct-tcpip", ("127.0.0.1", 8081))]
    assert channel.sent.startswith(b"GET /health?x=1 HTTP/1.1\r\n")
    assert b"Authorization: Basic dTpw\r\n" in channel.sent
    assert channel.closed


def test_connection_is_used_again() -> None:
    channel = FakeChannel(ANSWER)
    host, transport = over_ssh(channel)
    with http_client(host, 8081) as client:
        client.get("/one")
        channel.received.append(ANSWER)
        channel.recv_ready = lambda: False  # type: ignore[method-assign]
        client.get("/two")
    assert len(transport.opened) == 1
    assert channel.sent.count(b"HTTP/1.1\r\n") == 2


@pytest.mark.parametrize(
    ("raised", "message"),
    [
        (paramiko.ChannelException(2, "refused"), "connection refused"),
        (paramiko.SSHException("SSH session not active"), "SSH session not active"),
        (EOFError(), ""),
        (ConnectionResetError("reset by peer"), "reset by peer"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_channel_that_does_not_open_is_a_connect_error(raised: Exception, message: str) -> None:
    host, _ = over_ssh(raised)
    with http_client(host, 8081) as client, pytest.raises(httpx.ConnectError) as error:
        client.get("/health")
    assert message in str(error.value)


PROHIBITED = paramiko.ChannelException(1, "prohibited")


def test_forbidden_forwarding_is_no_closed_port() -> None:
    host, _ = over_ssh(PROHIBITED)
    with http_client(host, 8081) as client, pytest.raises(httpx.ProxyError) as error:
        client.get("/health")
    assert "set AllowTcpForwarding local" in str(error.value)


@pytest.mark.parametrize(
    ("channel", "allowed"),
    [
        (PROHIBITED, False),
        (paramiko.ChannelException(2, "refused"), True),
        (EOFError(), True),
        (FakeChannel(), True),
    ],
    ids=["prohibited", "nobody listens", "lost", "open"],
)
def test_forwarding_is_asked_for_before_it_is_needed(
    channel: FakeChannel | Exception, allowed: bool
) -> None:
    host, transport = over_ssh(channel)
    assert forwards(host, 8081) is allowed
    assert transport.opened == [("direct-tcpip", ("127.0.0.1", 8081))]
    if isinstance(channel, FakeChannel):
        assert channel.closed


def test_the_local_host_needs_no_forwarding() -> None:
    assert forwards(LOCAL, 8081)


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        ([TimeoutError()], httpx.ReadTimeout),
        ([], httpx.ConnectError),
        ([OSError("Socket is closed")], httpx.HTTPError),
        ([b"garbage\r\n\r\n"], httpx.HTTPError),
        ([ANSWER[:-1], TimeoutError()], httpx.ReadTimeout),
        ([ANSWER[:-1]], httpx.HTTPError),
        ([ANSWER[:-1], OSError("Socket is closed")], httpx.HTTPError),
    ],
    ids=[
        "no answer",
        "closed before the answer",
        "connection lost before the answer",
        "no HTTP",
        "hangs in the body",
        "closed in the body",
        "connection lost in the body",
    ],
)
def test_every_failure_is_one_of_httpx(
    received: list[bytes | Exception], expected: type[Exception]
) -> None:
    """The health check knows httpx's errors only; any other would end the run of all hosts."""
    host, _ = over_ssh(FakeChannel(*received))
    with http_client(host, 8081) as client, pytest.raises(expected):
        client.get("/health")
