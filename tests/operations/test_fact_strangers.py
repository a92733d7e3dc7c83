"""Volumes and networks that only have our name, as a real shell reads Docker's words."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from kestra_provision.facts.network import Networks, NetworkSeen, networks_arguments
from kestra_provision.facts.survey import Survey, survey_arguments
from kestra_provision.profiles import stack_of
from kestra_provision.profiles.quick import Quick
from kestra_provision.profiles.tools import Tools

DOCKER = """#!/bin/sh
case "$1 $2" in
    "volume ls") printf '%s|%s||/none\\n' mine "" tools-kestra_postgres-data "$LABEL" ;;
    "network inspect") shift 4
        for n; do [ "$n" = gone ] && exit 1; echo "$n bridge false false $OURS $PROJECT"; done ;;
esac
"""


def told(folder: Path, command: str, **environment: str) -> list[str]:
    """What a script says, with a `docker` of the test's own."""
    (folder / "docker").write_text(DOCKER)
    (folder / "docker").chmod(0o755)
    path = f"{folder}:{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-c", command],
        env={**os.environ, "PATH": path, "privilege": "root", "user": "root", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.splitlines()


def test_volume_without_our_label_is_a_strangers(tmp_path: Path) -> None:
    command = Survey().command(**survey_arguments(Tools(), stack_of(Tools())))
    seen = Survey().process(told(tmp_path, command, LABEL=""))
    assert (*seen.strange_volumes,) == ("tools-kestra_postgres-data",)
    assert not seen.volumes
    seen = Survey().process(told(tmp_path, command, LABEL="true"))
    assert (*seen.volumes,) == ("tools-kestra_postgres-data",)
    assert not seen.strange_volumes


def test_stack_without_volumes_has_no_strange_ones(tmp_path: Path) -> None:
    command = Survey().command(**survey_arguments(Quick(), stack_of(Quick())))
    assert Survey().process(told(tmp_path, command, LABEL="")).strange_volumes == frozenset()


def test_networks_and_whose_they_are(tmp_path: Path) -> None:
    asked = networks_arguments(stack_of(Tools()))
    shared, internal = asked["names"]
    assert internal == "tools-kestra_internal"
    command = Networks().command(**asked)
    seen = Networks().process(told(tmp_path, command, OURS="false", PROJECT="other"))
    assert seen == dict.fromkeys([shared, internal], NetworkSeen("bridge", project="other"))
    seen = Networks().process(told(tmp_path, command, OURS="true", PROJECT=""))
    assert seen == dict.fromkeys([shared, internal], NetworkSeen("bridge", ours=True))
    assert Networks().process(told(tmp_path, Networks().command(["gone"]))) == {}
