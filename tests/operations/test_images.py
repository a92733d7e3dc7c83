"""Images come from a registry, from the laptop or from a URL, and only when they are missing."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import pytest
from pyinfra.api.command import FunctionCommand, StringCommand

from kestra_provision.docker.archive import Archive, ArchivedImage
from kestra_provision.facts.images import Images, ImagesSeen
from kestra_provision.facts.storage import Room
from kestra_provision.operations import images
from kestra_provision.remote import upload
from kestra_provision.remote.shell import Result
from kestra_provision.run.findings import collecting
from tests.operations.fake_host import FakeHost, call, raw, yielded

REFERENCES = {"kestra": "kestra/kestra:v1.3.39", "postgres": "postgres:17"}
RECORD = "/opt/kestra/config/images.env"
OURS: dict[str, Any] = {"record": RECORD, "asked": ["kestra"]}
SUM = "5" * 64
URL = "https://example.com/images.tar?a=1&b=2"


def seen(sources: Mapping[str, str], **changed: str) -> ImagesSeen:
    """A host on which all is there and recorded, but for the given lines of the record."""
    record = {"KESTRA_UID": "1000", "KESTRA_GID": "1000"}
    ids = {}
    for service, reference in REFERENCES.items():
        ids[reference] = f"sha256:{service}"
        record[f"{service.upper()}_IMAGE"] = reference
        record[f"{service.upper()}_IMAGE_ID"] = f"sha256:{service}"
        record[f"{service.upper()}_IMAGE_SOURCE"] = sources.get(service, "")
    return ImagesSeen(ids, {**record, **changed}, Room("/var/lib/docker", 200.0, 100.0))


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    file = tmp_path / "images.tar"
    file.write_bytes(b"content of the archive")
    found = {
        reference: ArchivedImage(f"config-{service}", "amd64", f"content of {service}")
        for service, reference in REFERENCES.items()
    }
    return Archive(file, 22, 22, found)


ARCHIVED = {"kestra": "config-kestra", "postgres": "config-postgres"}
DOWNLOADED = dict.fromkeys(REFERENCES, SUM)


def pulled(host: FakeHost) -> list[str]:
    return raw(yielded(host, images.pulled, images=REFERENCES, **OURS))


def test_all_there_and_recorded_is_nothing_to_do(archive: Archive) -> None:
    for operation, sources, more in (
        (images.pulled, {}, {}),
        (images.loaded, ARCHIVED, {"archive": archive}),
        (images.downloaded, DOWNLOADED, {"url": URL, "sha256": SUM}),
    ):
        host = FakeHost({Images: seen(sources)})
        assert yielded(host, operation, images=REFERENCES, **OURS, **more) == []
        assert host.noops == ["all images are there, as recorded"]


def test_missing_images_are_pulled_one_by_one_and_recorded() -> None:
    host = FakeHost({Images: ImagesSeen()})
    commands = yielded(host, images.pulled, images=REFERENCES, **OURS)
    assert raw(commands)[:2] == ["_pull", "_pull"]
    pulls = [c for c in commands if isinstance(c, FunctionCommand)]
    assert [tuple(c.args) for c in pulls] == [(r,) for r in REFERENCES.values()]
    assert f"> {RECORD.replace('images.env', '.images.env.kestra-provision')}" in raw(commands)[2]


@pytest.mark.parametrize("line", ["KESTRA_IMAGE", "POSTGRES_IMAGE", "KESTRA_UID"])
def test_incomplete_record_is_written_again(line: str) -> None:
    commands = pulled(FakeHost({Images: seen({}, **{line: ""})}))
    assert commands[-1].startswith("kestra_uid=$(docker run --rm --network none --entrypoint id ")


@pytest.mark.parametrize(
    ("line", "actual"),
    [
        ("KESTRA_UID", "edited"),
        ("KESTRA_GID", "edited"),
        ("KESTRA_IMAGE_ID", "edited"),
        ("POSTGRES_IMAGE", "edited"),
        ("", "has no sum that tells an edit"),
    ],
)
def test_an_edited_record_is_named_and_written_again_without_a_pull(line: str, actual: str) -> None:
    told = {line: "1001", "RECORD_SUM": SUM} if line else {}
    host = FakeHost({Images: replace(seen({}, **told), edited=True)})
    with collecting(host.as_host) as found:
        (command,) = pulled(host)
    assert command.startswith("kestra_uid=$(docker run --rm --network none --entrypoint id ")
    assert [(each.what, each.actual) for each in found] == [(RECORD, actual)]


def test_record_of_another_version_is_written_again_without_a_pull() -> None:
    old = seen({}, KESTRA_IMAGE="kestra/kestra:v1.3.38", KESTRA_IMAGE_ID="sha256:old")
    (command,) = pulled(FakeHost({Images: old}))
    assert "KESTRA_IMAGE=kestra/kestra:v1.3.39" in command


def test_tag_that_was_moved_on_the_host_is_pulled_again() -> None:
    moved = seen({}, KESTRA_IMAGE_ID="sha256:before")
    assert pulled(FakeHost({Images: moved}))[0] == "_pull"


def test_archive_is_loaded_when_one_image_is_missing(archive: Archive) -> None:
    there = seen(ARCHIVED)
    host = FakeHost({Images: replace(there, ids={"postgres:17": "sha256:postgres"})})
    commands = yielded(host, images.loaded, images=REFERENCES, **OURS, archive=archive)
    assert [raw([c])[0].partition(" ")[0] for c in commands] == ["load", "kestra_uid=$(docker"]
    assert "KESTRA_IMAGE_SOURCE=config-kestra" in raw(commands)[1]


def test_what_a_killed_run_loaded_is_only_recorded(archive: Archive) -> None:
    """Whatever its id is there: containerd's store has another one than Docker's."""
    there = {REFERENCES[service]: f"content of {service}" for service in REFERENCES}
    killed = replace(seen(ARCHIVED), record={}, contents=there)
    host = FakeHost({Images: killed})
    commands = yielded(host, images.loaded, images=REFERENCES, **OURS, archive=archive)
    assert [raw([c])[0].partition(" ")[0] for c in commands] == ["kestra_uid=$(docker"]


def test_another_archive_is_loaded_again(archive: Archive) -> None:
    host = FakeHost({Images: seen({**ARCHIVED, "kestra": "config-of-before"})})
    commands = yielded(host, images.loaded, images=REFERENCES, **OURS, archive=archive)
    assert raw(commands)[0] == "load"


def test_download_is_checked_before_it_is_loaded_and_removed_after() -> None:
    host = FakeHost({Images: ImagesSeen()})
    command, _ = yielded(
        host,
        images.downloaded,
        images=REFERENCES,
        record=RECORD,
        asked=["kestra"],
        url=URL,
        sha256=SUM,
    )
    text = raw([command])[0]
    steps = [f"curl -fsSL --retry 3 -o /opt/kestra/config/images.tar.part '{URL}'"]
    steps += ["sha256sum -c --quiet &&", "docker load -q -i", "rm -f", "exit $status"]
    assert [text.index(step) for step in steps] == sorted(text.index(step) for step in steps)
    assert f"echo '{SUM}  '/opt/kestra/config/images.tar.part | sha256sum" in text


@pytest.mark.parametrize(("status", "logs"), [(True, 1), (False, 2)])
def test_pull_says_that_it_takes_long_and_what_to_do_when_it_fails(status: bool, logs: int) -> None:
    host = FakeHost({Images: ImagesSeen()}, {"docker pull": (status, "", "no route to host")})
    command = yielded(host, images.pulled, images=REFERENCES, **OURS)[0]
    assert call(command, host) is status
    assert host.ran[0][0].get_raw_value().endswith("docker pull kestra/kestra:v1.3.39")
    assert host.logs[0].startswith("pulling kestra/kestra:v1.3.39: ")
    assert len(host.logs) == logs
    assert status or "image_source = 'archive'" in host.logs[1]


@pytest.fixture
def streamed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bytes]]:
    """What was sent to a command of the host; `docker load` here takes everything."""
    sent: list[tuple[str, bytes]] = []

    def stream(host: object, command: StringCommand, source: IO[bytes], progress: object) -> Result:
        sent.append((command.get_raw_value(), source.read()))
        return Result(not sent[0][1].startswith(b"bad"), "", "invalid tar header\n")

    monkeypatch.setattr(upload, "stream", stream)
    return sent


def test_load_streams_the_file(archive: Archive, streamed: list[tuple[str, bytes]]) -> None:
    host = FakeHost({Images: ImagesSeen(room=Room("/var/lib/docker", 40.0, 1.0))})
    command = yielded(host, images.loaded, images=REFERENCES, **OURS, archive=archive)[0]
    assert call(command, host) is True
    assert streamed == [("docker load -q", b"content of the archive")]
    assert host.logs == []


def test_load_that_fails_says_why(archive: Archive, streamed: list[tuple[str, bytes]]) -> None:
    archive.path.write_bytes(b"bad")
    host = FakeHost({Images: ImagesSeen(room=Room("/var/lib/docker", 40.0, 1.0))})
    command = yielded(host, images.loaded, images=REFERENCES, **OURS, archive=archive)[0]
    assert call(command, host) is False
    assert host.logs == ["docker load failed: invalid tar header"]


def test_load_without_room_sends_nothing(
    archive: Archive, streamed: list[tuple[str, bytes]]
) -> None:
    host = FakeHost({Images: ImagesSeen(room=Room("/var/lib/containerd", 40.0, 0.5))})
    large = replace(archive, unpacked=1_000_000_000)
    command = yielded(host, images.loaded, images=REFERENCES, **OURS, archive=large)[0]
    assert call(command, host) is False
    assert streamed == []
    assert "needs 2.1 GB, 0.5 GB are free" in host.logs[0]
    assert "the filesystem of /var/lib/containerd" in host.logs[0]
