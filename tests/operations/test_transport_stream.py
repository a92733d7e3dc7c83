"""One SSH channel as the stream that httpcore reads and writes."""

from typing import Any, cast

import httpcore
import paramiko
import pytest

from kestra_provision.remote.http import _ChannelBackend, _ChannelStream
from tests.operations.fake_channel import FakeChannel, FakeTransport


def stream(channel: FakeChannel) -> _ChannelStream:
    return _ChannelStream(cast(paramiko.Channel, channel))


def test_stream_reads_writes_and_closes() -> None:
    channel = FakeChannel(b"abc", b"")
    opened = stream(channel)
    opened.write(b"hello", timeout=3.0)
    assert (opened.read(2, timeout=5.0), opened.read(2), opened.read(2)) == (b"ab", b"c", b"")
    opened.close()
    assert (channel.sent, channel.closed) == (b"hello", True)
    assert channel.timeouts[:2] == [3.0, 5.0]


@pytest.mark.parametrize(
    ("raised", "reading", "writing"),
    [
        (TimeoutError(), httpcore.ReadTimeout, httpcore.WriteTimeout),
        (OSError("Socket is closed"), httpcore.ReadError, httpcore.WriteError),
    ],
)
def test_stream_raises_what_httpcore_knows(
    raised: Exception, reading: type[Exception], writing: type[Exception]
) -> None:
    with pytest.raises(reading):
        stream(FakeChannel(raised)).read(1, timeout=10.0)
    with pytest.raises(writing):
        stream(FakeChannel(raised)).write(b"x", timeout=10.0)


def test_timeout_says_how_long() -> None:
    with pytest.raises(httpcore.ReadTimeout, match="no answer within 10 s"):
        stream(FakeChannel(TimeoutError())).read(1, timeout=10.0)


def test_idle_connection_with_something_to_read_was_closed_by_the_server() -> None:
    assert stream(FakeChannel()).get_extra_info("is_readable") is False
    assert stream(FakeChannel(b"x")).get_extra_info("is_readable") is True
    closed = FakeChannel()
    closed.close()
    assert stream(closed).get_extra_info("is_readable") is True
    assert stream(FakeChannel()).get_extra_info("ssl_object") is None


def test_tls_is_not_spoken() -> None:
    with pytest.raises(NotImplementedError):
        stream(FakeChannel()).start_tls(cast(Any, None))


def test_backend_takes_what_httpcore_hands_it() -> None:
    transport = FakeTransport(FakeChannel(b"x"))
    backend = _ChannelBackend(cast(paramiko.Transport, transport))
    opened = backend.connect_tcp("127.0.0.1", 1, timeout=1.0, local_address=None, socket_options=[])
    assert opened.read(1) == b"x"
