"""The lines of a plan are real ones, and none of them shows a secret."""

import json

import pytest

from kestra_provision.plan.diff import env_diff, redacted
from kestra_provision.profiles import stack_of
from kestra_provision.profiles.tools import Tools
from kestra_provision.text.unified import unified

STACK = stack_of(Tools(http_port=8090))
SECRET, OTHER = 'Quo"te$\\word-1', "Obviously-fake-2"


def test_lines_are_those_of_diff() -> None:
    shown = unified("1\n2\n3\n4\n5\n6\n7\n8\n", "1\n2\n3\n4\nfive\n6\n7\n8\n", ("/o/a", "/o/a"))
    assert shown.splitlines() == [
        "--- /o/a",
        "+++ /o/a",
        "@@ -2,7 +2,7 @@",
        *(" 2", " 3", " 4", "-5", "+five", " 6", " 7", " 8"),
    ]
    assert unified("same\n", "same\n", ("a", "b")) == ""


@pytest.mark.parametrize(
    "line",
    [
        f"plain: {SECRET}",
        f"json: {json.dumps(SECRET)}",
        f"url: http://user:{OTHER}@example.com/",
        "notify http://somebody:unknown-to-us@example.com/x",
    ],
)
@pytest.mark.parametrize("closed", [True, False])
def test_secrets_that_are_known_are_struck_out_in_every_form(line: str, closed: bool) -> None:
    shown = redacted(f"-{line}\n", [SECRET, OTHER], closed)
    for hidden in (SECRET, json.dumps(SECRET)[1:-1], OTHER, "unknown-to-us"):
        assert hidden not in shown
    assert "*****" in shown


@pytest.mark.parametrize("closed", [True, False])
@pytest.mark.parametrize(
    "line",
    [
        '+      "API_TOKEN": "by-hand-1 \\n x"',
        "+    API_TOKEN='by-hand-1 x' \\",
        "+        -e API_TOKEN=$'by-hand-1\\x0a' \\",
        '       "API_TOKEN": "by-hand-1"',
    ],
)
def test_variables_that_are_called_like_a_secret_are_struck_out(line: str, closed: bool) -> None:
    shown = redacted(line, [], closed, ["API_TOKEN", "MY_KEY"])
    assert "by-hand-1" not in shown
    assert "API_TOKEN" in shown
    assert redacted("+  -e API_TOKEN \\\n+x\n", [], False, ["API_TOKEN"]).splitlines() == [
        "+  -e API_TOKEN \\",
        "+x",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "-    password: by-hand-1",
        "+password=by-hand-1",
        "-export API_TOKEN=by-hand-1",
        " secret-key: 'by-hand-1'",
        "-notify_command='curl -H by-hand-1'",
        '-  "apiKey": "by-hand-1"',
    ],
)
def test_secrets_that_nobody_knows_are_struck_out_by_their_name(line: str) -> None:
    assert "by-hand-1" not in redacted(line, [], closed=True)
    if line.startswith("-"):
        assert "by-hand-1" not in redacted(line, [], closed=False)


@pytest.mark.parametrize(
    "text",
    [
        "nested: {password: CANARY}",
        'other: {"db": "CANARY"}',
        "secret: |\n  CANARY\n  CANARY==",
        "private_key: |\n  CANARY=",
        "password:\n  CANARY",
        'password: "one\n  CANARY"',
        "secrets:\n  db: CANARY",
        "tokens:\n  - CANARY",
        "? password\n: CANARY",
        "Authorization: Bearer CANARY",
        "passphrase = CANARY",
        "url: jdbc:postgresql://db/kestra?user=kestra&password=CANARY",
        "run: --token=CANARY",
        "# password was CANARY",
        "CANARY",
    ],
)
def test_of_a_closed_file_only_names_are_shown_of_what_is_taken_away(text: str) -> None:
    removed = "".join(f"-{line}\n" for line in text.splitlines())
    shown = redacted(f"--- /o/a\n{removed}", [], closed=True)
    assert "CANARY" not in shown
    assert shown.startswith("--- /o/a\n-")
    assert len(shown.splitlines()) == len(text.splitlines()) + 1


def test_names_stay() -> None:
    text = '-  url: "http://old"\n-export A=b\n-kestra:\n+  url: "http://new"\n'
    assert redacted(text, [], closed=True).splitlines() == [
        "-  url: *****",
        "-export A= *****",
        "-kestra:",
        '+  url: "http://new"',
    ]
    assert redacted(text, [], closed=False) == text


def test_two_secrets_that_look_alike_are_said_to_be_two() -> None:
    text = f"-  password: {SECRET}\n+  password: {OTHER}\n"
    assert redacted(text, [SECRET, OTHER], closed=False).splitlines() == [
        "-  password: *****",
        "+  password: ***** (another one)",
    ]


def test_where_a_secret_is_may_be_said() -> None:
    line = "-    password: ${DB_PASSWORD}\n"
    assert redacted(line, [], closed=True) == line


def env(**values: str) -> str:
    return "".join(f"{key}={value}\n" for key, value in values.items())


def test_settings_are_shown_and_secrets_only_named() -> None:
    before = env(KESTRA_HTTP_PORT="8080", KESTRA_DB_PASSWORD="Old-pass-1", MY_TOKEN="Old-token-1")
    after = env(KESTRA_HTTP_PORT="8090", KESTRA_DB_PASSWORD="New-pass-1", MY_TOKEN="Old-token-1")
    shown = env_diff("/o/.env", before, after, STACK)
    assert [line for line in shown.splitlines() if line[:1] in "-+"][2:] == [
        "-KESTRA_HTTP_PORT=8080",
        "-KESTRA_DB_PASSWORD=*****",
        "+KESTRA_HTTP_PORT=8090",
        "+KESTRA_DB_PASSWORD=***** (another one)",
    ]
    assert "MY_TOKEN" not in shown, "it stays as it is"


def test_a_password_that_a_hand_put_in_a_setting_is_not_shown() -> None:
    before = env(KESTRA_HTTP_PORT="Oops-my-password-1")
    shown = env_diff("/o/.env", before, env(KESTRA_HTTP_PORT="8090"), STACK)
    assert "-KESTRA_HTTP_PORT=*****" in shown
    assert "+KESTRA_HTTP_PORT=8090" in shown


def test_a_value_that_was_declared_before_is_shown() -> None:
    before = env(KESTRA_BASICAUTH_USERNAME="old@example.com")
    after = env(KESTRA_BASICAUTH_USERNAME=STACK.environment["KESTRA_BASICAUTH_USERNAME"])
    shown = env_diff("/o/.env", before, after, STACK, {"old@example.com"})
    assert "-KESTRA_BASICAUTH_USERNAME=old@example.com" in shown


def test_a_secret_that_comes_and_one_that_goes() -> None:
    shown = env_diff("/o/.env", env(OLD_TOKEN="Old-1"), env(KESTRA_DB_PASSWORD="New-pass-1"), STACK)
    assert "-OLD_TOKEN=*****" in shown
    assert "+KESTRA_DB_PASSWORD=*****" in shown.splitlines()
    assert "New-pass-1" not in shown and "Old-1" not in shown


def test_secrets_of_flows_are_told_by_name() -> None:
    path = "/opt/kestra/config/flow-secrets.env"
    before = "# ours\nSECRET_A=YWFhYWFh\nSECRET_B=YmJiYmJi\nSECRET_C=Y2NjY2Nj\n"
    after = "# ours\nSECRET_A=eHh4eHh4\nSECRET_B=YmJiYmJi\nSECRET_D=ZGRkZGRk\n"
    shown = redacted(unified(before, after, (path, path)), [], closed=True)
    for line in (*before.splitlines()[1:], *after.splitlines()[1:]):
        assert line.partition("=")[2] not in shown
    for name in ("-SECRET_A", "+SECRET_A", "-SECRET_C", "+SECRET_D"):
        assert name in shown
