"""`.env` on the host: settings are put back, the operator's own kept, and nothing of it shown."""

import re

import pytest
from pyinfra.api.command import StringCommand

from kestra_provision.settings.env_file import EnvFile
from tests.operations.env_host import (
    SECRETS,
    SETTINGS,
    TEXT,
    assert_nothing_shown,
    converge,
    host_with,
    written,
)
from tests.operations.fake_host import FakeHost, call


def test_right_file_is_left_alone() -> None:
    host = host_with(TEXT)
    assert converge(host) == []
    assert host.noops == ["/opt/kestra/.env holds settings and secrets"]
    assert host.logs == []
    assert_nothing_shown(host, [], *SECRETS.values())


def test_file_is_read_without_a_trace() -> None:
    host = host_with(TEXT)
    converge(host)
    ((_, arguments),) = host.ran
    assert arguments["print_output"] is False
    assert arguments["print_input"] is False


def test_file_is_written_closed_and_roots() -> None:
    (command,) = converge(host_with(None))
    assert isinstance(command, StringCommand)
    raw = command.get_raw_value()
    assert "&& umask 077 && cat > /opt/kestra/..env.kestra-provision && " in raw
    assert "chmod 600" in raw
    assert "mv -fT /opt/kestra/..env.kestra-provision /opt/kestra/.env" in raw


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        ("KESTRA_HTTP_PORT=9999", "KESTRA_HTTP_PORT: 9999; declared: 8080"),
        ("KESTRA_HTTP_PORT=Pasted-by-mistake-1", "KESTRA_HTTP_PORT: edited, or the inventory is"),
        ("KESTRA_HTTP_PORT=123456789", "KESTRA_HTTP_PORT: edited, or the inventory is newer"),
        ("KESTRA_DB_NAME=12345", "KESTRA_DB_NAME: edited, or the inventory is newer"),
    ],
)
def test_hand_edited_setting_is_put_back_and_said(edit: str, said: str) -> None:
    key, _, value = edit.partition("=")
    host = host_with(re.sub(f"{key}=.*", edit, TEXT))
    commands = converge(host)
    assert written(commands) == TEXT
    (line,) = host.logs
    assert line.startswith(f".env: {said}")
    assert (value in line) is (value == "9999")
    assert_nothing_shown(host, commands, *SECRETS.values())


def test_what_was_declared_at_the_last_deploy_is_shown() -> None:
    text = TEXT.replace("KESTRA_DB_NAME=kestra\n", "KESTRA_DB_NAME=former\n")
    host = host_with(text, record={"db_name": "former"})
    converge(host)
    assert host.logs == [".env: KESTRA_DB_NAME: former; declared: kestra"]


def test_removed_setting_is_put_back_and_said() -> None:
    host = host_with(TEXT.replace("KESTRA_DB_NAME=kestra\n", ""))
    assert EnvFile.parse(written(converge(host))).values == {**SETTINGS, **SECRETS}
    assert host.logs == [".env: KESTRA_DB_NAME: removed; declared: kestra"]


def test_comments_and_own_keys_are_kept_and_named() -> None:
    text = f"# mine\n\n{TEXT}MY_TOKEN='do not show'\n"
    host = host_with(text)
    assert converge(host) == []
    assert host.logs == [".env: MY_TOKEN: a key of the operator's own, kept; no container gets it"]
    changed = host_with(text.replace("8080", "1"))
    commands = converge(changed)
    assert written(commands) == text
    for seen in (host, changed):
        assert_nothing_shown(seen, commands, "do not show")


@pytest.mark.parametrize("access", ["644 0 0", "600 1000 0", "600 0 1000", "640 0 0"])
def test_wrong_owner_or_mode_is_repaired_with_the_same_content(access: str) -> None:
    assert written(converge(host_with(TEXT, access))) == TEXT


@pytest.mark.parametrize(
    "text",
    ["\ufeff" + TEXT, TEXT.replace("\n", "\r\n"), TEXT[:-1], TEXT[:-1] + "\r"],
    ids=["byte order mark", "Windows' line ends", "no last line end", "half a line end"],
)
def test_what_an_editor_left_is_written_back_clean(text: str) -> None:
    host = host_with(text)
    assert written(converge(host)) == TEXT
    assert host.logs == [
        "/opt/kestra/.env: a byte order mark or other line ends; declared: UTF-8, one line a key"
    ]


def test_two_runs_agree() -> None:
    first = written(converge(host_with(None)))
    assert converge(host_with(first)) == []


def test_broken_file_fails_with_its_line_and_without_its_content() -> None:
    host = host_with(f"{TEXT}secret without a key\n")
    (command,) = converge(host)
    assert call(command, host) is False
    assert host.logs == ["/opt/kestra/.env: line 6 is not KEY=value; the file was left as it is"]
    assert_nothing_shown(host, [command], "secret without a key", *SECRETS.values())


def test_unreadable_file_fails_with_the_reason() -> None:
    host = FakeHost(answers={"stat -c": (False, "", "cat: /opt/kestra/.env: Input/output error")})
    (command,) = converge(host)
    assert call(command, host) is False
    assert host.logs == [
        "/opt/kestra/.env cannot be read: cat: /opt/kestra/.env: Input/output error"
    ]
