"""What the product does for a case of `golden_cases`, as texts by name.

All that is known of the product here: its folder, the programs that an operator calls, and the
files that those read. See `golden_host` for the hosts.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.unit.golden_cases import CASES, SECRETS, Case
from tests.unit.test_archive import CONFIG, MANIFEST, saved
from tests.unit.test_compose_deb import package

ROOT = Path(__file__).resolve().parents[2]
#: What an operator's folder has of ours.
_SHIPPED = ("deploy.py", "config.py", "tasks", "runbooks", "templates", "group_data")
COMMAND = str(Path(sys.executable).with_name("kestra-provision"))
#: More of a host on which a deploy was made.
DEPLOYED = {
    "env": "2026-01-02 03:04:05",
    "docker": "29.1.3",
    "compose": "2.40.3",
    "packages": ["docker-ce", "docker-ce-cli", "containerd.io", "docker-compose-plugin"],
}
RUNBOOKS = ("restart", "stop", "start")
#: Cases whose runbooks are written down as well.
_WITH_RUNBOOKS = ("default", "archive", "names", "quick", "watch-never", "sudo")
_HOME = "/opt/kestra"
#: How `kestra_provision.commands.files.write_file` writes; its own words stand in `looks.txt`.
_WRITES = re.compile(
    r"\{ \[ ! -d (?P<path>\S+) \] \|\| rmdir (?P=path); \} && umask 077 && cat > (?P<new>\S+) "
    r"&& \{ \[ \$\(wc -c < (?P=new)\) -eq \d+ \] \|\| "
    r"\{ echo '(?P=path) arrived cut off and was not replaced; run again' >&2; false; \}; \} "
    r"&& chown (?P<owner>\S+) (?P=new) && chmod (?P<mode>\S+) (?P=new) "
    r"&& \{ (?P<check>.*); \} && mv -fT (?P=new) (?P=path) \|\| \{ rm -f (?P=new); exit 1; \}"
)

Texts = dict[str, str]


def texts(folder: Path) -> dict[str, Texts]:
    """Every text of every case: the plan, what is looked at, the files that are written.

    + folder: empty, for what an operator has
    """
    for name in _SHIPPED:
        (folder / name).symlink_to(ROOT / name)
    manifest: list[Any] = list(MANIFEST)
    configs: dict[str, Any] = {str(entry["Config"]): CONFIG for entry in manifest}
    saved(folder / "images.tar", {**configs, "manifest.json": manifest})
    (folder / "compose.deb").write_bytes(package())
    found: dict[str, Texts] = {}
    for given, profile in _runs():
        cases = {n: c for n, c in CASES.items() if _run_of(c) == (given, profile)}
        found |= _of_environment(folder, cases, given)
    return {name: found[name] for name in CASES}


def commands(folder: Path) -> Texts:
    """What each command of `kestra-provision` says of a bare host, and what it looks at.

    + folder: empty, for what an operator has
    """
    for name in _SHIPPED:
        (folder / name).symlink_to(ROOT / name)
    (folder / "inventory").mkdir()
    (folder / "inventory" / "server.py").write_text('hosts = ["vps1"]\n')
    told = json.loads(program(folder, ["-m", "tests.unit.golden_cli"], {}).stdout)
    found = {f"{name}.txt": said["output"] for name, said in told.items()}
    looks = list(dict.fromkeys(look for said in told.values() for look in said["looks"]))
    found["looks.txt"] = "\n\n".join(map(_unwrapped, looks)) + "\n"
    return {name: _of_nobody(_of_no_machine(text, folder)) for name, text in found.items()}


def program(
    folder: Path, arguments: list[str], given: Mapping[str, str], stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """Runs Python there, without settings or secrets but the given ones."""
    here = {"HOME": str(folder), "PYTHONPATH": str(ROOT), "USER": "alice", "LC_ALL": "C.UTF-8"}
    here |= {"PATH": os.environ["PATH"], "COLUMNS": "120", "TZ": os.environ.get("TZ", "UTC")}
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**here, **given},
        input=stdin,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done


def _runs() -> list[tuple[Mapping[str, str], str]]:
    """One for all cases that can share it."""
    found: list[tuple[Mapping[str, str], str]] = []
    for case in CASES.values():
        if _run_of(case) not in found:
            found.append(_run_of(case))
    return found


def _run_of(case: Case) -> tuple[Mapping[str, str], str]:
    """The secrets of an operator hold for all hosts of a run, and an operation has one name."""
    return case.given, str(case.settings.get("profile", ""))


def comparable(default: Texts, other: Texts) -> Texts:
    """The default case without the runbooks that are not written down for the other one."""
    left_out = tuple(f"plan/{r}" for r in RUNBOOKS if f"plan/{r}.txt" not in other)
    return {name: text for name, text in default.items() if not name.startswith(left_out or "-")}


def _of_environment(
    folder: Path, cases: Mapping[str, Case], given: Mapping[str, str]
) -> dict[str, Texts]:
    hosts = {
        f"golden-{name}": {"settings": _settings(case, folder), "host": dict(case.host)}
        for name, case in cases.items()
    }
    more = {n: h for n, h in hosts.items() if n.removeprefix("golden-") in _WITH_RUNBOOKS}
    # A runbook refuses a host where nothing was deployed.
    there = {n: {**h, "host": {**DEPLOYED, **h["host"]}} for n, h in more.items()}
    asked = {"deploy.py": hosts, **{f"runbooks/{r}.py": there for r in RUNBOOKS if there}}
    secrets = {**SECRETS, **given}
    done = program(folder, ["-m", "tests.unit.golden_host"], secrets, json.dumps(asked))
    plans = json.loads(done.stdout)
    servers = folder / "servers.py"
    servers.write_text(f"hosts = {[(name, host['settings']) for name, host in hosts.items()]!r}\n")
    metrics = ["metrics", "--inventory", "servers.py", "--out", "metrics", "--force"]
    program(folder, [COMMAND, *metrics], secrets)
    found: dict[str, Texts] = {}
    for name, case in cases.items():
        host = f"golden-{name}"
        made = _plan("deploy", plans["deploy.py"][host])
        for runbook in RUNBOOKS if host in more else ():
            planned = _plan(runbook, plans[f"runbooks/{runbook}.py"][host])
            made |= {n: t for n, t in planned.items() if n.startswith("plan/")}
            more_looks = _new_looks(planned["looks.txt"], made["looks.txt"])
            made[f"plan/{runbook}-looks.txt"] = more_looks
        for file in sorted((folder / "metrics" / host).iterdir()):
            made[f"metrics/{file.name}"] = file.read_text()
        found[name] = {
            _neutral(n, case, host, folder): _neutral(t, case, host, folder)
            for n, t in made.items()
        }
    return found


def _settings(case: Case, folder: Path) -> dict[str, Any]:
    places = {"{archive}": str(folder / "images.tar"), "{deb}": str(folder / "compose.deb")}
    return {k: places.get(v, v) if isinstance(v, str) else v for k, v in case.settings.items()}


def _plan(name: str, plan: dict[str, Any]) -> Texts:
    """The operations and what each does; the files that are written; what was looked at."""
    lines, looks, files = list[str](), list[str](plan["looks"]), Texts()
    for operation in plan["operations"]:
        lines.append(f"\n## {operation['name']}")
        for does in operation["does"]:
            looks += [look for look in does.get("looks", ()) if look not in looks]
            shown = [_shown(line) for line in does["lines"]]
            lines += shown
            if does.get("stdin") is not None:
                path = _path(does["lines"][0])
                files[f"files{path}"] = does["stdin"]
    said = [look for look in looks if not look.startswith(("$ ", "sudo$ "))]
    names = [f"{o['name']}\n" for o in plan["operations"]]
    return {
        f"plan/{name}-operations.txt": "".join(names),
        f"plan/{name}.txt": "\n".join([*said, *lines, ""]),
        "looks.txt": "\n\n".join(_unwrapped(look) for look in looks if look not in said) + "\n",
        **files,
    }


def _new_looks(looks: str, before: str) -> str:
    new = [look for look in looks.rstrip("\n").split("\n\n") if look not in before]
    return "".join(f"\n{look}\n" for look in new)


def _shown(line: str) -> str:
    """One command a line, but for files, whose command is always the same, and for long looks."""
    if " || bash --norc -c " in line:
        return f"{line.partition(' {')[0]} looks at every service, see looks.txt"
    if line.startswith("$ ") and (match := _WRITES.fullmatch(line[2:])):
        checked = "" if match["check"] == "true" else f", if: {match['check']}"
        return f"writes {match['path']} {match['mode']} {match['owner']}{checked}"
    return re.sub(r"\b[0-9a-f]{64}(?=  -\" ])", "SUM", line)


def _path(line: str) -> str:
    """Of the file that a command writes."""
    match = _WRITES.fullmatch(line[2:])
    return match["path"] if match else shlex.split(line.partition("readlink -f ")[2])[0].rstrip(")")


def _unwrapped(look: str) -> str:
    """A script in quotes as it is."""
    words = shlex.split(look)
    if words[-6:-3] == ["bash", "--norc", "-c"]:
        return f"$ bash --norc -c:\n{words[-3]}"
    return f"$ sh -c:\n{words[3]}" if words[1:3] == ["sh", "-c"] and len(words) == 4 else look


def _neutral(text: str, case: Case, host: str, folder: Path) -> str:
    """Without names of this machine; another `root_dir` is shown as the usual one."""
    text = _of_no_machine(text.replace(host, "vps1"), folder)
    root = case.settings.get("root_dir", _HOME)
    return text if root == _HOME else text.replace(_HOME, "USUAL_ROOT").replace(root, _HOME)


def _of_no_machine(text: str, folder: Path) -> str:
    """Without places of this machine, and without the time in the names of files."""
    text = text.replace(str(folder), "FOLDER").replace(str(ROOT), "ROOT")
    return re.sub(r"\b20\d{6}T\d{6}Z", "NOW", text)


def _of_nobody(text: str) -> str:
    """Without the time of a check, and without who took a lock, when and from where."""
    text = re.sub(r'("checked_at": )"[^"]*"', r'\1"NOW"', text)
    text = re.sub(r"\b(WHO|ID|ORIGIN|LOCAL_PID)=[^\s']+", r"\1=…", text)
    return re.sub(r"\bWHEN=[^'\n]+", "WHEN=…", text)
