"""Which plugins may be declared, and what each is called on a host."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from kestra_provision.profiles import PROFILES, SETTINGS, stack_of
from kestra_provision.profiles.tools import Tools
from kestra_provision.render.host.compose import render_compose
from kestra_provision.render.host.docker_run import docker_run
from kestra_provision.settings import SettingsError
from kestra_provision.settings.load import load
from kestra_provision.settings.shown import recorded

SUM = "0123456789ab" + "c" * 52
SLACK = "io.kestra.plugin:plugin-slack:1.1.0"
MINE = {"file": "plugins/mine 1.0-all.jar", "sha256": SUM}
HERE = "/opt/kestra/tools/kestra/plugins"
JARS = ("io_kestra_plugin__plugin-slack__1_1_0.jar", "mine-1.0-all-0123456789ab.jar")


def refused(*plugins: Any, **more: Any) -> str:
    with pytest.raises(SettingsError) as error:
        load("h", [("all.py", {"kestra_plugins": [*plugins], **more})], SETTINGS)
    return str(error.value)


@pytest.mark.parametrize(
    ("plugin", "why"),
    [
        ("plugin-slack", "plugin-slack must be group:artifact:version, such as io.kestra"),
        ("io.kestra.plugin:plugin-slack", "must be group:artifact:version"),
        (f"{SLACK}:all", "must be group:artifact:version"),
        ("a:b:LATEST", "a:b:LATEST names no version"),
        ("a:b:release", "names no version"),
        ("a:b:[1.0,2.0)", "names no version"),
        ("a:b:1.0-SNAPSHOT", "is a snapshot"),
        ("a:b/c:1.0", "must be letters, digits"),
        ("a:b:..", "must be letters, digits"),
        ("plugins/mine.jar", "plugins/mine.jar needs its sum: {"),
        ({"file": "plugins/mine.jar"}, "sha256sum plugins/mine.jar tells it"),
        ({"file": "plugins/mine.zip", "sha256": SUM}, "must be a file that ends with .jar"),
        ({"plugin": SLACK, "file": "x.jar", "sha256": SUM}, "has either a plugin or a file"),
        ({"sha256": SUM}, "has either a plugin or a file"),
        ({"plugin": SLACK, "sha256": "abc"}, "must be 64 hexadecimal digits"),
        ({"plugin": SLACK, "sum": SUM}, "Extra inputs are not permitted"),
    ],
)
def test_what_is_no_plugin_is_refused(plugin: Any, why: str) -> None:
    assert why in refused(plugin)


@pytest.mark.parametrize(
    ("plugins", "named"),
    [
        ([SLACK, SLACK.replace("1.1.0", "1.2.0")], "io.kestra.plugin:plugin-slack twice"),
        ([SLACK, SLACK], "io.kestra.plugin:plugin-slack twice"),
        ([MINE, {**MINE, "sha256": SUM[::-1]}], "plugins/mine 1.0-all.jar twice"),
        ([MINE, {**MINE, "file": "others/mine 1.0-all.jar"}], "others/mine 1.0-all.jar twice"),
    ],
)
def test_of_two_nobody_knows_which_one_counts(plugins: list[Any], named: str) -> None:
    assert f"kestra_plugins has {named}" in refused(*plugins)


@pytest.mark.parametrize(
    ("group", "version", "image", "why"),
    [
        ("io.kestra.plugin", "0.24.0", "kestra/kestra:v1.3.39", "is for Kestra 0.24"),
        ("io.kestra.storage", "2.0.0", "kestra/kestra:v1.3.39", "is for Kestra 2.0 or newer"),
        ("io.kestra.plugin", "1.0.0", "kestra/kestra:v0.24.5", "is for Kestra 1.0 or newer"),
        ("io.kestra.plugin", "0.23.1", "kestra/kestra:v0.24.5", "is for Kestra 0.23"),
        ("io.kestra.plugin", "1.9.0", "kestra/kestra:v1.3.39", ""),
        ("io.kestra.plugin", "1.9.0", "kestra/kestra:v2.0.1", ""),
        ("io.kestra.plugin", "0.24.1", "kestra/kestra:v0.24.5", ""),
        ("io.kestra.plugin", "0.24.1", f"mine/kestra@sha256:{SUM}", ""),
        ("com.example", "0.1", "kestra/kestra:v1.3.39", ""),
    ],
)
def test_kestras_own_are_for_the_kestra_that_is_declared(
    group: str, version: str, image: str, why: str
) -> None:
    plugin = f"{group}:x:{version}"
    data = {"kestra_image": image, "accept_vulnerable_version": True}
    if why:
        assert f"{plugin} {why}" in refused(plugin, **data)
    else:
        load("h", [("all.py", {"kestra_plugins": [plugin], **data})], SETTINGS)


def test_a_jar_that_anybody_could_change_needs_a_sum() -> None:
    http = {"kestra_maven_repository": "http://maven.example.com/"}
    assert f"give {SLACK} a sha256" in refused(SLACK, **http)
    summed = {"plugin": SLACK, "sha256": SUM}
    load("h", [("all.py", {"kestra_plugins": [summed, MINE], **http})], SETTINGS)
    for here in ("http://localhost:8000/", "http://127.0.0.1/", "http://[::1]:9/"):
        Tools.model_validate({"kestra_plugins": [SLACK], "kestra_maven_repository": here})


@pytest.mark.parametrize(
    "url", ["maven.example.com", "https://x.org/maven2", "https://x.org/?a=b/"]
)
def test_a_login_in_the_repository_is_never_shown(url: str) -> None:
    secret = url.replace("https://", "https://me:Canary@")
    assert "must start with http:// or https:// and end with /" in refused(
        kestra_maven_repository=url
    )
    assert "Canary" not in refused("a:b", kestra_maven_repository=f"{secret}#")
    settings = Tools.model_validate({"kestra_maven_repository": "https://me:Canary@x.org/"})
    assert "Canary" not in str(recorded(settings))


@pytest.mark.parametrize(
    "login", ["me:Can#ary", "me:Can?ary", "me:Can@ary", "me:Can/ary", "me:pass@me:8o"]
)
def test_a_login_that_would_be_taken_for_something_else_is_refused(login: str) -> None:
    """Or the half of it would be a host, or be shown."""
    said = refused(SLACK, kestra_maven_repository=f"https://{login}@x.org/maven/")
    assert "%40 %3A %2F %3F %23" in said
    assert "ary" not in said
    encoded = {"kestra_maven_repository": "https://me:Can%40ary@x.org:8443/maven/"}
    assert "Can" not in str(recorded(Tools.model_validate(encoded)))


def test_it_is_told_as_it_was_written() -> None:
    settings = Tools.model_validate({"kestra_plugins": [SLACK, MINE]})
    assert settings.model_dump(mode="json")["kestra_plugins"] == [SLACK, MINE]
    assert [str(plugin) for plugin in settings.kestra_plugins] == [SLACK, MINE["file"]]


@pytest.mark.parametrize("profile", PROFILES)
def test_each_is_mounted_by_itself_with_compose_and_without(profile: str) -> None:
    settings = SETTINGS[profile].model_validate({"kestra_plugins": [SLACK, MINE]})
    stack = stack_of(settings)
    text = render_compose(settings, stack, stack.sizes(8192), "0" * 64)
    volumes = yaml.safe_load(text)["services"]["kestra"]["volumes"]
    root = settings.root_dir
    mounts = [f"{root}/tools/kestra/plugins/{jar}:/app/plugins/{jar}:ro" for jar in JARS]
    assert [v for v in volumes if "plugins" in v] == mounts
    alone = docker_run(text, root, stack.environment)
    assert all(f"-v {mount}" in alone for mount in mounts)
    assert f"{root}/tools/kestra/plugins" in [d.path for d in stack.directories]


def test_without_any_there_is_nothing_of_them() -> None:
    stack = stack_of(Tools())
    assert stack.mounted == []
    assert HERE not in [directory.path for directory in stack.directories]
    assert "plugins" not in render_compose(Tools(), stack, stack.sizes(8192), "0" * 64)
