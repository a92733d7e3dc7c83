"""Secrets with every awkward character: one `.env`, three readers, and Kestra itself."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from dotenv import dotenv_values

from kestra_provision.settings import passwords
from kestra_provision.settings.env_file import EnvFile, EnvFileError, unwritable
from tests.awkward import READ_ALIKE, REFUSED
from tests.e2e.conftest import Site
from tests.e2e.sample import fair
from tests.unit.env_lines import ALIKE


class Read(NamedTuple):
    """A `.env` of these values, and by name what two readers on the server make of it."""

    text: str
    compose: dict[str, str]
    shell: dict[str, str]


@pytest.fixture(scope="module")
def read(converged: Site) -> Iterator[Read]:
    """From a project on the server whose only content is these values."""
    values = {f"V{number}": value for number, value in enumerate(READ_ALIKE)}
    text = EnvFile.parse("").updated(values).render()
    environment = "".join(f"      {name}: ${{{name}:?}}\n" for name in values)
    compose = f"services:\n  s:\n    image: none\n    environment:\n{environment}"
    converged.vps.run("mkdir -p /root/nasty; cat > /root/nasty/.env", stdin=text)
    converged.vps.run("cat > /root/nasty/compose.yaml", stdin=compose)
    config = json.loads(
        converged.vps.run("cd /root/nasty && docker compose config --format json").stdout
    )
    names = " ".join(values)
    shell = converged.vps.run(
        f'. /root/nasty/.env; for name in {names}; do eval "printf \'%s\\0\' \\"\\$$name\\""; done'
    ).stdout.split("\0")
    yield Read(
        text,
        # `config` prints a file that compose can read again, so it doubles each dollar.
        {k: v.replace("$$", "$") for k, v in config["services"]["s"]["environment"].items()},
        dict(zip(values, shell, strict=False)),
    )
    converged.vps.run("rm -r /root/nasty")


@pytest.mark.parametrize("number", range(len(READ_ALIKE)), ids=lambda n: ascii(READ_ALIKE[n])[:20])
def test_compose_dotenv_and_shell_read_the_same(read: Read, number: int) -> None:
    name, value = f"V{number}", READ_ALIKE[number]
    assert read.compose[name] == value
    for interpolate in (True, False):
        dotenv = dotenv_values(stream=io.StringIO(read.text), interpolate=interpolate)
        assert dotenv[name] == value
    assert read.shell[name] == value


def test_compose_reads_the_lines_of_hands_as_we_do(converged: Site) -> None:
    """Each under a key of its own, some with Windows' line ends and the last one with none."""
    lines = [line.replace("A", f"V{n}", 1) for n, line in enumerate(ALIKE)]
    text = "\ufeff" + "\r\n".join([*lines[::2], ""]) + "\n".join(lines[1::2])
    values = EnvFile.parse(text).values
    assert sorted(values.values()) == sorted(ALIKE.values())
    environment = "".join(f"      {name}: ${{{name}?}}\n" for name in values)
    compose = f"services:\n  s:\n    image: none\n    environment:\n{environment}"
    converged.vps.run("mkdir -p /root/lines; cat > /root/lines/.env", stdin=text)
    converged.vps.run("cat > /root/lines/compose.yaml", stdin=compose)
    shown = converged.vps.run("cd /root/lines && docker compose config --format json").stdout
    converged.vps.run("rm -r /root/lines")
    read = json.loads(shown)["services"]["s"]["environment"]
    assert {name: value.replace("$$", "$") for name, value in read.items()} == values


@pytest.mark.parametrize("value", REFUSED, ids=ascii)
def test_what_they_would_not_read_alike_is_refused(value: str) -> None:
    assert unwritable(value)
    with pytest.raises(EnvFileError, match=r"^KEY holds "):
        EnvFile.parse("").updated({"KEY": value})


def _passwords() -> dict[str, str]:
    """Three of the values in each: at the start, inside and at the end. By what can be shown."""
    thirds = len(READ_ALIKE) // 3
    rows = zip(
        READ_ALIKE[:thirds], READ_ALIKE[thirds : 2 * thirds], READ_ALIKE[2 * thirds :], strict=False
    )
    values = [f"{start}Aa1{inside}x{end}"[:256] for start, inside, end in rows]
    return {f"{number}: {ascii(value)[:30]}": value for number, value in enumerate(values)}


PASSWORDS = _passwords()


@pytest.mark.parametrize("shown", fair(PASSWORDS, 4))
def test_kestra_is_logged_in_to_with_it(converged: Site, shown: str) -> None:
    """The gate passes only when the API answers 200 to this very password."""
    password = PASSWORDS[shown]
    assert passwords.refusal(passwords.BASIC_AUTH, password) is None
    before = EnvFile.parse(converged.vps.run("cat /opt/kestra/.env").stdout)
    after = before.updated({passwords.BASIC_AUTH: password}).render()
    converged.vps.run("cat > /opt/kestra/.env", stdin=after)
    done = converged.deploy()
    assert done.returncode == 0, done.stderr.replace(password, "*****")
    kept = EnvFile.parse(converged.vps.run("cat /opt/kestra/.env").stdout)
    assert (kept.values[passwords.BASIC_AUTH] == password) is True
