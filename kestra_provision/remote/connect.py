"""Connects to a host by SSH as the user's own ssh would: the same way, the same trust."""

from __future__ import annotations

import atexit
import random
import socket
import subprocess
import time
from collections.abc import Callable
from typing import Any, cast

import paramiko
from paramiko.agent import AgentRequestHandler
from pyinfra.api.exceptions import ConnectError, PyinfraError
from pyinfra.api.host import Host
from pyinfra.connectors.ssh import SSHConnector
from pyinfra.connectors.ssh_util import _patch_paramiko_sk_key_support

from kestra_provision.remote import identities, ssh_line, way
from kestra_provision.remote.session import Client
from kestra_provision.remote.transport import transport
from kestra_provision.remote.trust import Trust, TrustError
from kestra_provision.remote.way import Way, WayError

#: Of ssh's options, which paramiko has by these names: what ssh would not speak is not spoken.
_ALGORITHMS = {
    "kexalgorithms": "kex",
    "ciphers": "ciphers",
    "macs": "digests",
    "hostkeyalgorithms": "key_types",
}
_ENDED = (EOFError, ConnectionResetError, BrokenPipeError)


class UnreachableError(ConnectError):
    """Why there is no connection; `fix` is empty where it is not known what helps."""

    def __init__(self, what: str, fix: str = "") -> None:
        super().__init__(what)
        self.fix = fix


def connect(_original: Callable[[SSHConnector], None], connector: SSHConnector) -> None:
    """`SSHConnector.connect`; raises `ConnectError` alone, whatever went wrong."""
    _patch_paramiko_sk_key_support()
    data = connector.data
    again = data["ssh_connect_retries"] or 0
    pause = data["ssh_connect_retry_min_delay"], data["ssh_connect_retry_max_delay"]
    while True:
        try:
            connector.client = cast(Any, _connected(connector.host))
            return
        except (WayError, TrustError) as error:
            raise UnreachableError(str(error), getattr(error, "fix", "")) from error
        except (OSError, EOFError, paramiko.SSHException) as error:
            if again <= 0:
                raise UnreachableError(_words(connector.host, error)) from error
        except PyinfraError as error:
            raise UnreachableError(str(error)) from error
        again -= 1
        time.sleep(random.uniform(*pause))


def _words(host: Host, error: Exception) -> str:
    if isinstance(error, paramiko.AuthenticationException):
        return f"Authentication error ({ssh_line.destination(host)}: {error})"
    if isinstance(error, socket.gaierror):
        return f"Could not resolve hostname ({error})"
    # paramiko says the same end in three ways, by how far it was when it came.
    if isinstance(error, _ENDED) or isinstance(error.__context__, _ENDED):
        return "Could not connect (the connection ended at once)"
    kind = "Could not connect" if isinstance(error, OSError) else "SSH error"
    return f"{kind} ({error or type(error).__name__})"


def _connected(host: Host) -> Client:
    data = host.data
    to = way.find(
        ssh_line.name(host),
        ssh_line.told(host),
        data.get("ssh_config_file"),
        data.get("ssh_user"),
    )
    given = identities.own(host)
    timeout = to.number("connecttimeout") or host.state.config.CONNECT_TIMEOUT or None
    client = _reach(to, given, timeout, (), data)
    if data.get("ssh_forward_agent", to.on("forwardagent")):
        AgentRequestHandler(_transport(client).open_session())
    return client


def _reach(
    to: Way, given: dict[str, Any], timeout: float | None, passed: tuple[str, ...], data: Any
) -> Client:
    """A connection to the end of this way.

    + given: key and password that were named for it
    + passed: names of the hosts that are jumped through for it, the last one first
    + data: of the host in the inventory
    """
    trust = Trust(to)
    client = Client()
    client.set_missing_host_key_policy(trust)

    def spoken(sock: Any, **options: Any) -> paramiko.Transport:
        made = transport(sock, **options)
        _restrict(made, to, trust)
        return made

    agent: identities.Agent | None = None
    if "pkey" not in given:
        files, agent = identities.of_way(to)
        given = {**({} if data.get("ssh_look_for_keys") is False else files), **given}
        if data.get("ssh_allow_agent") is False:
            agent = None
    client._agent = agent  # type: ignore[attr-defined]  # paramiko makes its own without one
    options = {
        "allow_agent": agent is not None,
        "look_for_keys": False,
        "transport_factory": spoken,
        "timeout": timeout,
        "sock": _before(to, timeout, passed, data),
        **given,
        **(data.get("ssh_paramiko_connect_kwargs") or {} if not passed else {}),
    }
    try:
        client.connect(to.hostname, to.port, to.user, **options)
    except BaseException:
        client.close()
        raise
    if seconds := to.number("serveraliveinterval"):
        _transport(client).set_keepalive(seconds)
    return client


def _before(to: Way, timeout: float | None, passed: tuple[str, ...], data: Any) -> Any:
    """What the connection goes through; None for the network itself."""
    if command := to.one("proxycommand"):
        return _through(to.tokens(command))
    if not (jumps := to.one("proxyjump")):
        return _network(to, timeout)
    *firsts, last = to.tokens(jumps).split(",")
    user, _, rest = last.strip().removeprefix("ssh://").rpartition("@")
    name, port = _split_port(rest)
    if name in (to.name, *passed):
        raise WayError(f"ProxyJump goes in a circle: {' -> '.join([*passed[::-1], to.name, name])}")
    line = ["-p", port] if port else []
    line += ["-o", f"ProxyJump={','.join(firsts)}"] if firsts else []
    jump = way.find(name, line, data.get("ssh_config_file"), user or None)
    client = _reach(jump, {}, timeout, (to.name, *passed), data)
    channel = client.gateway(to.hostname, to.port, timeout)
    channel.jump = client  # type: ignore[attr-defined]  # or it would be collected, and hang up
    return channel


def _network(to: Way, timeout: float | None) -> socket.socket | None:
    """A connection from the address and in the family that ssh would take; None for any.

    Raises `WayError` for a name that nobody can be asked for: gevent would print its own inside.
    """
    try:
        to.hostname.encode("idna")
    except UnicodeError as error:
        raise WayError(f"{to.hostname} is no name of a host; mend ssh_hostname") from error
    families = {"inet": socket.AF_INET, "inet6": socket.AF_INET6}
    family = families.get(to.one("addressfamily").lower(), socket.AF_UNSPEC)
    source = to.one("bindaddress")
    if not (family or source):
        return None
    refused: OSError | None = None
    for found, kind, protocol, _, place in socket.getaddrinfo(
        to.hostname, to.port, family, socket.SOCK_STREAM
    ):
        sock = socket.socket(found, kind, protocol)
        try:
            sock.settimeout(timeout)
            if source:
                sock.bind(socket.getaddrinfo(source, 0, found, kind)[0][4])
            sock.connect(place)
        except OSError as error:
            sock.close()
            refused = error
            continue
        return sock
    raise refused or OSError(f"no address of {to.hostname}")


def _through(command: str) -> socket.socket:
    """A socket whose other end is the stdin and stdout of a command, as ssh has it.

    paramiko's own ProxyCommand never notices that its command ended.
    """
    here, there = socket.socketpair()
    with there:
        end = there.fileno()
        process = subprocess.Popen(["/bin/sh", "-c", f"exec {command}"], stdin=end, stdout=end)
    # One that does not end by itself would outlive this program, and hold its stderr open.
    atexit.register(process.terminate)
    return here


def _split_port(text: str) -> tuple[str, str]:
    """`HOST`, `HOST:PORT` or `[ADDRESS]:PORT`."""
    if text.startswith("["):
        name, _, rest = text[1:].partition("]")
        return name, rest.removeprefix(":")
    name, _, port = text.rpartition(":")
    return (name, port) if name and ":" not in name else (text, "")


def _restrict(made: paramiko.Transport, to: Way, trust: Trust) -> None:
    """Raises `WayError` where nothing is left that both ssh and paramiko would speak."""
    able = made.get_security_options()
    for option, name in _ALGORITHMS.items():
        possible: tuple[str, ...] = tuple(getattr(able, name))
        if allowed := to.one(option):
            possible = tuple(each for each in possible if each in allowed.split(","))
        if not possible:
            raise WayError(
                f"{option} {to.one(option)} of your ssh_config leaves nothing that paramiko speaks"
            )
        setattr(able, name, possible)
    able.key_types = trust.algorithms(tuple(able.key_types))


def _transport(client: paramiko.SSHClient) -> paramiko.Transport:
    found = client.get_transport()
    assert found is not None
    return found
