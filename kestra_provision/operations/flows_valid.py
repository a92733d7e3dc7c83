"""Flows are validated by the server before any of them is written. pyinfra knows no Kestra."""

from __future__ import annotations

from collections.abc import Generator, Sequence

import httpx
from pyinfra import host, logger
from pyinfra.api import operation
from pyinfra.api.command import PyinfraCommand

from kestra_provision.kestra.flows import Flows, Invalid
from kestra_provision.kestra.synced import asked, look, words
from kestra_provision.run import ahead
from kestra_provision.run.failure import Failure
from kestra_provision.run.findings import collected, differs
from kestra_provision.run.state import run_of, stack_here
from kestra_provision.settings import Settings
from kestra_provision.text.words import plural


@operation()
def valid(settings: Settings, flows: Flows) -> Generator[PyinfraCommand]:
    """Has the server validate the flows that differ, before anything is written.

    A plan asks too, unless another Kestra will run by the time that it is carried out.
    """
    host.noop("a look")
    planned = collected(host) is not None
    if not (planned or host.state.is_executing):
        return
    if planned and stack_here(host).main.name in ahead.of(host).fates:
        return
    seen = look(host, settings, flows)
    if isinstance(seen, str):
        if not planned:
            yield Failure(seen)
        return
    # A conflict too: whoever decides it is to be told at once.
    same = {i for i in seen.live if i in flows.wanted and flows.wanted[i].left(seen.live[i])}
    differing = [item for item in flows.wanted if item not in same]
    if not differing:
        return
    try:
        with asked(host, settings) as kestra:
            refused = flows.refused(kestra, differing)
    except (httpx.HTTPError, ValueError) as error:
        yield Failure(f"Kestra does not validate: {words(error)}; nothing was written")
        return
    if refused:
        _say(refused)
        bad = plural(len(refused), flows.noun)
        nothing = "nothing would be written" if planned else "see above; nothing was written"
        yield Failure(f"Kestra refuses {bad}, {nothing}", told=True)


def _say(refused: Sequence[Invalid]) -> None:
    mend = run_of(host.state).commands.day_two("flows", "validate", host.name)
    for each in refused:
        if collected(host) is None:
            host.log(str(each), log_func=logger.error)
        else:
            differs(host, each.place, "valid", each.message, f"mend it; {mend} tells when it is")
