"""Stage images: what is written down is what is on the host and what runs."""

import pytest
from testinfra.host import Host

from tests.machine.stack import Stack


def test_record_is_roots_and_readable(host: Host, stack: Stack) -> None:
    file = host.file(f"{stack.root}/config/images.env")
    assert file.is_file
    assert (f"{file.mode:o}", file.uid, file.gid) == ("644", 0, 0)


def test_recorded_id_is_the_images(host: Host, stack: Stack, service: str) -> None:
    reference = _recorded(stack, f"{service.upper()}_IMAGE")
    found = host.run("docker image inspect --format '{{.Id}}' %s", reference)
    assert found.rc == 0, f"no image {reference} on the host"
    assert _recorded(stack, f"{service.upper()}_IMAGE_ID") == found.stdout.strip()


def test_recorded_digest_is_the_images(host: Host, stack: Stack, service: str) -> None:
    reference = _recorded(stack, f"{service.upper()}_IMAGE")
    form = "{{range .RepoDigests}}{{.}} {{end}}"
    found = host.check_output("docker image inspect --format %s %s", form, reference)
    recorded = stack.record.get(f"{service.upper()}_IMAGE_DIGEST", "")
    # None for an image that came in an archive; more later, when it is pulled by another name.
    assert set(recorded.split()) <= set(found.split())
    assert bool(recorded) or not found


def test_container_runs_the_recorded_image(stack: Stack, service: str) -> None:
    assert stack.container(service).image == _recorded(stack, f"{service.upper()}_IMAGE_ID")


@pytest.mark.parametrize("of", ["kestra", "n8n"])
def test_recorded_user_is_the_running_process(host: Host, stack: Stack, of: str) -> None:
    name = stack.container(of).name
    uid, gid = stack.user(of)
    asked = host.run("docker exec %s sh -c 'id -u; id -g'", name)
    assert asked.stdout.split() == [str(uid), str(gid)]
    status = host.run("docker exec %s cat /proc/1/status", name).stdout
    lines = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    assert set(lines["Uid"].split()) == {str(uid)}


@pytest.mark.parametrize("of", ["kestra", "n8n"])
def test_is_not_root(stack: Stack, of: str) -> None:
    stack.need(of)
    assert stack.user(of)[0] != 0


def _recorded(stack: Stack, name: str) -> str:
    value = stack.record.get(name, "")
    assert value, f"{name} is not in config/images.env"
    return value
