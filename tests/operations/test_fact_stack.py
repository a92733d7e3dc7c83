"""The live stack as its fact reads it, and what counts as a difference."""

import json
from typing import Any

import pytest

from kestra_provision.facts.container import Container
from kestra_provision.facts.stack import Stack

HASHES = {"kestra": "a1" * 32, "postgres": "b2" * 32, "redis": "c3" * 32}
NETWORKS = {"kestra": frozenset({"i", "s"}), "postgres": frozenset({"i"})}


def inspected(name: str, service: str, **changed: Any) -> str:
    labels = {"com.docker.compose.service": service} if service else None
    if labels:
        labels["com.docker.compose.config-hash"] = HASHES[service]
        labels["io.kestra-provision.memory-mb"] = "512"
        labels["io.kestra-provision.pids"] = "256"
        labels["io.kestra-provision.managed"] = "true"
    if labels and service == "kestra":
        labels["io.kestra-provision.config-sha256"] = "sum-1"
    found: dict[str, Any] = {
        "name": f"/{name}",
        "image": f"sha256:{service}",
        "status": "running",
        "health": "healthy",
        "restarts": 0,
        "restart": "unless-stopped",
        "memory": 512 * 1024**2,
        "pids": 256,
        "cpus": 0,
        "swap": 1024 * 1024**2,
        "updated": {"cpu-shares": 0, "cpuset-cpus": ""},
        "networks": {network: {} for network in NETWORKS.get(service, ())},
        "labels": labels,
    }
    return json.dumps({**found, **changed})


#: As compose prints them.
DECLARED_HASHES = [f"{service} {value}" for service, value in HASHES.items()]


def stack(
    *hashes: str,
    containers: list[str] | None = None,
    seen_config: str = "sum-1",
    limits: str = "true true true",
) -> list[str]:
    default = [inspected("k", "kestra"), inspected("pg", "postgres")]
    return [
        "@@containers",
        *(default if containers is None else containers),
        "@@docker",
        "server 28.2.2",
        f"limits {limits}",
        "@@images",
        "kestra:1 sha256:kestra",
        "postgres:1 sha256:postgres",
        "missing:1",
        "@@configs",
        f"k {seen_config} -",
        "@@volumes",
        "tools_postgres-data",
        "@@hashes",
        *(hashes or DECLARED_HASHES),
    ]


DECLARED = {"kestra": "k", "postgres": "pg"}
REFERENCES = {"kestra": "kestra:1", "postgres": "postgres:1"}


def test_stack_reads_containers_images_and_verdict() -> None:
    seen = Stack().process(stack())
    assert seen.containers["k"] == Container(
        "k",
        "kestra",
        "sha256:kestra",
        "running",
        "healthy",
        networks=NETWORKS["kestra"],
        config_hash=HASHES["kestra"],
        memory_mb=512,
        declared_memory_mb=512,
        pids=256,
        declared_pids=256,
        declared_config="sum-1",
        mounted_config="sum-1",
    )
    assert seen.images == {"kestra:1": "sha256:kestra", "postgres:1": "sha256:postgres"}
    assert seen.hashes == HASHES
    assert seen.complaint == ""
    assert seen.volumes == ("tools_postgres-data",)


DIFFERENCES: dict[str, tuple[list[str], dict[str, str]]] = {
    "as declared": (stack(), {}),
    "as declared, with a warning of compose": (
        stack('time="2026" level=warning msg="version is obsolete"', *DECLARED_HASHES),
        {},
    ),
    "nothing there": (
        stack("/opt/kestra/compose.yaml is missing", containers=[]),
        {"k": "does not exist", "pg": "does not exist"},
    ),
    "changed service": (
        stack(f"kestra {'d4' * 32}", DECLARED_HASHES[1]),
        {"k": "was made from other values than compose.yaml and .env have"},
    ),
    "stopped": (
        stack(containers=[inspected("k", "kestra", status="exited"), inspected("pg", "postgres")]),
        {"k": "is exited"},
    ),
    "paused": (
        stack(containers=[inspected("k", "kestra"), inspected("pg", "postgres", status="paused")]),
        {"pg": "is paused"},
    ),
    "tag moved": (
        stack(containers=[inspected("k", "kestra", image="sha256:0"), inspected("pg", "postgres")]),
        {"k": "runs another image than kestra:1"},
    ),
    "service was removed": (
        stack(
            containers=[
                inspected("k", "kestra"),
                inspected("pg", "postgres"),
                inspected("redis", "redis"),
            ]
        ),
        {"redis": "belongs to no service any more"},
    ),
    "service of somebody else under our project's name": (
        stack(
            containers=[
                inspected("k", "kestra"),
                inspected("pg", "postgres"),
                inspected("x", "", labels={"com.docker.compose.service": "x"}),
            ]
        ),
        {},
    ),
    "ours, and of no service at all": (
        stack(
            containers=[
                inspected("k", "kestra"),
                inspected("pg", "postgres"),
                inspected("x", "", labels={"io.kestra-provision.managed": "true"}),
            ]
        ),
        {"x": "belongs to no service any more"},
    ),
    "compose fails": (
        stack("first line", "validating compose.yaml:", " services must be a mapping "),
        dict.fromkeys(
            ("k", "pg"),
            "cannot be compared with compose.yaml: "
            "validating compose.yaml: services must be a mapping",
        ),
    ),
    "configuration replaced under the running container": (
        stack(seen_config="sum-2"),
        {"k": "sees another configuration than it was made for"},
    ),
    "taken off a network": (
        stack(
            containers=[inspected("k", "kestra", networks={"i": {}}), inspected("pg", "postgres")]
        ),
        {"k": "has the networks i, not i, s"},
    ),
    "put on a network": (
        stack(
            containers=[
                inspected("k", "kestra"),
                inspected("pg", "postgres", networks={"i": {}, "s": {}}),
            ]
        ),
        {"pg": "has the networks i, s, not i"},
    ),
    "restart policy updated": (
        stack(containers=[inspected("k", "kestra"), inspected("pg", "postgres", restart="no")]),
        {"pg": "has the restart policy no, not unless-stopped"},
    ),
    "compose trips over .env": (
        stack('failed to read /opt/kestra/.env: line 3: unexpected "hidden" in variable name'),
        dict.fromkeys(("k", "pg"), "cannot be compared with compose.yaml: it cannot read .env"),
    ),
    "compose file lost": (
        stack("/opt/kestra/compose.yaml is missing"),
        dict.fromkeys(
            ("k", "pg"),
            "cannot be compared with compose.yaml: /opt/kestra/compose.yaml is missing",
        ),
    ),
    "compose says nothing": (
        stack(" "),
        dict.fromkeys(("k", "pg"), "cannot be compared with compose.yaml: no answer"),
    ),
}


@pytest.mark.parametrize("case", DIFFERENCES)
def test_stack_differences(case: str) -> None:
    output, differences = DIFFERENCES[case]
    assert Stack().process(output).differences(DECLARED, REFERENCES, NETWORKS) == differences


def test_stack_takes_a_container_without_labels() -> None:
    seen = Stack().process(stack(containers=[inspected("x", "")]))
    assert seen.containers["x"].service == ""
