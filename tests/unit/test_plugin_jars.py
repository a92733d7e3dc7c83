"""Jars of plugins on the laptop: fetched once, checked, and looked into."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from kestra_provision.plugins import declared, maven
from kestra_provision.plugins.declared import Jars, jars_of
from kestra_provision.plugins.jar import SERVICES, PluginError, read_jar
from kestra_provision.profiles.tools import Tools
from kestra_provision.settings.plugin import Plugin
from tests.maven import served
from tests.vps.plugin import make_jar, publish

ONE = "com.example:one:1.0"
PATH = "/com/example/one/1.0/one-1.0.jar"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    forget()
    yield tmp_path / "cache" / "kestra-provision" / "plugins"
    forget()


def forget() -> None:
    """As another run does."""
    declared._of_repository.cache_clear()


def of(*plugins: Any, **more: Any) -> Jars:
    return jars_of(Tools.model_validate({"kestra_plugins": [*plugins], **more}))


def problem(*plugins: Any, **more: Any) -> str:
    found = of(*plugins, **more)
    assert found.jars == ()
    (told,) = found.problems
    return str(told)


def test_fetched_once_and_kept_by_its_sum(tmp_path: Path, cache: Path) -> None:
    jar = publish(tmp_path / "maven", ONE)
    sha256 = hashlib.sha256(jar.read_bytes()).hexdigest()
    with served(tmp_path / "maven") as (url, asked):
        for _ in range(3):
            (found,) = of(ONE, kestra_maven_repository=url).jars
            forget()
    assert asked == [PATH, f"{PATH}.sha256", f"{PATH}.sha1"]
    assert (found.path, found.sha256) == (cache / f"{sha256}.jar", sha256)
    assert found.told == {
        "X-Kestra-Name": "one",
        "X-Kestra-Title": "one",
        "X-Kestra-Group": "com.example.one",
        "X-Kestra-Version": "1.0",
    }
    assert [path for path in cache.iterdir() if path.name.endswith(".part")] == []


def test_what_somebody_changed_in_the_cache_is_fetched_again(tmp_path: Path, cache: Path) -> None:
    publish(tmp_path / "maven", ONE)
    with served(tmp_path / "maven") as (url, asked):
        (first,) = of(ONE, kestra_maven_repository=url).jars
        first.path.write_bytes(b"another")
        forget()
        (second,) = of(ONE, kestra_maven_repository=url).jars
    assert asked.count(PATH) == 2
    assert hashlib.sha256(second.path.read_bytes()).hexdigest() == second.sha256 == first.sha256


def test_a_declared_sum_needs_no_other(tmp_path: Path) -> None:
    jar = publish(tmp_path / "maven", ONE, sha1="0" * 40)
    sha256 = hashlib.sha256(jar.read_bytes()).hexdigest()
    with served(tmp_path / "maven") as (url, asked):
        found = of({"plugin": ONE, "sha256": sha256}, kestra_maven_repository=url)
    assert (len(found.jars), asked) == (1, [PATH])


@pytest.mark.parametrize(
    ("sums", "sha256", "why"),
    [
        ({"sha1": "0" * 40}, None, "its repository says " + "0" * 40),
        ({"sha256": "0" * 64}, None, "its repository says " + "0" * 64),
        ({"sha1": "gone"}, None, "has no sum beside it"),
        ({}, "0" * 64, "kestra_plugins says " + "0" * 64),
    ],
)
def test_another_sum_is_refused_and_not_kept(
    tmp_path: Path, cache: Path, sums: dict[str, str], sha256: str | None, why: str
) -> None:
    publish(tmp_path / "maven", ONE, **sums)
    with served(tmp_path / "maven") as (url, _):
        entry = {"plugin": ONE, "sha256": sha256} if sha256 else ONE
        assert why in problem(entry, kestra_maven_repository=url)
    assert [*cache.iterdir()] == []


def test_each_host_is_told_what_one_run_found_out(tmp_path: Path) -> None:
    with served(tmp_path) as (url, asked):
        for _ in range(2):
            assert f"{ONE} is not in {url}" in problem(ONE, kestra_maven_repository=url)
    assert asked == [PATH]


def test_a_login_is_used_and_never_shown(tmp_path: Path) -> None:
    publish(tmp_path, ONE)
    right = "Basic " + base64.b64encode(b"me:Canary8").decode()
    with served(tmp_path, right) as (url, _):
        said = problem(ONE, kestra_maven_repository=url.replace("//", "//me:Canary9@"))
        assert f"{url} lets nobody in with this login (401)" in said
        assert "Canary" not in said
        found = of(ONE, kestra_maven_repository=url.replace("//", "//me:Canary8@"))
        assert len(found.jars) == 1


def test_nobody_there_is_named_with_the_way_out(tmp_path: Path) -> None:
    with served(tmp_path) as (url, _):
        pass
    said = problem(ONE, kestra_maven_repository=url.replace("//", "//me:Canary9@"))
    assert f"{ONE} cannot be fetched from {url}" in said
    assert "HTTPS_PROXY" in said
    assert "Canary" not in said


def test_a_cache_that_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(tmp_path / "maven", ONE)
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with served(tmp_path / "maven") as (url, _):
        assert "set XDG_CACHE_HOME" in problem(ONE, kestra_maven_repository=url)


def test_a_file_is_the_one_whose_sum_was_given(tmp_path: Path) -> None:
    file = tmp_path / "mine.jar"
    sha256 = make_jar(file, "mine")
    (jar,) = of({"file": str(file), "sha256": sha256}).jars
    assert (jar.path, jar.size) == (file, file.stat().st_size)
    assert f"has the SHA-256 {sha256}" in problem({"file": str(file), "sha256": "0" * 64})
    assert "is not there" in problem({"file": f"{file}.jar", "sha256": sha256})


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"META-INF/MANIFEST.MF": ""}, "its manifest has no X-Kestra-Group"),
        ({"META-INF/MANIFEST.MF": "Main-Class: x\n"}, "its manifest has no X-Kestra-Group"),
        ({SERVICES: ""}, f"has no {SERVICES}"),
        ({SERVICES: "\n"}, f"has no {SERVICES}"),
    ],
)
def test_what_kestra_would_load_nothing_of_is_refused(
    tmp_path: Path, more: dict[str, str], why: str
) -> None:
    file = tmp_path / "mine.jar"
    sha256 = make_jar(file, "mine", **more)
    assert why in problem({"file": str(file), "sha256": sha256})


def test_what_is_no_jar_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "mine.jar"
    file.write_bytes(b"PK, or not")
    plugin = Plugin.model_validate({"file": str(file), "sha256": "0" * 64})
    with pytest.raises(PluginError, match="is no jar"):
        read_jar(plugin, file, "0" * 64)


def test_a_long_line_of_a_manifest_is_one_and_its_sections_are_none(tmp_path: Path) -> None:
    file = tmp_path / "mine.jar"
    manifest = "X-Kestra-Group: com.exam\r\n ple.m\r\n ine\r\n\r\nName: x\r\nX-Kestra-Title: no\r\n"
    sha256 = make_jar(file, "mine", **{"META-INF/MANIFEST.MF": manifest})
    (jar,) = of({"file": str(file), "sha256": sha256}).jars
    assert jar.told == {"X-Kestra-Group": "com.example.mine"}


def test_every_step_of_a_redirection_counts() -> None:
    """Who changes what comes over http could lead to a server of his own, with TLS."""
    steps = ["https://maven.example.com/a.jar", "http://cdn.example.com/a.jar"]
    history = [httpx.Response(302, request=httpx.Request("GET", step)) for step in steps]
    last = httpx.Request("GET", "https://elsewhere.example.com/a.jar")
    assert maven._came_safely(httpx.Response(200, request=last, history=history[:1]))
    assert not maven._came_safely(httpx.Response(200, request=last, history=history))
