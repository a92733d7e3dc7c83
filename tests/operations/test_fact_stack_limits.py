"""What `docker update` changed of a container's limits is a difference, where the kernel limits.

Compose looks at none of them.
"""

import pytest

from kestra_provision.facts.stack import Stack
from tests.operations.test_fact_stack import DECLARED, NETWORKS, REFERENCES, inspected, stack

DIFFERENCES: dict[str, tuple[list[str], dict[str, str]]] = {
    "memory updated": (
        stack(
            containers=[
                inspected("k", "kestra", memory=2 * 1024**3),
                inspected("pg", "postgres", memory=0),
            ]
        ),
        {"k": "may use 2048 MiB of memory, not 512", "pg": "may use 0 MiB of memory, not 512"},
    ),
    "kernel that limits no memory": (
        stack(
            containers=[
                inspected("k", "kestra", memory=0),
                inspected("pg", "postgres", memory=0),
            ],
            limits="false false true",
        ),
        {},
    ),
    # Docker could not start it again.
    "kernel that limits no memory any more": (
        stack(limits="false false true"),
        dict.fromkeys(("k", "pg"), "may use 512 MiB of memory, not 0"),
    ),
    "kernel that limits no swap": (stack(limits="true false true"), {}),
    "kernel that limits no pids any more": (
        stack(limits="true false false"),
        dict.fromkeys(("k", "pg"), "may start 256 processes, not 0"),
    ),
    "kernel that limits no pids": (
        stack(
            containers=[
                inspected("k", "kestra", pids=None),
                inspected("pg", "postgres", pids=0),
            ],
            limits="true true false",
        ),
        {},
    ),
    "pids updated": (
        stack(containers=[inspected("k", "kestra", pids=100), inspected("pg", "postgres")]),
        {"k": "may start 100 processes, not 256"},
    ),
    **{
        f"pids updated to {none}": (
            stack(containers=[inspected("k", "kestra"), inspected("pg", "postgres", pids=none)]),
            {"pg": "may start any number of processes, not 256"},
        )
        for none in (-1, 0, None)
    },
    "CPUs updated": (
        stack(containers=[inspected("k", "kestra", cpus=1.5e9), inspected("pg", "postgres")]),
        {"k": "may use 1.5 CPUs, and none were limited"},
    ),
    "others updated": (
        stack(
            containers=[
                inspected("k", "kestra", updated={"cpu-shares": 2, "cpuset-cpus": "0-1"}),
                inspected("pg", "postgres", swap=512 * 1024**2),
            ]
        ),
        {
            "k": "was given limits by docker update: cpu-shares 2, cpuset-cpus 0-1",
            "pg": "was given limits by docker update: memory-swap 536870912",
        },
    ),
    "no swap to limit": (
        stack(containers=[inspected("k", "kestra", swap=-1), inspected("pg", "postgres", swap=0)]),
        {},
    ),
}


@pytest.mark.parametrize("case", DIFFERENCES)
def test_limits_differ(case: str) -> None:
    output, differences = DIFFERENCES[case]
    assert Stack().process(output).differences(DECLARED, REFERENCES, NETWORKS) == differences
