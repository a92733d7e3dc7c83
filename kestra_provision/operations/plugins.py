"""Plugins of Kestra on a host: their jars, what is left of others, and whether Kestra has them."""

from __future__ import annotations

from collections.abc import Collection, Generator, Sequence

import httpx
from pyinfra import host
from pyinfra.api import operation
from pyinfra.api.command import FunctionCommand, PyinfraCommand
from pyinfra.api.host import Host
from pyinfra.api.state import State

from kestra_provision.commands.files import set_owner_and_mode, temporary
from kestra_provision.commands.plugins import (
    MODE,
    OWNER,
    put_in_place,
    remove,
    remove_folder,
    write_record,
)
from kestra_provision.facts.plugins import RECORD, FileSeen, Plugins
from kestra_provision.kestra import access
from kestra_provision.kestra.executions import Silence
from kestra_provision.kestra.plugins import Answer, listed
from kestra_provision.kestra.synced import SILENT, asked, words
from kestra_provision.operations.sending import send
from kestra_provision.plugins.jar import Jar
from kestra_provision.run import ahead
from kestra_provision.run.failure import Failure
from kestra_provision.run.findings import differs, notice
from kestra_provision.run.hosts import real
from kestra_provision.run.observation import observed, once
from kestra_provision.run.state import run_of, stack_here
from kestra_provision.settings import Settings
from kestra_provision.text.difference import MISSING

_ACCESS = (MODE, OWNER)


@operation()
def placed(folder: str, jars: Sequence[Jar]) -> Generator[PyinfraCommand]:
    """Sends the jars that are not there as declared.

    + folder: where they lie on the host
    + jars: as they lie on the laptop

    They are written down as ours before the first one comes, so that one which is no longer
    declared after a run that was killed is removed.
    """
    seen = observed(host, Plugins, folder=folder)
    other = [jar for jar in jars if not _is(seen.files.get(jar.name), jar)]
    for jar in jars:
        _say(f"{folder}/{jar.name}", seen.files.get(jar.name), jar)
    for name in seen.strangers([jar.name for jar in jars]):
        fix = "Kestra does not get it; declare it in kestra_plugins, or remove it there"
        notice(host, f"{folder}/{name}", "none of ours", "somebody put it there", fix)
    coming = ahead.of(host)
    coming.paths |= {f"{folder}/{jar.name}" for jar in jars if jar in other}
    coming.replaced |= {f"{folder}/{jar.name}" for jar in other}
    sums = {jar.name: jar.sha256 for jar in jars}
    if not sums.items() <= seen.ours.items():
        actual = "does not" if RECORD in seen.files else MISSING
        differs(host, f"{folder}/{RECORD}", "lists them", actual)
        yield write_record(f"{folder}/{RECORD}", {**seen.ours, **sums})
    for jar in jars:
        if jar in other:
            yield FunctionCommand(_send, (folder, jar), {})
        elif seen.files[jar.name].access != _ACCESS:
            yield set_owner_and_mode(f"{folder}/{jar.name}", mode=MODE, uid=0, gid=0)
    host.noop("all jars are as declared")


@operation()
def cleared(folder: str, wanted: Collection[str]) -> Generator[PyinfraCommand]:
    """Removes jars that a deploy put there and that are no longer declared; no others.

    + wanted: names of those that are

    After the stack: a container that has one would not start again without it.
    """
    seen = observed(host, Plugins, folder=folder)
    left = seen.left_over(wanted)
    for name in left:
        actual = "is there" if name in seen.files else f"is in {RECORD}"
        differs(host, f"{folder}/{name}", "none such", actual)
    if left:
        yield remove(folder, left)
    # What is in it besides is somebody else's, and so is a folder without a list of ours.
    if not wanted and (RECORD in seen.files or (seen.there and not seen.files and not seen.link)):
        if not left:
            differs(host, folder, "none such", "is there")
        yield remove_folder(folder, f"{folder}/{RECORD}")
    elif left:
        kept = {name: sha256 for name, sha256 in seen.ours.items() if name in wanted}
        yield write_record(f"{folder}/{RECORD}", kept)
    host.noop("nothing is left over")


@operation()
def loaded(settings: Settings, jars: Sequence[Jar]) -> Generator[PyinfraCommand]:
    """Fails where Kestra has not loaded one: it logs that, and goes on without it.

    It asks whenever a deploy is executed, and is no change of the host.
    """
    if stack_here(host).main.name in ahead.of(host).fates:
        host.noop("Kestra loads them when it starts")
        return
    found = once(host, "plugins", lambda: _ask(real(host), settings))
    if isinstance(found, Silence):
        if host.state.is_executing:
            yield Failure(f"plugins: {found.why}")
        host.noop("Kestra does not tell")
        return
    logs = run_of(host.state).commands.day_two("logs", host.name)
    for jar in jars:
        for version in found.others(jar):
            fix = f"leave it out of kestra_plugins, or take an image without plugins: {_SLIM}"
            notice(host, f"plugin {jar.plugin}", "loaded once", f"also as {version}", fix)
        if not found.has(jar):
            fix = f"is it made for this Kestra? What it says: {logs} | grep -i plugin"
            differs(host, f"plugin {jar.plugin}", "loaded by Kestra", "it is not", fix)
            yield Failure(f"Kestra has not loaded the plugin {jar.plugin}; {fix}")
    host.noop("Kestra has loaded all of them")


_SLIM = "kestra/kestra:vX.Y.Z-no-plugins"


def _is(state: FileSeen | None, jar: Jar) -> bool:
    return state is not None and (state.kind, state.sha256) == ("f", jar.sha256)


def _say(path: str, state: FileSeen | None, jar: Jar) -> None:
    if _is(state, jar) and state is not None and state.access != _ACCESS:
        differs(host, path, f"file {MODE} {OWNER}", f"file {state.mode} {state.owner}")
    elif not _is(state, jar):
        actual = MISSING if state is None else "other content" if state.kind == "f" else "no file"
        differs(host, path, f"the jar of {jar.plugin}", actual)


def _send(state: State, host: Host, folder: str, jar: Jar) -> bool:
    target = f"{folder}/{jar.name}"
    then = put_in_place(target)
    return send(host, jar.path, temporary(target), jar.sha256, str(jar.plugin), then)


def _ask(host: Host, settings: Settings) -> Answer | Silence:
    if not once(host, "access", lambda: access.look(host, settings, stack_here(host))).lives:
        return Silence(f"{SILENT} run yet", lives=False)
    try:
        with asked(host, settings) as kestra:
            return listed(kestra)
    except httpx.HTTPError as error:
        return Silence(f"{SILENT} tell: {words(error)}")
    except (ValueError, KeyError, TypeError, AttributeError):
        return Silence(f"{SILENT} tell: its list of plugins is none")
