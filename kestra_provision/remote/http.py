"""HTTP to a port of the host through the connection that is already there.

Over SSH each connection is a `direct-tcpip` channel to the host's loopback, on `@local` a plain
socket: nothing has to be published, and credentials never stand in a command line.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore
import httpx
import paramiko
from pyinfra.api.host import Host


class _ChannelStream(httpcore.NetworkStream):
    """A paramiko channel as httpcore reads and writes it."""

    def __init__(self, channel: paramiko.Channel) -> None:
        self._channel = channel

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._channel.settimeout(timeout)
        try:
            return self._channel.recv(max_bytes)
        except TimeoutError as error:
            raise httpcore.ReadTimeout(f"no answer within {timeout:.0f} s") from error
        except OSError as error:
            raise httpcore.ReadError(str(error)) from error

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._channel.settimeout(timeout)
        try:
            self._channel.sendall(buffer)
        except TimeoutError as error:
            raise httpcore.WriteTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.WriteError(str(error)) from error

    def close(self) -> None:
        self._channel.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        raise NotImplementedError("the ports of the host speak plain HTTP on its loopback")

    def get_extra_info(self, info: str) -> Any:
        # httpcore asks before it uses an idle connection again: one with something to read
        # was closed by the server.
        return self._channel.recv_ready() or self._channel.closed if info == "is_readable" else None


#: What Kestra's answers need of sshd, and many a hardened server forbids.
NO_FORWARDING = "the SSH server forwards no connections"
FORWARDING_FIX = "set AllowTcpForwarding local in /etc/ssh/sshd_config.d and reload ssh"


class _ChannelBackend(httpcore.NetworkBackend):
    """Opens a channel where httpcore would open a socket."""

    def __init__(self, transport: paramiko.Transport) -> None:
        self._transport = transport

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            channel = self._transport.open_channel(
                "direct-tcpip", (host, port), ("127.0.0.1", 0), timeout=timeout
            )
        except paramiko.ChannelException as error:
            # 1 = administratively prohibited (AllowTcpForwarding no), 2 = connection refused
            if error.code == 1:
                raise httpcore.ProxyError(f"{NO_FORWARDING}; {FORWARDING_FIX}") from error
            raise httpcore.ConnectError("connection refused") from error
        except (paramiko.SSHException, OSError, EOFError) as error:
            raise httpcore.ConnectError(str(error) or "the SSH connection is lost") from error
        return _ChannelStream(channel)


@contextmanager
def _as_httpx() -> Iterator[None]:
    """httpcore's errors as httpx's, which is all that callers know."""
    try:
        yield
    except httpcore.ProxyError as error:
        raise httpx.ProxyError(str(error)) from error
    except httpcore.TimeoutException as error:
        raise httpx.ReadTimeout(str(error)) from error
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise httpx.ConnectError(str(error)) from error


class _Body(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        with _as_httpx():
            yield from self._response.iter_stream()

    def close(self) -> None:
        self._response.close()


class _ChannelTransport(httpx.BaseTransport):
    """httpx over httpcore over SSH; httpx itself takes no network backend."""

    def __init__(self, transport: paramiko.Transport) -> None:
        self._pool = httpcore.ConnectionPool(network_backend=_ChannelBackend(transport))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        with _as_httpx():
            response = self._pool.handle_request(
                httpcore.Request(
                    method=request.method,
                    url=httpcore.URL(
                        scheme=request.url.raw_scheme,
                        host=request.url.raw_host,
                        port=request.url.port,
                        target=request.url.raw_path,
                    ),
                    headers=request.headers.raw,
                    content=request.stream,
                    extensions=request.extensions,
                )
            )
        assert isinstance(response.stream, Iterable)
        return httpx.Response(
            status_code=response.status,
            headers=response.headers,
            stream=_Body(response),
            extensions=response.extensions,
        )

    def close(self) -> None:
        self._pool.close()


def http_client(
    host: Host, port: int, address: str = "127.0.0.1", timeout: float = 10.0
) -> httpx.Client:
    """A client for a port of the host as the host itself sees it.

    + port: a port of the host
    + address: an address of the host, its loopback by default, IPv6 in brackets
    + timeout: seconds for each step of a request

    The environment's proxies are not used: they are the laptop's, and the port is the host's.
    """
    session = _session(host)
    transport: httpx.BaseTransport = (
        httpx.HTTPTransport() if session is None else _ChannelTransport(session)
    )
    return httpx.Client(
        base_url=f"http://{address}:{port}", transport=transport, timeout=timeout, trust_env=False
    )


def forwards(host: Host, port: int) -> bool:
    """False when the host's SSH server forbids the channel that `http_client` opens.

    + port: a port of the host's loopback, where nobody need listen yet
    """
    session = _session(host)
    if session is None:
        return True
    try:
        _ChannelBackend(session).connect_tcp("127.0.0.1", port, timeout=10).close()
    except httpcore.ProxyError:
        return False
    except httpcore.ConnectError:
        pass  # refused by the port, or lost: neither is forbidden
    return True


def _session(host: Host) -> paramiko.Transport | None:
    """The SSH connection to the host; None for the local one."""
    client = getattr(host.connector, "client", None)
    if not isinstance(client, paramiko.SSHClient):
        return None
    session = client.get_transport()
    assert session is not None
    return session
