"""Secrets of flows as a host shall have them, in base64, under the names of variables."""

from __future__ import annotations

from collections.abc import Mapping

from pyinfra.api.host import Host

from kestra_provision.run.flow_secrets import found
from kestra_provision.run.state import of, run_of, settings_of
from kestra_provision.secrets.env import HostEnv, observed_env
from kestra_provision.settings.flow_secrets import PREFIX, decoded, encoded


def wanted(host: Host, env: HostEnv) -> dict[str, str]:
    """What the operator gives. Of what nobody can tell now, the host's own stays.

    + env: the host's
    """
    given = found(host)
    kept = {f"{PREFIX}{name}" for name in given.untold}
    return {
        **{name: text for name, text in env.of_flows.items() if name in kept},
        **{f"{PREFIX}{name}": encoded(value) for name, value in given.values.items()},
    }


def known(host: Host) -> dict[str, str]:
    """All that can be told without a command, by NAME: what the host has, and the laptop gives.

    Raises as `observed_env` does.
    """
    env, here = observed_env(host, settings_of(host).root_dir), of(host).flows
    there = {name.removeprefix(PREFIX): decoded(text) for name, text in env.of_flows.items()}
    return there | run_of(host.state).flow_secrets.known(here.secrets)


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str]:
    """By name how the host's is not as wanted, without a value.

    + before, after: as `wanted` tells them
    """
    words = dict.fromkeys(after.keys() - before.keys(), "missing")
    words |= dict.fromkeys(before.keys() - after.keys(), "given by nobody any more")
    both = before.keys() & after.keys()
    words |= {name: "another one" for name in both if before[name] != after[name]}
    return dict(sorted(words.items()))
