"""Whether Kestra has loaded its plugins: what it lists, and what it is silent about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from kestra_provision.kestra import access
from kestra_provision.kestra.access import Access
from kestra_provision.kestra.client import Kestra
from kestra_provision.operations import plugins
from kestra_provision.plugins.jar import Jar
from kestra_provision.profiles.tools import Tools
from kestra_provision.run.failure import Failure
from tests.operations.fake_host import FakeHost, yielded
from tests.operations.test_plugins import made


@pytest.fixture
def jar(tmp_path: Path) -> Jar:
    return made(tmp_path, "one")


@dataclass
class Loading:
    """A host with a Kestra that lists these manifests."""

    manifests: Any
    executing: bool = True
    host: FakeHost = field(default_factory=FakeHost)

    def asked(self, monkeypatch: pytest.MonkeyPatch, *jars: Jar, lives: bool = True) -> list[Any]:
        answer = self.manifests
        if isinstance(answer, list):
            answer = httpx.Response(200, json=[{"manifest": each} for each in answer])

        def reply(request: httpx.Request) -> httpx.Response:
            # It has no tenant in its path.
            return answer if request.url.path == "/api/v1/plugins" else httpx.Response(404)

        http = httpx.Client(base_url="http://kestra", transport=httpx.MockTransport(reply))
        self.host.state.is_executing = self.executing
        self.host.state.inventory = SimpleNamespace(get_host=lambda name: self.host)
        state = "running" if lives else "exited"
        monkeypatch.setattr(access, "look", lambda *_: Access(state, port=8080))

        @contextmanager
        def asked(*_: object) -> Iterator[Kestra]:
            yield Kestra(http, None)

        monkeypatch.setattr(plugins, "asked", asked)
        return yielded(self.host, plugins.loaded, settings=Tools(), jars=[*jars])


CORE = {"X-Kestra-Title": "core", "X-Kestra-Group": "io.kestra.plugin.core"}


def test_what_kestra_lists_is_loaded(jar: Jar, monkeypatch: pytest.MonkeyPatch) -> None:
    loading = Loading([CORE, {**jar.told, "Manifest-Version": "1.0"}])
    assert loading.asked(monkeypatch, jar) == []
    assert loading.host.noops == ["Kestra has loaded all of them"]


@pytest.mark.parametrize("executing", [True, False])
def test_what_it_does_not_list_fails_the_deploy(
    jar: Jar, executing: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    loading = Loading([CORE], executing)
    (failure,) = loading.asked(monkeypatch, jar)
    assert isinstance(failure, Failure)
    assert f"Kestra has not loaded the plugin {jar.plugin}" in failure.message
    assert "kestra-provision logs fake | grep -i plugin" in failure.message


def test_another_version_of_it_is_told(jar: Jar, monkeypatch: pytest.MonkeyPatch) -> None:
    loading = Loading([{**jar.told, "X-Kestra-Version": "0.9"}, dict(jar.told)])
    assert loading.asked(monkeypatch, jar) == []
    assert "also as 0.9" in loading.host.logs[0]


@pytest.mark.parametrize("answer", [httpx.Response(500), httpx.Response(200, text="<html>")])
def test_a_kestra_that_does_not_tell_is_no_proof(
    jar: Jar, answer: httpx.Response, monkeypatch: pytest.MonkeyPatch
) -> None:
    (failure,) = Loading(answer).asked(monkeypatch, jar)
    assert isinstance(failure, Failure)
    assert "Kestra does not tell" in failure.message
    assert Loading(answer, executing=False).asked(monkeypatch, jar) == []


def test_a_plan_for_one_that_is_about_to_start_asks_nobody(
    jar: Jar, monkeypatch: pytest.MonkeyPatch
) -> None:
    loading = Loading([CORE], executing=False)
    assert loading.asked(monkeypatch, jar, lives=False) == []
    loading.host.run.hosts["fake"].coming.fates["kestra"] = "restarts"
    assert loading.asked(monkeypatch, jar) == []
