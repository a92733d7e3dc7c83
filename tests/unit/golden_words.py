"""Words and JSON of judgements, for the cases of the tests that make them up."""

from __future__ import annotations

import getpass
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from pyinfra.api.command import StringCommand

from kestra_provision.commands import audit, compose, files, images, lock, logs
from kestra_provision.doctor import text as doctor_text
from kestra_provision.doctor.check import run
from kestra_provision.doctor.report import Diagnosis, HostDiagnosis
from kestra_provision.drift import text as drift_text
from kestra_provision.drift.html import render_html
from kestra_provision.facts.paths import PathsSeen
from kestra_provision.facts.status import Status, StatusSeen
from kestra_provision.facts.storage import Room
from kestra_provision.preflight.archive import missing_room
from kestra_provision.preflight.data import judge_data
from kestra_provision.preflight.docker import judge_docker
from kestra_provision.preflight.former import judge_former
from kestra_provision.preflight.judge import clock_off, earlier_run, judge
from kestra_provision.preflight.paths import judge_paths
from kestra_provision.profiles import stack_of
from kestra_provision.profiles.tools import Tools
from kestra_provision.settings import Problem
from kestra_provision.status.text import render as status_text
from kestra_provision.text.next_command import NextCommand
from tests.unit import (
    former_stacks,
    preflight_hosts,
    preflight_refused,
    test_audit,
    test_preflight_data,
    test_preflight_docker,
)
from tests.unit import test_preflight_paths as preflight_paths
from tests.unit import test_settings_model as settings_model
from tests.unit import test_status as status
from tests.unit.doctor_evidence import CHECKS, HEALTHY, with_postgres
from tests.unit.doctor_faults import FIRES
from tests.unit.drift_reports import REPORT

Texts = dict[str, str]


def words() -> Texts:
    """All of them, by the name of the file."""
    return {
        "preflight.txt": _sections(_preflight()),
        "settings.txt": _sections(_settings()),
        "doctor.txt": _sections(_doctor()),
        "doctor.json": _json(Diagnosis(_HOSTS).as_json()),
        "doctor-hosts.txt": doctor_text.render(Diagnosis(_HOSTS)) + "\n",
        "drift.json": _json(REPORT.as_json()),
        "drift.txt": drift_text.render(REPORT) + "\n",
        "drift.html": render_html(REPORT),
        "status.json": _json([host.as_json() for host in _statuses()]),
        "status.txt": status_text(_statuses(), status.NOW) + "\n",
        "audit.txt": _audit(),
        "commands.txt": _sections(_commands()),
    }


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _sections(found: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f"## {name}\n{text.rstrip()}\n" for name, text in found)


def _problems(found: Iterable[Problem]) -> str:
    return "\n".join(f"{p.what}\n  where: {p.where}\n  fix:   {p.fix}" for p in found) or "none"


def _parameters(test: Callable[..., None]) -> list[Any]:
    """The table that stands above a test."""
    (mark,) = [m for m in vars(test)["pytestmark"] if m.name == "parametrize"]
    return list(mark.args[1])


def _preflight() -> Iterable[tuple[str, str]]:
    tables = preflight_refused.REFUSED.items()
    for name, (given, survey, archive, _) in tables:
        yield (
            name,
            _problems(judge(settings := Tools(**given), stack_of(settings), survey, archive)),
        )
    for name, case in former_stacks.REFUSED.items():
        yield name, _problems(judge_former(stack_of(case.settings), case.survey))
    for name, (given, survey, _) in test_preflight_docker.REFUSED.items():
        yield f"Docker: {name}", _problems(judge_docker(Tools(**given), survey, None))
    refused = test_preflight_data.test_what_would_part_stack_and_data_is_refused
    for given, *_ in _parameters(refused):
        settings = Tools(**given)
        found = judge_data(settings, stack_of(settings), test_preflight_data.HOST)
        yield f"data: {given}", _problems(found)
    in_the_way = {
        "/opt/kestra/backups": preflight_paths.FILE,
        "/opt/kestra/compose.yaml": preflight_paths.FOLDER,
    }
    yield (
        "paths",
        _problems(
            judge_paths(Tools(), stack_of(Tools()), PathsSeen(in_the_way), preflight_hosts.BARE)
        ),
    )
    room = missing_room(5_000_000_000, Room("/data", 40.0, 10.4))
    yield "room", _problems([room] if room else [])
    yield "earlier run", str(earlier_run(stack_of(Tools()), preflight_hosts.UNFINISHED))
    for clock in (1301, 699):
        survey = replace(preflight_hosts.BARE, clock=clock)
        yield f"clock {clock}", str(clock_off(survey, 1000.0))


def _settings() -> Iterable[tuple[str, str]]:
    for given, _ in settings_model.REFUSED:
        with pytest.raises(ValidationError) as error:
            Tools(**given)
        # pydantic names its own version below each.
        lines = [
            line for line in str(error.value).splitlines() if "errors.pydantic.dev" not in line
        ]
        yield str(given), "\n".join(lines)


_HOSTS = (
    HostDiagnosis("good", run(CHECKS, HEALTHY)),
    HostDiagnosis("bad", run(CHECKS, with_postgres("stopped"))),
    HostDiagnosis("gone", reason="not reached: timed out"),
)


def _doctor() -> Iterable[tuple[str, str]]:
    for check in run(CHECKS, HEALTHY):
        yield f"in good order: {check.name}", check.finding
    for name, (evidence, *_) in FIRES.items():
        found = [c for c in run(CHECKS, evidence) if c.result == "finding"]
        shown = "\n".join(f"{k}: {v}" for c in found for k, v in asdict(c).items() if k != "result")
        yield name, shown


def _statuses() -> list[Any]:
    stranger = status.inspected("tools-kestra", image="nginx:1", managed="")
    down = status.answer("down", status.service("kestra", "down", "missing", "does not exist"))
    seen = [
        status.seen(status.HEALTHY, "tools-kestra 1.25%"),
        status.seen(status.STRANDED),
        Status().process(["@@health", down, "@@containers", stranger]),
        StatusSeen(),
        status.seen(""),
        status.seen("health-check-all.sh: line 3: oops"),
    ]
    return [status.judged(looked) for looked in seen]


def _audit() -> str:
    records = [test_audit.record(), test_audit.record(result="failed: stack", reason="")]
    lines = [record.line() for record in records]
    return "\n".join([*lines, audit.render([json.loads(line) for line in lines]), ""])


def _commands() -> Iterable[tuple[str, str]]:
    holder = lock.Holder("run", "alice@laptop", "2026-01-31 09:00:00", "deploy", "fake", "here", 7)
    owner = {"uid": 0, "gid": 1000}
    built: dict[str, StringCommand | str] = {
        "write_file": files.write_file("/a b/c", "x\n", mode="640", check="true", **owner),
        "make_directory": files.make_directory("/a b", mode="750", **owner),
        "set_owner_and_mode": files.set_owner_and_mode("/a b", mode="750", **owner),
        "compose": compose.compose("/a b", "ps"),
        "compose, file": compose.compose("/a b", "ps", file="/c"),
        "wake": compose.wake("k.1"),
        "record_images": images.record_images(
            "/a/i.env", stack_of(Tools()).images, {"kestra": "s"}, ["kestra"]
        ),
        "lock: take": lock.take("p", holder, local=False),
        "lock: take over": lock.take("p", holder, local=False, over="other"),
        "lock: look": lock.look("p"),
        "lock: remove": lock.remove("p", "fake"),
        "audit: append": audit.append("/a/audit.jsonl"),
        "audit: read": audit.read("/a/audit.jsonl", 20),
        "saved_logs: save": logs.save("/a/logs", "n.log", ["one", "two"]),
    }
    for name, command in built.items():
        yield name, command if isinstance(command, str) else command.get_raw_value()
    yield "lock: refused", lock.refusal("vps1", holder, NextCommand())
    by_hand = lock.Holder("manual", "alice@laptop", "2026-01-31 09:00:00", "disk full")
    yield "lock: refused, by hand", lock.refusal("vps1", by_hand, NextCommand())


def health_check(host: Any, *arguments: str) -> str:
    """What the host's own health check prints, without ports and places of this machine.

    + host: of `checked_host`
    """
    done = host.check(*arguments)
    root: Path = host.root
    text = f"{done.stdout}{done.stderr}exit code {done.returncode}".replace(str(root), "ROOT")
    text = re.sub(r'("checked_at": )"[^"]*"', r'\1"NOW"', text)
    text = text.replace(f"error: {getpass.getuser()} is", "error: USER is")
    text = re.sub(r'("disk_free_percent": )\d+', r"\1N", text)
    text = re.sub(r"\b\d+ %", "N %", text)
    text = re.sub(r"started \d+ s ago", "started N s ago", text)
    return re.sub(r"\b[1-6]\d{4}\b", "PORT", text)
