"""Directories and rendered files: observed together, repaired one by one."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType

from pyinfra import host, logger
from pyinfra.api import operation
from pyinfra.api.command import FunctionCommand, PyinfraCommand
from pyinfra.api.host import Host
from pyinfra.api.state import State

from kestra_provision.commands.files import (
    make_directory,
    open_files,
    set_owner_and_mode,
    write_file,
)
from kestra_provision.facts.paths import Paths, PathsSeen, PathState, User, closed_files
from kestra_provision.preflight.paths import in_the_way
from kestra_provision.render.host.paths import paths_arguments
from kestra_provision.run import ahead
from kestra_provision.run.failure import Failure
from kestra_provision.run.findings import differs
from kestra_provision.run.observation import at_hand, observed
from kestra_provision.run.state import settings_of, stack_here
from kestra_provision.secrets.env import expected_env
from kestra_provision.secrets.flow_secrets import changes, wanted
from kestra_provision.secrets.recovered import remains, remains_look
from kestra_provision.settings.env_file import EnvFileError
from kestra_provision.stack.files import Directory, Rendered
from kestra_provision.text.difference import MISSING

_NONE: Mapping[str, str] = MappingProxyType({})


@operation()
def directories(wanted: Sequence[Directory]) -> Generator[PyinfraCommand]:
    """Creates directories and repairs their owner and mode, and the owner of files in them.

    + wanted: parents before children

    pyinfra's `files.directory` costs a channel each and compares owners by name: the image's uid
    1000 is `debian` on one server and nobody on the next, which it would change on every run.
    """
    seen, coming = _seen([d.path for d in wanted]), ahead.of(host)
    for directory in wanted:
        right = _say_access(seen, directory.path, "directory", directory.mode, directory.owner)
        if not right:
            coming.paths.add(directory.path)
    if problems := in_the_way(seen, {d.path: "directory" for d in wanted}):
        yield Failure("; ".join(map(str, problems)))
        return
    for directory in wanted:
        user = _user(seen, directory.path, directory.owner)
        state = seen.states.get(directory.path)
        if not _matches(state, "directory", directory.mode, user.uid, user.gid):
            yield make_directory(directory.path, mode=directory.mode, uid=user.uid, gid=user.gid)
        if state is not None and state.closed and not _untold(seen):
            own = f"files of {user.uid}:{user.gid}, which may write them"
            differs(host, directory.path, own, "a file of somebody else, or closed to its owner")
            yield open_files(closed_files(directory.path, str(user.uid)), user.uid, user.gid)
    host.noop("all directories have their owner and mode")


@operation()
def writable() -> Generator[PyinfraCommand]:
    """Fails with the reason when the user of an image cannot write into a directory of its own.

    Kestra stays healthy with a storage it cannot write (uploads then answer 404), so nothing
    else would tell. The test is a fact and writes nothing.
    """
    owners = stack_here(host).owners
    seen = _seen([])
    tested = [] if _untold(seen) else _not_writable(seen, owners)
    refused = [p for p in tested if not ahead.touches(host, [p])]
    if refused:
        for path in refused:
            if path in seen.states:
                uid = seen.user(owners[path]).uid
                differs(host, path, f"writable for uid {uid}", "not writable")
        yield FunctionCommand(_say_not_writable, (), {})
        host.noop(f"not writable: {refused}")


@operation()
def rendered(wanted: Sequence[Rendered]) -> Generator[PyinfraCommand]:
    """Writes files whose content, owner or mode differs, each checked and replaced atomically.

    + wanted: in the order in which they must be there

    pyinfra's `files.template` needs three channels a file, prints content in diffs and cannot
    ask a program whether the new file is valid before the old one is gone.
    """
    yield from _written(wanted)


@operation()
def filled(render: Callable[[Mapping[str, str]], Sequence[Rendered]]) -> Generator[PyinfraCommand]:
    """`rendered`, for files that hold secrets of the host, or the sum of such a file.

    + render: the files for secrets by name; without one that is not made yet, a plan gets a file
      that differs

    They are those of `.env` as it is when the operation runs, or as a plan is about to make it; and
    those of flows, as the operator gives them.
    """
    stack = stack_here(host)
    try:
        env = expected_env(host, stack.root)
        secrets = {**env.secrets, **(remains(host, stack).better(env) if env.incomplete else {})}
        of_flows = wanted(host, env)
    except EnvFileError as error:
        yield Failure(str(error))
        return
    before = at_hand(host, remains_look(stack))
    names = before.edited(env) if before else []
    former = {**secrets, **{name: before.secrets[name] for name in names}} if before else secrets
    reasons = [f"another {' and '.join(names)} than .env has"] if names else []
    if others := changes(env.of_flows, of_flows):
        reasons.append(f"other secrets of flows than are given: {', '.join(others)}")
    yield from _written(
        render({**secrets, **of_flows}),
        {f.path: f.sha256 for f in render({**former, **env.of_flows})} if reasons else {},
        f"written for {', and for '.join(reasons)}",
    )


def _written(
    wanted: Sequence[Rendered], former: Mapping[str, str] = _NONE, why: str = ""
) -> Generator[PyinfraCommand]:
    """
    + former: sums by path, of files that differ for a reason that is known
    + why: that reason
    """
    seen, coming = _seen([f.path for f in wanted]), ahead.of(host)
    for file in wanted:
        state = seen.states.get(file.path)
        known = former.get(file.path)
        if not _say_content(state, file, why if state and state.sha256 == known else ""):
            coming.files[file.path] = file.content
            # What is closed by hand may hold what is nobody else's business.
            if file.mode.endswith("0") or (state and state.mode.endswith("0")):
                coming.closed.add(file.path)
        if not _say_access(seen, file.path, "file", file.mode, file.reader):
            coming.paths.add(file.path)
    if problems := in_the_way(seen, {f.path: "file" for f in wanted}):
        yield Failure("; ".join(map(str, problems)))
        return
    for file in wanted:
        gid = _user(seen, file.path, file.reader).gid
        state = seen.states.get(file.path)
        if state is None or state.sha256 != file.sha256:
            yield write_file(
                file.path, file.content, mode=file.mode, uid=0, gid=gid, check=file.check
            )
        elif not _matches(state, "file", file.mode, 0, gid):
            yield set_owner_and_mode(file.path, mode=file.mode, uid=0, gid=gid)
    host.noop("all files are as rendered")


def _seen(wanted: Sequence[str]) -> PathsSeen:
    """With all paths of ours, which the stages look at together."""
    asked = paths_arguments(settings_of(host), stack_here(host))
    among = asked["paths"]
    more = [path for path in wanted if path not in among]
    return observed(host, Paths, **{**asked, "paths": [*among, *more]})


def _untold(seen: PathsSeen) -> bool:
    """While operations are only asked, and the record is yet to be written anew."""
    return seen.edited and ahead.is_all(host)


def _user(seen: PathsSeen, path: str, service: str) -> User:
    """Whom the image of a service runs as; who has the path now, as long as nobody knows better."""
    state = seen.states.get(path)
    if service and state is not None and _untold(seen):
        return User(state.uid, state.gid)
    return seen.user(service)


def _say_content(state: PathState | None, file: Rendered, why: str) -> bool:
    """Whether it is right; what is missing is said with its owner and mode.

    + why: it is not, where that is known
    """
    if state is None or state.sha256 == file.sha256:
        return state is not None
    if state.kind == "file":
        written = datetime.fromtimestamp(state.modified, UTC)
        other = f"other content, written {written:%F %R} UTC"
        differs(host, file.path, "as rendered", why or other)
    return False


def _say_access(seen: PathsSeen, path: str, kind: str, mode: str, service: str) -> bool:
    """Whether they are right, or no deploy's to repair."""
    state = seen.states.get(path)
    if state is not None and state.in_the_way(kind):
        return True
    user = _user(seen, path, service)
    uid, gid = user.uid if kind == "directory" else 0, user.gid
    if _matches(state, kind, mode, uid, gid):
        return True
    actual = f"{state.kind} {state.mode} {state.uid}:{state.gid}" if state else MISSING
    differs(host, path, f"{kind} {mode} {uid}:{gid}", actual)
    return False


def _matches(state: PathState | None, kind: str, mode: str, uid: int, gid: int) -> bool:
    return state is not None and (state.kind, state.mode, state.uid, state.gid) == (
        kind,
        mode,
        uid,
        gid,
    )


def _not_writable(seen: PathsSeen, owners: Mapping[str, str]) -> list[str]:
    return [path for path in owners if path not in seen.states or not seen.states[path].writable]


def _say_not_writable(state: State, host: Host) -> bool:
    asked = paths_arguments(settings_of(host), stack_here(host))
    owners = asked["owners"]
    seen = host.get_fact(Paths, **{**asked, "paths": [*owners]})
    titles = {service.name: service.title for service in stack_here(host).services}
    for path in _not_writable(seen, owners):
        service = owners[path]
        host.log(
            f"{path} is not writable for uid {seen.user(service).uid}, which {titles[service]} "
            "runs as, though owner and mode are right: look for a read-only mount or a parent "
            f"without x (namei -l {path})",
            log_func=logger.error,
        )
    return not _not_writable(seen, owners)
