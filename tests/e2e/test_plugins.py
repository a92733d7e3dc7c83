"""Plugins: from a file and a repository to the server, changed, walked, killed, and gone again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.api import api
from tests.e2e.conftest import Site, changed, found
from tests.e2e.drifts_plugins import FOLDER, PLACED, RECORD, declared, waves
from tests.e2e.under_way import killed_at
from tests.e2e.verify import verified
from tests.e2e.walk import walked
from tests.maven import served
from tests.vps.plugin import make_jar, publish

ONE, TWO = "kp-one", "kp-two"
STARTED = "docker inspect -f {{.Id}}/{{.State.StartedAt}} tools-kestra"


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A Maven repository of the laptop: its folder and its address."""
    with served(tmp_path) as (url, _):
        yield tmp_path, url


def loaded(site: Site) -> dict[str, str]:
    """What Kestra lists: version by name."""
    told = api(site, "base=${base%/main}; call plugins")
    manifests = [each["manifest"] for each in json.loads(told)]
    return {m.get("X-Kestra-Name", "core"): m.get("X-Kestra-Version", "") for m in manifests}


def folder(site: Site) -> list[str]:
    return site.vps.run(f"ls -A {FOLDER} 2>/dev/null || true").stdout.split()


def test_a_set_comes_changes_and_goes(converged: Site, repository: tuple[Path, str]) -> None:
    maven, url = repository
    publish(maven, f"com.example:{TWO}:1.0.0")
    publish(maven, f"com.example:{TWO}:1.1.0")
    site, before = converged, converged.vps.run(STARTED).stdout
    with declared(site, ONE) as (jar,):
        first = site.deploy()
        assert first.returncode == 0, first.stdout + first.stderr
        assert loaded(site)[ONE] == "1.0.0"
        once = site.vps.run(STARTED).stdout
        assert once != before
        again = site.deploy()
        assert (again.returncode, changed(again)) == (0, 0), again.stderr
        assert site.vps.run(STARTED).stdout == once
        assert found(site.drift()) == []
        # More of them, by coordinates: the repository is asked once, and its jar kept.
        entries = [*site_entries(site, jar), f"com.example:{TWO}:1.0.0"]
        site.declare(kestra_plugins=entries, kestra_maven_repository=url)
        assert PLACED in site.plan()
        second = site.deploy()
        assert second.returncode == 0, second.stdout + second.stderr
        assert {ONE: "1.0.0", TWO: "1.0.0"}.items() <= loaded(site).items()
        entries = [f"com.example:{TWO}:1.1.0"]
        site.declare(kestra_plugins=entries, kestra_maven_repository=url)
        third = site.deploy()
        assert third.returncode == 0, third.stdout + third.stderr
        assert loaded(site)[TWO] == "1.1.0"
        assert ONE not in loaded(site)
        assert folder(site) == [f"com_example__{TWO}__1_1_0.jar", "ours.sha256"]
        assert site.vps.run(f"stat -c %a:%u:%g {FOLDER}/*.jar").stdout.strip() == "644:0:0"
    assert folder(site) == []
    assert not {ONE, TWO} & {*loaded(site)}
    assert site.vps.run(f"test ! -e {FOLDER}", check=False).returncode == 0


def site_entries(site: Site, jar: str) -> list[dict[str, str]]:
    file = f"plugins/{ONE}.jar"
    return [{"file": file, "sha256": make_jar(site.workspace.directory / file, ONE)}]


def test_what_cannot_be_had_is_refused_before_anything_changes(
    converged: Site, repository: tuple[Path, str]
) -> None:
    maven, url = repository
    publish(maven, f"com.example:{ONE}:1.0.0", sha1="0" * 40)
    make_jar(converged.workspace.directory / "plugins/other.jar", "other")
    before = converged.fingerprint()
    converged.declare(
        kestra_plugins=[
            f"com.example:{ONE}:1.0.0",
            f"com.example:{TWO}:9.9.9",
            {"file": "plugins/other.jar", "sha256": "0" * 64},
            {"file": "plugins/none.jar", "sha256": "0" * 64},
        ],
        kestra_maven_repository=url.replace("http://", "http://me:Canary7@"),
    )
    try:
        refused = converged.deploy()
        drift = found(converged.drift())
    finally:
        converged.declare()
    assert refused.returncode == 1
    for said in (
        f"com.example:{ONE}:1.0.0 has the sum ",
        f"com.example:{TWO}:9.9.9 is not in http://127.0.0.1",
        "plugins/other.jar has the SHA-256 ",
        "plugins/none.jar is not there",
    ):
        assert said in refused.stderr, refused.stderr
        assert any(said in finding["actual"] for finding in drift), drift
    assert "Canary7" not in refused.stdout + refused.stderr
    assert converged.fingerprint() == before


def test_one_that_kestra_does_not_load_is_named(converged: Site) -> None:
    services = "META-INF/services/io.kestra.core.models.Plugin"
    with declared(converged):
        file = converged.workspace.directory / "plugins/broken.jar"
        # Its list of classes names one that is not in it.
        sha256 = make_jar(file, "broken", **{"com/example/broken/Hello.class": ""})
        converged.declare(kestra_plugins=[{"file": "plugins/broken.jar", "sha256": sha256}])
        done = converged.deploy()
        assert done.returncode == 1
        assert "Kestra has not loaded the plugin plugins/broken.jar" in done.stderr
        assert any("broken.jar" in each["what"] for each in found(converged.drift()))
        sha256 = make_jar(file, "broken", **{services: ""})
        converged.declare(kestra_plugins=[{"file": "plugins/broken.jar", "sha256": sha256}])
        refused = converged.deploy()
        assert refused.returncode == 1
        assert f"plugins/broken.jar has no {services}" in refused.stderr


@pytest.mark.long
def test_walk_of_plugins(converged: Site) -> None:
    with declared(converged, ONE, TWO) as jars:
        assert converged.deploy().returncode == 0
        for wave in waves(*jars):
            walked(converged, wave)
        assert {ONE, TWO} <= loaded(converged).keys()
        verified(converged.vps, only="test_plugins.py")
        # What others put there is nobody's to remove, and no container gets it.
        converged.vps.run(f"cp {FOLDER}/{jars[0]} {FOLDER}/strange.jar")
        (notice,) = (
            f for f in found(converged.drift(), "notice") if f["what"] == f"{FOLDER}/strange.jar"
        )
        assert "somebody put it there" in notice["actual"]
        assert converged.deploy().returncode == 0
        assert "strange.jar" in folder(converged)
        converged.vps.run(f"rm {FOLDER}/strange.jar")


@pytest.mark.long
def test_killed_while_a_jar_is_sent(converged: Site) -> None:
    with declared(converged, ONE, TWO) as jars:
        for point in (f"Starting operation: {PLACED}", "sending plugins/", "compose up: "):
            killed_at(converged, point)
        done = converged.deploy()
        assert done.returncode == 0, done.stdout + done.stderr
        assert sorted(folder(converged)) == sorted([*jars, "ours.sha256"])
        assert {ONE, TWO} <= loaded(converged).keys()
        # One that is no longer declared after a kill goes as well: it was written down before.
        converged.vps.run(f"echo x > {FOLDER}/.{jars[0]}.kestra-provision")
        assert converged.vps.run(f"grep -c jar {RECORD}").stdout.strip() == "2"
