"""Flows judged by a Kestra of another image, before an upgrade to it."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.api import api
from tests.e2e.conftest import Site
from tests.e2e.drifts_flows import FLOW, NAMESPACE, placed
from tests.e2e.under_way import started

NEW = "kestra/kestra:v1.3.99"
TRIAL = "tools-kestra-trial"
_YAML = "-H 'Content-Type: application/x-yaml'"


@pytest.fixture(scope="module")
def folder(converged: Site) -> Iterator[Path]:
    """Of a repository with a flow; the server has another one, and the image under a new name."""
    running = json.loads(converged.vps.run("docker inspect tools-kestra").stdout)[0]["Image"]
    converged.vps.run(f"docker tag {running} {NEW}")
    with placed(converged) as found:
        text = FLOW.format(name="theirs")
        api(converged, f"call flows -X POST {_YAML} --data-binary '{text}'")
        yield found
        api(converged, f"call flows/{NAMESPACE}/theirs -X DELETE")
    converged.vps.run(f"docker rmi {NEW}")


def validated(site: Site, image: str = NEW) -> tuple[dict[str, Any], str]:
    """What it tells, of one host; and what it says meanwhile. The running Kestra goes on."""
    see = "docker inspect -f '{{.Id}} {{.State.StartedAt}}' tools-kestra"
    before = site.vps.run(see).stdout
    done = site.command("flows", "validate", "--image", image, "--json")
    assert done.stdout, done.stderr
    told = json.loads(done.stdout)
    assert done.returncode == told["exit_code"]
    assert site.vps.run(see).stdout == before
    (host,) = told["hosts"]
    return {**host, "exit_code": told["exit_code"]}, done.stderr


def left(site: Site) -> str:
    return site.vps.run(f"docker ps -aq --filter name={TRIAL}").stdout


def test_all_flows_are_valid_for_the_new_image(converged: Site, folder: Path) -> None:
    host, said = validated(converged)
    assert (host["exit_code"], host["reason"], host["invalid"]) == (0, "", [])
    assert (host["flows"], host["image"]) == (2, NEW), "the repository's, and the server's own"
    assert f"{NEW} starts beside the running Kestra" in said
    assert left(converged) == ""
    assert converged.drift()["exit_code"] == 0


def test_one_that_it_refuses_is_named(converged: Site, folder: Path) -> None:
    bad = folder / "bad.yaml"
    bad.write_text(FLOW.format(name="bad").replace("core.log.Log", "no.such.Task"))
    host, _ = validated(converged)
    bad.unlink()
    assert host["exit_code"] == 2
    (invalid,) = host["invalid"]
    assert (invalid["file"], invalid["line"]) == (f"flows/{NAMESPACE}/bad.yaml", 5)
    assert "no.such.Task" in invalid["message"]


@pytest.mark.parametrize(
    ("image", "reason"),
    {
        "kestra/kestra:v9.9.9": "cannot be pulled",
        "kestra/kestra:v0.20.7": "flows as code needs 1.0 or newer",
    }.items(),
)
def test_an_image_that_cannot_be_asked(
    converged: Site, folder: Path, image: str, reason: str
) -> None:
    host, _ = validated(converged, image)
    assert host["exit_code"] == 1
    assert reason in host["reason"]
    assert left(converged) == ""


def test_one_that_does_not_start_says_why(converged: Site, folder: Path) -> None:
    """Of a name anybody can be mistaken: here it is PostgreSQL's."""
    converged.vps.run(f"docker tag {converged.data['postgres_image']} kestra/kestra:v1.3.98")
    host, _ = validated(converged, "kestra/kestra:v1.3.98")
    converged.vps.run("docker rmi kestra/kestra:v1.3.98")
    assert host["exit_code"] == 1
    assert "it ended while it started. Its log ends with:" in host["reason"]
    assert left(converged) == ""


def test_what_a_killed_one_left_is_cleared_away_and_what_others_ask_is_not(
    converged: Site, folder: Path
) -> None:
    """Two at once, over one whose time is over, with a configuration of 100 KB."""
    label = "--label kestra-provision.trial=tools-kestra --label kestra-provision.trial.ends="
    run = "docker run -d --entrypoint sleep --name"
    converged.vps.run(f"{run} {TRIAL}-left {label}$(date +%s) {NEW} 600")
    converged.vps.run(f"{run} {TRIAL}-stranger {NEW} 600")
    converged.declare(kestra_config={"kestra": {"variables": {"globals": {"long": "x" * 100_000}}}})
    asked = ("flows", "validate", "--image", NEW)
    try:
        with started(converged, "kestra-provision", *asked) as other:
            other.until("starts beside")
            assert validated(converged)[0]["exit_code"] == 0
            assert other.end() == 0, other.said
        names = converged.vps.run(f"docker ps -a --filter name={TRIAL} --format '{{{{.Names}}}}'")
        assert names.stdout.split() == [f"{TRIAL}-stranger"]
    finally:
        converged.declare()
        converged.vps.run(f"docker rm -f {TRIAL}-stranger")


def test_ctrl_c_leaves_nothing(converged: Site, folder: Path) -> None:
    asked = ("flows", "validate", "--image", NEW)
    with started(converged, "kestra-provision", *asked) as run:
        run.until("starts beside")
        run.send(signal.SIGINT)
        assert run.end() == 130, run.said
    assert left(converged) == ""
