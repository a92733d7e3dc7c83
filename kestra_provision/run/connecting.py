"""How a host is connected to: whatever goes wrong is its own failure, and is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, cast

import gevent
from pyinfra import logger
from pyinfra.api.exceptions import ConnectError, ConnectorDataTypeError
from pyinfra.api.host import Host
from pyinfra.api.state import State
from pyinfra.connectors.base import BaseConnector

from kestra_provision.remote.connect import UnreachableError

_FIX = "mend what the inventory says of the way to this host: its ssh_ settings, and its name"


class _Unusable(BaseConnector):
    """Stands for a connector that cannot be made; the host is then one that is not reached."""

    why = ""

    def connect(self) -> None:
        raise UnreachableError(self.why, _FIX)

    @staticmethod
    def make_names_data(name: str) -> Iterator[tuple[str, dict[str, Any], list[str]]]:
        yield name, {}, []

    def _never(self, *_: Any, **__: Any) -> Any:
        raise UnreachableError(self.why, _FIX)

    run_shell_command = put_file = get_file = _never


def init(original: Callable[[Host, State], None], host: Host, state: State) -> None:
    """`Host.init`, where data of the inventory that cannot be is an error of this host alone."""
    usual = host.connector_cls
    try:
        original(host, state)
    except ConnectorDataTypeError as error:
        host.connector_cls = _Unusable
        original(host, state)
        host.connector_cls = usual
        cast(_Unusable, host.connector).why = str(error).replace("::", ":")


def connect(
    original: Callable[..., Any],
    host: Host,
    reason: str | None = None,
    show_errors: bool = True,
    raise_exceptions: bool = False,
) -> None:
    """`Host.connect`, where an error of any kind is one of this host alone."""
    try:
        original(host, reason=reason, show_errors=show_errors, raise_exceptions=raise_exceptions)
    except ConnectError:
        raise  # which `raise_exceptions` asked for; the rest was done
    except (Exception, gevent.Timeout) as error:
        told = UnreachableError(f"{type(error).__name__}: {error}", _FIX)
        if show_errors:
            host.log_styled(str(told), fg="red", log_func=logger.error)
        host.state.trigger_callbacks("host_connect_error", host, told)
        if raise_exceptions:
            raise told from error


def connect_quietly(original: Callable[..., Any], host: Host, **options: Any) -> None:
    """The same, for whoever asked for the connection to tell."""
    connect(original, host, **{**options, "show_errors": False})
