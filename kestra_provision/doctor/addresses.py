"""Whether Kestra reaches the servers that `kestra_env` names, asked from inside its container."""

from __future__ import annotations

from typing import NamedTuple

from kestra_provision.doctor.check import Answer, Check, Fault, Untold
from kestra_provision.doctor.deployment import DEPLOYED, DOCKER
from kestra_provision.doctor.evidence import Evidence
from kestra_provision.settings.variables import Place, places
from kestra_provision.text.words import enumerated


class _Why(NamedTuple):
    """Of an address that is not reached."""

    finding: str
    cause: str
    fix: str


_HERE = "on the host: timeout 5 bash -c '</dev/tcp/{host}/{port}'"
#: By the word of `facts.outside`.
_UNREACHED = {
    "unnamed": _Why(
        "its name is not known there",
        "no such container in a network of Kestra's, or a name without an address",
        "docker ps shows the names of containers; to join one: "
        "docker network connect {network} NAME; for another name: kestra_env, then: {deploy}",
    ),
    "refused": _Why(
        "the connection is refused",
        "nothing listens there: the server is down, or listens on another port or address",
        "start it; a server in a container must listen on 0.0.0.0; to ask again: "
        "docker exec {container} bash -c '</dev/tcp/{host}/{port}'",
    ),
    "silent": _Why(
        "no answer within 8 s",
        "a firewall between drops it, or the server hangs",
        f"{_HERE}; if that works, it is the host's own: iptables -S DOCKER-USER; iptables -S INPUT",
    ),
    "unreachable": _Why(
        "no way leads there",
        "the container's networks have no route to it",
        f"{_HERE}; to join the network of a container: docker network connect {{network}} NAME",
    ),
}
_ITSELF = _Why(
    "",
    "{host} in a container is the container itself",
    "in kestra_env name the server as {container} knows it: a container in the network {network}, "
    "or an address of the host that it listens on; then: {deploy}",
)


def _addresses(evidence: Evidence) -> Answer:
    declared = places(evidence.settings.kestra_env)
    container, seen = evidence.stack[evidence.logged].container, evidence.traces.outside.addresses
    if not declared:
        return "not asked: nothing in kestra_env is called …_URL and an http address"
    if wrong := [name for name, place in declared.items() if place is None]:
        return Fault(
            f"{enumerated(wrong)} of kestra_env: no address of a server",
            "its host or its port can be none",
            f"mend it in the inventory, then: {evidence.deploy}",
        )
    asked = {name: place for name, place in declared.items() if place}
    if failed := [name for name in asked if seen.get(name) in _UNREACHED]:
        told = (
            f"{name} ({asked[name].shown}): {_UNREACHED[seen[name]].finding}" for name in failed
        )
        place = asked[failed[0]]
        why = _ITSELF if _is_itself(place) else _UNREACHED[seen[failed[0]]]
        return _fault(f"not reached from {container}: {'; '.join(told)}", why, place, evidence)
    if untold := [name for name in asked if name not in seen]:
        return Untold(f"{container} cannot be asked for {enumerated(untold)}")
    return f"{container} reaches {enumerated(place.shown for place in asked.values())}"


def _fault(finding: str, why: _Why, place: Place, evidence: Evidence) -> Fault:
    """The first address decides on the advice; the finding names all."""
    words = {
        "host": place.host,
        "port": place.port,
        "container": evidence.stack[evidence.logged].container,
        "network": evidence.settings.network,
        "deploy": evidence.deploy,
    }
    return Fault(finding, why.cause.format(**words), why.fix.format(**words))


def _is_itself(place: Place) -> bool:
    return place.host in ("localhost", "::1") or place.host.startswith("127.")


CHECK = Check("addresses", "a flow does not reach your server", _addresses, (DEPLOYED, DOCKER))
