"""The types a flow may use: Kestra's core, the script tasks of the full image, jars of plugins."""

import os
import zipfile
from pathlib import Path
from typing import Any

_CORE = "io.kestra.plugin.core"
_SERVICES = "META-INF/services/io.kestra.core.models.Plugin"

_TASKS = """
debug.Echo debug.Return execution.Assert execution.Count execution.Exit execution.Fail
execution.Labels
execution.PurgeExecutions execution.Resume flow.AllowFailure flow.Dag flow.EachParallel
flow.EachSequential flow.ForEach flow.ForEachItem flow.If flow.Parallel flow.Pause
flow.Sequential flow.Sleep flow.Subflow flow.Switch flow.Template flow.WaitFor
flow.WorkingDirectory http.Download http.Request kv.Delete kv.Get kv.GetKeys kv.Set
log.Fetch log.Log log.PurgeLogs namespace.DeleteFiles namespace.DownloadFiles
namespace.UploadFiles output.OutputValues runner.Process state.Delete state.Get state.Set
storage.Concat storage.DeduplicateItems storage.Delete storage.FilterItems
storage.LocalFiles storage.PurgeCurrentExecutionFiles storage.Reverse storage.Size
storage.Split storage.Write templating.TemplatedTask trigger.Toggle
"""
_TRIGGERS = "http.Trigger trigger.Flow trigger.Schedule trigger.ScheduleOnDates trigger.Webhook"
_SCRIPTS = "python.Commands python.Script shell.Commands shell.Script"

TASKS = [f"{_CORE}.{name}" for name in _TASKS.split()]
TRIGGERS = [f"{_CORE}.{name}" for name in _TRIGGERS.split()]
SCRIPTS = [f"io.kestra.plugin.scripts.{name}" for name in _SCRIPTS.split()]

#: The names of 0.17 and before, which still run.
ALIASES = {
    f"io.kestra.core.tasks.{old}": f"{_CORE}.{new}"
    for old, new in (
        ("log.Log", "log.Log"),
        ("debugs.Echo", "debug.Echo"),
        ("debugs.Return", "debug.Return"),
        ("executions.Fail", "execution.Fail"),
        ("flows.If", "flow.If"),
        ("flows.Pause", "flow.Pause"),
        ("flows.Sequential", "flow.Sequential"),
        ("flows.Subflow", "flow.Subflow"),
        ("flows.WorkingDirectory", "flow.WorkingDirectory"),
    )
}


def _jars(folder: Path) -> list[tuple[dict[str, str], list[str]]]:
    """Return manifest and tasks of each jar that has some; as Kestra, pass over all others."""
    found = []
    for path in sorted(folder.glob("*.jar")):
        try:
            with zipfile.ZipFile(path) as jar:
                manifest = jar.read("META-INF/MANIFEST.MF").decode()
                services = jar.read(_SERVICES).decode().split()
                there = {name.replace("/", ".") for name in jar.namelist()}
        except (OSError, KeyError, zipfile.BadZipFile):
            continue
        lines = manifest.replace("\r\n", "\n").replace("\n ", "").splitlines()
        legal = (task for task in services if all(map(str.isidentifier, task.split("."))))
        if tasks := [task for task in legal if f"{task}.class" in there]:
            found.append((dict(line.split(": ", 1) for line in lines if ": " in line), tasks))
    return found


#: Read when the server starts, and never again.
_JARS = _jars(Path(os.environ.get("KESTRA_PLUGINS_PATH", "/app/plugins")))
TASK_TYPES = frozenset(TASKS + SCRIPTS + [task for _, tasks in _JARS for task in tasks])
TRIGGER_TYPES = frozenset(TRIGGERS)


def current(name: str) -> str:
    """Return what a type is called today."""
    return ALIASES.get(name, name)


def listing() -> list[dict[str, Any]]:
    """Return the plugins in the shape of `GET /api/v1/plugins`."""
    return [
        _plugin("core", _CORE, TASKS, TRIGGERS),
        _plugin("plugin-script", "io.kestra.plugin.scripts", SCRIPTS, []),
        *(_of_jar(manifest, tasks) for manifest, tasks in _JARS),
    ]


def _of_jar(manifest: dict[str, str], tasks: list[str]) -> dict[str, Any]:
    title, group = manifest.get("X-Kestra-Title", ""), manifest.get("X-Kestra-Group", "")
    name = manifest.get("X-Kestra-Name", "core")
    return _plugin(title, group, tasks, []) | {"name": name, "manifest": manifest}


def _plugin(name: str, group: str, tasks: list[str], triggers: list[str]) -> dict[str, Any]:
    manifest = {"X-Kestra-Title": name, "X-Kestra-Group": group, "Manifest-Version": "1.0"}
    return {
        "name": name,
        "title": name,
        "group": group,
        "manifest": manifest,
        "tasks": tasks,
        "triggers": triggers,
    }
