"""Stage plugins: what is in Kestra's container of them is what lies on the host, as it was sent."""

from __future__ import annotations

import pytest
from testinfra.host import Host

from tests.machine.stack import Stack

INSIDE = "/app/plugins/"


@pytest.fixture
def jars(stack: Stack) -> dict[str, str]:
    """Jars of the host by where the container has them; most hosts have none."""
    stack.need("kestra")
    mounts = stack.container("kestra").mounts
    return {m["Destination"]: m["Source"] for m in mounts if m["Destination"].startswith(INSIDE)}


def test_each_is_roots_and_no_container_writes_it(
    host: Host, stack: Stack, jars: dict[str, str]
) -> None:
    for inside, path in jars.items():
        assert path == f"{stack.root}/tools/kestra/plugins/{inside.removeprefix(INSIDE)}"
        file = host.file(path)
        assert (file.is_file, f"{file.mode:o}", file.uid, file.gid) == (True, "644", 0, 0)
    writable = [m["Destination"] for m in stack.container("kestra").mounts if m["RW"]]
    assert not [mount for mount in writable if mount.startswith(INSIDE.rstrip("/"))]


def test_the_list_of_ours_holds(host: Host, stack: Stack, jars: dict[str, str]) -> None:
    folder = f"{stack.root}/tools/kestra/plugins"
    if not host.file(folder).exists:
        assert not jars
        return
    listed = host.run("cut -s -d ' ' -f 3 %s", f"{folder}/ours.sha256").stdout.split()
    names = {path.rpartition("/")[2] for path in jars.values()}
    assert names == {name for name in listed if name.endswith(".jar")}
    summed = host.run(f"cd {folder} && sha256sum -c --quiet ours.sha256")
    assert summed.rc == 0, summed.stdout


def test_the_container_sees_what_lies_there(host: Host, stack: Stack, jars: dict[str, str]) -> None:
    pid = int(stack.container("kestra").state["Pid"])
    for inside, path in jars.items():
        same = host.run(f"[ /proc/{pid}/root%s -ef %s ]", inside, path)
        assert same.rc == 0, f"{path} was replaced since the container started"
