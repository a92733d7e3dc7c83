"""Images of script tasks: brought where they are missing, from the host where it has them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from kestra_provision.docker.archive import Archive, ArchivedImage
from kestra_provision.facts.script_images import ScriptImages, ScriptImagesSeen
from kestra_provision.operations import script_images
from kestra_provision.run.failure import Failure
from kestra_provision.run.findings import collecting
from kestra_provision.run.state import of
from kestra_provision.services.script_tasks import beside
from kestra_provision.settings import Settings
from tests.full import full_settings
from tests.operations.fake_host import Answer, FakeHost, call, raw, yielded

IMAGES = ["python:3.13.1-slim", "busybox:1.37"]
SETTINGS: Settings = full_settings()[0]
(SERVICE,) = beside(SETTINGS)
RECORD = "/opt/kestra/images.env"
ALL, NONE = ScriptImagesSeen(True), ScriptImagesSeen(True, (*IMAGES,))
#: The other Docker: it has what its file lists, or does not answer where there is no file.
DOCKER = """#!/bin/sh
[ "$1 $2 $3" = "exec kestra-script-docker docker" ] && [ -f "$HAS" ] || exit 1
shift 3
case "$1" in
    version) echo yes ;;
    image) for i; do :; done; grep -qx "$i" "$HAS" ;;
esac
"""


def present(seen: ScriptImagesSeen, **answers: Answer) -> tuple[list[str], FakeHost]:
    host = FakeHost({ScriptImages: seen}, answers)
    return raw(
        yielded(host, script_images.present, service=SERVICE, images=IMAGES, record=RECORD)
    ), host


def test_what_is_there_is_left_alone() -> None:
    commands, host = present(ALL)
    assert commands == []
    assert host.noops == ["all images of script tasks are there"]


def test_each_that_is_missing_is_brought_and_told_to_a_drift_check() -> None:
    host = FakeHost({ScriptImages: NONE})
    with collecting(host.as_host) as found:
        yielded(host, script_images.present, service=SERVICE, images=IMAGES, record=RECORD)
    assert [(each.what, each.actual) for each in found] == [
        (f"image {image} in kestra-script-docker", "missing") for image in IMAGES
    ]


def test_it_is_copied_from_the_host_or_pulled() -> None:
    host = FakeHost({ScriptImages: ScriptImagesSeen(True, (IMAGES[0],))})
    (command,) = yielded(host, script_images.present, service=SERVICE, images=IMAGES, record=RECORD)
    assert call(command, host)
    (said,) = raw([each for each, _ in host.ran])
    inside = "docker exec -i kestra-script-docker docker"
    assert said == (
        f"if docker image inspect {IMAGES[0]} > /dev/null 2>&1; "
        f"then docker save {IMAGES[0]} | {inside} load -q; else {inside} pull -q {IMAGES[0]}; fi "
        f"&& {inside} image inspect {IMAGES[0]} > /dev/null"
    )


def test_the_archive_is_loaded_again_for_one_that_came_into_it_later() -> None:
    archived = ArchivedImage("1" * 64, "amd64", "2026 []")
    archive = Archive(Path("images.tar"), 7, 7, dict.fromkeys(IMAGES, archived))
    host = FakeHost({ScriptImages: NONE}, {"docker image inspect": (True, "x", "")})
    commands = yielded(
        host,
        script_images.present,
        service=SERVICE,
        images=IMAGES,
        record=RECORD,
        archive=archive,
    )
    assert raw(commands) == ["_load", "_bring", "_bring"]
    assert call(commands[0], host), "the host has it: nothing is sent"
    assert raw([each for each, _ in host.ran]) == [
        f"docker image inspect --format x {IMAGES[0]} {IMAGES[1]}"
    ]


def test_one_by_its_digest_is_pulled_since_no_copy_has_it() -> None:
    digest = f"busybox@sha256:{'a' * 64}"
    host = FakeHost({ScriptImages: ScriptImagesSeen(True, (digest,))})
    (command,) = yielded(
        host, script_images.present, service=SERVICE, images=[digest], record=RECORD
    )
    assert call(command, host)
    (said,) = raw([each for each, _ in host.ran])
    assert said.startswith("if false; then ")


def test_one_that_cannot_be_had_fails_with_the_way_there_is() -> None:
    host = FakeHost({ScriptImages: NONE}, {"docker": (False, "", "no route")})
    command, _ = yielded(host, script_images.present, service=SERVICE, images=IMAGES, record=RECORD)
    assert not call(command, host)
    assert "no route" in host.said
    assert "deploy again; it is copied from there" in host.said


def test_one_that_does_not_answer_is_no_empty_one() -> None:
    host = FakeHost({ScriptImages: ScriptImagesSeen(False, (*IMAGES,))})
    (command,) = yielded(host, script_images.present, service=SERVICE, images=IMAGES, record=RECORD)
    assert isinstance(command, Failure)
    assert "kestra-script-docker does not answer" in command.message


def test_a_plan_that_starts_it_plans_all_of_them() -> None:
    host = FakeHost({ScriptImages: ScriptImagesSeen(False, (*IMAGES,))})
    host.state.is_executing = False
    of(host.as_host).coming.fates["dind"] = "starts"
    commands = yielded(host, script_images.present, service=SERVICE, images=IMAGES, record=RECORD)
    assert raw(commands) == ["_bring", "_bring"]


@pytest.mark.parametrize(
    ("has", "seen"),
    [
        ("\n".join(IMAGES), ALL),
        ("", NONE),
        (IMAGES[1], ScriptImagesSeen(True, (IMAGES[0],))),
        (None, ScriptImagesSeen(False, (*IMAGES,))),
    ],
)
def test_the_other_docker_is_asked(has: str | None, seen: ScriptImagesSeen, tmp_path: Path) -> None:
    program = tmp_path / "docker"
    program.write_text(DOCKER)
    program.chmod(0o755)
    if has is not None:
        (tmp_path / "has").write_text(has + "\n")
    done = subprocess.run(
        ["sh", "-c", ScriptImages().command(SERVICE.container, IMAGES)],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "HAS": str(tmp_path / "has")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ScriptImages().process(done.stdout.splitlines()) == seen
