"""Stage directories: owner, mode, and who can write, found out without writing."""

import pytest
from testinfra.host import Host

from tests.machine.stack import Stack

#: Of tasks; whatever Docker runs them finds it under Kestra's own path.
WORKDIR = "tools/kestra/workdir"
#: Of a Kestra that has no server for it.
DATABASE = "tools/kestra/database"
#: Folders of an image's user: the service, the mode, and where its container has them.
OWN = {
    "tools/kestra/storage": ("kestra", "750", "/app/storage"),
    WORKDIR: ("kestra", "750", "/tmp/kestra-wd"),
    DATABASE: ("kestra", "750", "/app/database"),
    "tools/dind/socket": ("dind", "750", "/dind"),
    "tools/n8n/data": ("n8n", "700", "/home/node/.n8n"),
}
#: A user that is neither root nor the image's.
STRANGER = 65534


@pytest.mark.parametrize(
    ("name", "mode", "of"),
    [
        (".", "755", "kestra"),
        ("config", "755", "kestra"),
        ("tools", "755", "kestra"),
        ("tools/kestra", "755", "kestra"),
        ("tools/dind", "755", "dind"),
        ("tools/n8n", "755", "n8n"),
        ("backups", "700", "kestra"),
    ],
)
def test_directory_is_roots(host: Host, stack: Stack, name: str, mode: str, of: str) -> None:
    stack.need(of)
    _is(host, f"{stack.root}/{name}", mode, 0, 0)


@pytest.fixture(params=OWN)
def own(stack: Stack, request: pytest.FixtureRequest) -> str:
    """Each folder that the user of an image writes on this host."""
    stack.need(OWN[request.param][0])
    if request.param == DATABASE and "postgres" in stack.required:
        pytest.skip(f"on a {stack.profile} host the data is on PostgreSQL's volume, in no folder")
    return str(request.param)


def test_directory_is_the_images(host: Host, stack: Stack, own: str) -> None:
    service, mode, _ = OWN[own]
    _is(host, f"{stack.root}/{own}", mode, *stack.user(service))


def test_user_of_the_image_can_write(host: Host, stack: Stack, own: str) -> None:
    user = stack.user(OWN[own][0])
    assert _can(host, *user, "-w", f"{stack.root}/{own}")
    assert _can(host, *user, "-x", f"{stack.root}/{own}")


@pytest.mark.parametrize("name", [".", "config", "backups"])
@pytest.mark.parametrize("of", ["kestra", "n8n"])
def test_user_of_the_image_cannot_write_elsewhere(
    host: Host, stack: Stack, of: str, name: str
) -> None:
    stack.need(of)
    assert not _can(host, *stack.user(of), "-w", f"{stack.root}/{name}")


def test_strangers_cannot_look(host: Host, stack: Stack, own: str) -> None:
    for name in (own, "backups"):
        assert not _can(host, STRANGER, STRANGER, "-r", f"{stack.root}/{name}")


def test_container_can_write_where_it_sees_it(
    host: Host, stack: Stack, own: str, script_tasks: str
) -> None:
    service, _, path = OWN[own]
    if own == WORKDIR and script_tasks == "host-docker":
        path = f"{stack.root}/{own}"
    name = stack.container(service).name
    seen = host.run("docker exec %s test -d %s -a -w %s", name, path, path)
    assert seen.rc == 0, f"{path} is not writable in {name}"


def _is(host: Host, path: str, mode: str, uid: int, gid: int) -> None:
    directory = host.file(path)
    assert directory.is_directory, f"{path} is no directory"
    assert (f"{directory.mode:o}", directory.uid, directory.gid) == (mode, uid, gid), path


def _can(host: Host, uid: int, gid: int, what: str, path: str) -> bool:
    become = "setpriv --reuid %s --regid %s --clear-groups"
    test = host.run(f"{become} test {what} %s", str(uid), str(gid), path)
    return bool(test.rc == 0)
