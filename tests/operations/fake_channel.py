"""SSH channels that hand out what a test says, and the host that is reached through them."""

from types import SimpleNamespace
from typing import Any, cast

import paramiko
from pyinfra.api.host import Host


class FakeChannel:
    """A channel that hands out bytes or raises what it was given, in order."""

    def __init__(self, *received: bytes | Exception) -> None:
        self.received = list(received)
        self.sent = b""
        self.timeouts: list[float | None] = []
        self.closed = False

    def settimeout(self, timeout: float | None) -> None:
        self.timeouts.append(timeout)

    def recv(self, most: int) -> bytes:
        if not self.received:
            return b""
        item = self.received.pop(0)
        if isinstance(item, Exception):
            raise item
        if len(item) > most:
            self.received.insert(0, item[most:])
        return item[:most]

    def sendall(self, data: bytes) -> None:
        if self.received and isinstance(self.received[0], Exception):
            raise self.received[0]
        self.sent += data

    def recv_ready(self) -> bool:
        return bool(self.received)

    def close(self) -> None:
        self.closed = True


class FakeTransport:
    """Opens the given channels one after the other, or raises in their place."""

    def __init__(self, *channels: FakeChannel | Exception) -> None:
        self.channels = list(channels)
        self.opened: list[tuple[str, tuple[str, int]]] = []

    def open_channel(
        self, kind: str, target: tuple[str, int], source: tuple[str, int], timeout: float | None
    ) -> FakeChannel:
        self.opened.append((kind, target))
        channel = self.channels.pop(0)
        if isinstance(channel, Exception):
            raise channel
        return channel


class FakeClient(paramiko.SSHClient):
    def __init__(self, transport: FakeTransport) -> None:
        super().__init__()
        self._fake = transport

    def get_transport(self) -> Any:
        return self._fake


def over_ssh(*channels: FakeChannel | Exception) -> tuple[Host, FakeTransport]:
    transport = FakeTransport(*channels)
    connector = SimpleNamespace(client=FakeClient(transport))
    return cast(Host, SimpleNamespace(connector=connector)), transport
