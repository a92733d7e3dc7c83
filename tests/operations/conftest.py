"""What several tests of operations start from."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from kestra_provision.health import api
from tests.operations.fake_flows import FakeFlows, serving
from tests.operations.fake_kestra import FakeKestra
from tests.operations.flows_sync import Sync


@pytest.fixture
def kestra(monkeypatch: pytest.MonkeyPatch) -> FakeKestra:
    fake = FakeKestra()

    def client(host: object, port: int, *args: Any, **more: Any) -> httpx.Client:
        return httpx.Client(
            base_url=f"http://127.0.0.1:{port}", transport=httpx.MockTransport(fake)
        )

    monkeypatch.setattr(api, "http_client", client)
    return fake


@pytest.fixture
def sync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sync:
    server = FakeFlows()
    serving(monkeypatch, server)
    return Sync(tmp_path / "flows", server)
