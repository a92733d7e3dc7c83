"""Stage secrets: they are in `.env`, they are good, and they are nowhere else.

All is decided on the host: no value comes here, so that no report can show one.
"""

import shlex

import pytest
from testinfra.host import Host

from tests.machine import secret_names
from tests.machine.names import NAMES, SECRETS, known, need, wanted
from tests.machine.stack import Stack

SHAPES = {
    **dict.fromkeys(SECRETS, "[ ${#value} -ge 8 ]"),
    "KESTRA_BASICAUTH_PASSWORD": (
        "[ ${#value} -ge 8 ] && [ ${#value} -le 256 ] && [[ $value == *[A-Z]* ]]"
        " && [[ $value == *[a-z]* ]] && [[ $value == *[0-9]* ]]"
    ),
    "KESTRA_ENCRYPTION_SECRET_KEY": ('[ "$(printf %s "$value" | base64 -d | wc -c)" -eq 32 ]'),
}
#: Anyone can look these up.
EXAMPLES = "kestra|k3str4|admin123|abc123secret|minha_chave_secreta|password|changeme|postgres"


def test_only_root_can_read_it(host: Host, env: str) -> None:
    file = host.file(env)
    assert file.is_file
    assert (f"{file.mode:o}", file.uid, file.gid) == ("600", 0, 0)


def test_a_shell_can_read_it(host: Host, env: str) -> None:
    assert secret_names.readable(host, env), "sourcing it fails or prints something"


def test_every_name_is_there(host: Host, stack: Stack, env: str) -> None:
    missing = wanted(stack, NAMES) - secret_names.names(host, env)
    assert not missing


def test_there_is_none_of_another_profile(host: Host, stack: Stack, env: str) -> None:
    found = ({*NAMES} - known(stack)) & secret_names.names(host, env)
    assert not found


@pytest.mark.parametrize("name", sorted(NAMES))
def test_it_has_a_value(host: Host, stack: Stack, env: str, name: str) -> None:
    need(stack, name)
    assert secret_names.keeps(host, env, name, '[ -n "$value" ]'), f"{name} is empty"


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_it_is_well_formed(host: Host, stack: Stack, env: str, name: str) -> None:
    need(stack, name)
    assert secret_names.keeps(host, env, name, SHAPES[name]), f"{name} breaks its rule"


@pytest.mark.parametrize("name", sorted(SECRETS))
def test_it_is_no_published_example(host: Host, stack: Stack, env: str, name: str) -> None:
    need(stack, name)
    rule = f"! [[ ${{value,,}} =~ ^({EXAMPLES})$ ]]"
    assert secret_names.keeps(host, env, name, rule), f"{name} is a published example"


def test_no_two_are_the_same(host: Host, env: str) -> None:
    # Compared are those that the search finds, and it finds all of them: see below.
    assert not secret_names.alike(host, env)


def test_the_search_finds_what_is_there(host: Host, stack: Stack, env: str) -> None:
    # Without this, a search that cannot find anything would pass all tests below.
    assert secret_names.occurring(host, env, f"cat {shlex.quote(env)}") >= wanted(stack, SECRETS)


@pytest.mark.parametrize("name", ["compose.yaml", "config"])
def test_none_is_in_a_file(host: Host, stack: Stack, env: str, name: str) -> None:
    path = f"{stack.root}/{name}"
    assert host.file(path).exists
    # Kestra's own file holds those of Kestra, and is closed to others: test_files.py.
    others = "-type f -not -name application.yaml -exec cat {} +"
    found = secret_names.occurring(host, env, f"find {shlex.quote(path)} {others}")
    assert not found, f"found below {path}"


def test_none_is_on_a_command_line(host: Host, env: str) -> None:
    # What `ps` prints, without a need for ps.
    found = secret_names.occurring(host, env, "cat /proc/[0-9]*/cmdline | tr '\\0' '\\n'")
    assert not found


def test_none_is_in_what_docker_tells(host: Host, stack: Stack, env: str, service: str) -> None:
    name = stack.container(service).name
    form = "{{json .Path}} {{json .Args}} {{json .Config.Cmd}} {{json .Config.Entrypoint}} "
    form += "{{json .Config.Labels}} {{json .Config.Healthcheck}} {{json .State}}"
    source = f"docker inspect --format {shlex.quote(form)} {shlex.quote(name)}"
    assert not secret_names.occurring(host, env, source)


def test_none_is_in_the_log(host: Host, stack: Stack, env: str, service: str) -> None:
    name = stack.container(service).name
    assert not secret_names.occurring(host, env, f"docker logs {shlex.quote(name)} 2>&1")
