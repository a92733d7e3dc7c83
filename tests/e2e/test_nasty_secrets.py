"""Secrets with every awkward character: one `.env`, three readers, and Kestra itself."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator

import pytest
from dotenv import dotenv_values

from kestra_provision import passwords
from kestra_provision.env_file import EnvFile, EnvFileError, unwritable
from tests.awkward import READ_ALIKE, REFUSED
from tests.e2e.conftest import Site


@pytest.fixture(scope="module")
def written(converged: Site) -> Iterator[str]:
    """A project on the server whose only content is these values; yields its `.env`."""
    values = {f"V{number}": value for number, value in enumerate(READ_ALIKE)}
    text = EnvFile.parse("").updated(values).render()
    environment = "".join(f"      {name}: ${{{name}:?}}\n" for name in values)
    compose = f"services:\n  s:\n    image: none\n    environment:\n{environment}"
    converged.vps.run("mkdir -p /root/nasty; cat > /root/nasty/.env", stdin=text)
    converged.vps.run("cat > /root/nasty/compose.yaml", stdin=compose)
    yield text
    converged.vps.run("rm -r /root/nasty")


@pytest.mark.parametrize("number", range(len(READ_ALIKE)), ids=lambda n: ascii(READ_ALIKE[n])[:20])
def test_compose_dotenv_and_shell_read_the_same(converged: Site, written: str, number: int) -> None:
    name, value = f"V{number}", READ_ALIKE[number]
    config = json.loads(
        converged.vps.run("cd /root/nasty && docker compose config --format json").stdout
    )
    # `config` prints a file that compose can read again, so it doubles each dollar.
    assert config["services"]["s"]["environment"][name].replace("$$", "$") == value
    for interpolate in (True, False):
        assert dotenv_values(stream=io.StringIO(written), interpolate=interpolate)[name] == value
    shell = converged.vps.run(f'. /root/nasty/.env && printf %s "${name}"').stdout
    assert shell == value


@pytest.mark.parametrize("value", REFUSED, ids=ascii)
def test_what_they_would_not_read_alike_is_refused(value: str) -> None:
    assert unwritable(value)
    with pytest.raises(EnvFileError, match=r"^KEY holds "):
        EnvFile.parse("").updated({"KEY": value})


def _passwords() -> list[str]:
    """Three of the values in each: at the start, inside and at the end."""
    thirds = len(READ_ALIKE) // 3
    rows = zip(
        READ_ALIKE[:thirds], READ_ALIKE[thirds : 2 * thirds], READ_ALIKE[2 * thirds :], strict=False
    )
    return [f"{start}Aa1{inside}x{end}"[:256] for start, inside, end in rows]


@pytest.mark.parametrize("password", _passwords(), ids=lambda p: ascii(p)[:30])
def test_kestra_is_logged_in_to_with_it(converged: Site, password: str) -> None:
    """The gate passes only when the API answers 200 to this very password."""
    assert passwords.refusal(passwords.BASIC_AUTH, password) is None
    before = EnvFile.parse(converged.vps.run("cat /opt/kestra/.env").stdout)
    after = before.updated({passwords.BASIC_AUTH: password}).render()
    converged.vps.run("cat > /opt/kestra/.env", stdin=after)
    done = converged.deploy()
    assert done.returncode == 0, done.stderr.replace(password, "*****")
    kept = EnvFile.parse(converged.vps.run("cat /opt/kestra/.env").stdout)
    assert (kept.values[passwords.BASIC_AUTH] == password) is True
