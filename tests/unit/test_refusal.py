"""One host is refused, the others go on."""

from types import SimpleNamespace
from typing import cast

import gevent
import pytest
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.host import Host

from kestra_provision.run.refusal import refuse
from kestra_provision.settings import Problem

PROBLEMS = [Problem("too small", "the host", "a larger one"), Problem("old", "there", "upgrade")]


class _Host(SimpleNamespace):
    """A namespace that a set can hold."""

    def __hash__(self) -> int:  # type: ignore[override]
        return id(self)


def refused_among(*others: str) -> tuple[_Host, type[BaseException]]:
    host = _Host(name="bad")
    inventory = SimpleNamespace(get_host={"bad": host}.__getitem__)
    host.state = SimpleNamespace(
        failed_hosts=set(), active_hosts={host, *others}, inventory=inventory
    )
    with pytest.raises((gevent.GreenletExit, PyinfraError)) as error:
        # What pyinfra's `host` is to a task: it looks like the host, and is not the one in sets.
        alias = _Host(name="bad", state=host.state)
        refuse(cast(Host, alias), PROBLEMS)
    return host, error.type


def test_others_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    host, raised = refused_among("good")
    assert raised is gevent.GreenletExit
    assert host.state.failed_hosts == {host}
    assert host.state.active_hosts == {"good"}
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == (
        "[bad] refused, nothing was changed:\n"
        "    too small\n      where: the host\n      fix:   a larger one\n"
        "    old\n      where: there\n      fix:   upgrade\n"
    )


def test_last_host_ends_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    host, raised = refused_among()
    assert raised is PyinfraError
    assert host.state.active_hosts == set()
    assert "too small" in capsys.readouterr().err
