"""A repository of flows, and the stage that makes a server have them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kestra_provision.flows import tree
from kestra_provision.kestra.kinds import kinds_of
from kestra_provision.operations import flows as operations
from kestra_provision.operations import flows_valid
from kestra_provision.profiles.tools import Tools
from kestra_provision.run.failure import Failure
from kestra_provision.run.observation import forget
from kestra_provision.sync.comparison import Named
from tests.operations.fake_flows import FakeFlows, RecordHost
from tests.operations.fake_host import call, yielded

SETTINGS = Tools()


class Sync:
    """A repository of one namespace, its server, and the stage that makes them the same."""

    def __init__(self, folder: Path, server: FakeFlows) -> None:
        self.folder, self.server, self.host = folder, server, RecordHost()
        (folder / "a").mkdir(parents=True)

    def flow(self, name: str, more: str = "") -> str:
        source = f"id: {name}\nnamespace: a\n{more}"
        (self.folder / "a" / f"{name}.yaml").write_text(source)
        return source

    def without(self, name: str) -> None:
        (self.folder / "a" / f"{name}.yaml").unlink()

    def run(
        self, mine: Named | tuple[()] = (), prune: bool = False, number: int | None = None
    ) -> str:
        """The stage; why it failed, empty where it did not."""
        files, values, flows = kinds_of(tree.read([self.folder]))
        self.host.logs.clear()
        stages: list[tuple[Any, dict[str, Any]]] = [(flows_valid.valid, {"flows": flows})]
        kinds = {"kinds": [flows, values, files], "prune": prune, "number": number, "mine": mine}
        stages.append((operations.meant, kinds))
        for each in (files, values, flows):
            stages.append((operations.written, {"resource": each, "mine": mine}))
        named = {"kinds": kinds["kinds"], "named": getattr(mine, "names", ()), "mine": mine}
        stages += [(operations.removed, kinds), (operations.decided, named)]
        for operation, arguments in stages:
            forget(self.host.as_host)
            for command in yielded(self.host, operation, settings=SETTINGS, **arguments):
                if not call(command, self.host):
                    return command.message if isinstance(command, Failure) else self.host.logs[-1]
        return ""
