"""Stage directories: owner, mode, and who can write, found out without writing."""

import pytest
from testinfra.host import Host

from tests.machine.stack import Stack

STORAGE = "tools/kestra/storage"
WORKDIR = "tools/kestra/workdir"
#: Of a Kestra that has no server for it.
DATABASE = "tools/kestra/database"
#: Folders of the image's user, and where its container has them.
OWN = {STORAGE: "/app/storage", WORKDIR: "/tmp/kestra-wd", DATABASE: "/app/database"}
#: A user that is neither root nor the image's.
STRANGER = 65534


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        (".", "755"),
        ("config", "755"),
        ("tools", "755"),
        ("tools/kestra", "755"),
        ("backups", "700"),
    ],
)
def test_directory_is_roots(host: Host, stack: Stack, name: str, mode: str) -> None:
    _is(host, f"{stack.root}/{name}", mode, 0, 0)


@pytest.fixture(params=OWN)
def own(stack: Stack, request: pytest.FixtureRequest) -> str:
    """Each folder that the user of Kestra's image writes on this host."""
    if request.param == DATABASE and "postgres" in stack.services:
        pytest.skip("PostgreSQL has the database")
    return str(request.param)


def test_directory_is_the_images(host: Host, stack: Stack, own: str) -> None:
    _is(host, f"{stack.root}/{own}", "750", stack.uid, stack.gid)


def test_user_of_the_image_can_write(host: Host, stack: Stack, own: str) -> None:
    assert _can(host, stack.uid, stack.gid, "-w", f"{stack.root}/{own}")
    assert _can(host, stack.uid, stack.gid, "-x", f"{stack.root}/{own}")


@pytest.mark.parametrize("name", [".", "config", "backups"])
def test_user_of_the_image_cannot_write_elsewhere(host: Host, stack: Stack, name: str) -> None:
    assert not _can(host, stack.uid, stack.gid, "-w", f"{stack.root}/{name}")


def test_strangers_cannot_look(host: Host, stack: Stack, own: str) -> None:
    for name in (own, "backups"):
        assert not _can(host, STRANGER, STRANGER, "-r", f"{stack.root}/{name}")


def test_kestra_can_write_where_it_sees_it(host: Host, stack: Stack, own: str) -> None:
    path = OWN[own]
    seen = host.run("docker exec %s test -d %s -a -w %s", stack.kestra.name, path, path)
    assert seen.rc == 0, f"{path} is not writable in {stack.kestra.name}"


def _is(host: Host, path: str, mode: str, uid: int, gid: int) -> None:
    directory = host.file(path)
    assert directory.is_directory, f"{path} is no directory"
    assert (f"{directory.mode:o}", directory.uid, directory.gid) == (mode, uid, gid), path


def _can(host: Host, uid: int, gid: int, what: str, path: str) -> bool:
    become = "setpriv --reuid %s --regid %s --clear-groups"
    test = host.run(f"{become} test {what} %s", str(uid), str(gid), path)
    return bool(test.rc == 0)
