"""Generated secrets keep every rule, and refusals never repeat a value."""

import base64
import string

import pytest

from kestra_provision.profiles import stack_of
from kestra_provision.settings import passwords, rules
from kestra_provision.settings.env_file import quoted
from tests.full import full_settings

DRAWS = 200
ALPHABET = set(string.ascii_letters + string.digits + "_-")


@pytest.fixture(scope="module", params=[passwords.DB, passwords.BASIC_AUTH])
def drawn(request: pytest.FixtureRequest) -> tuple[str, list[str]]:
    return request.param, [passwords.generate(request.param) for _ in range(DRAWS)]


def test_generated_passwords_keep_their_rules(drawn: tuple[str, list[str]]) -> None:
    name, values = drawn
    for value in values:
        assert passwords.refusal(name, value) is None
        assert rules.basic_auth_password(value) is None
        assert len(value) == 32
        assert set(value) <= ALPHABET
        assert value[0] not in "-_"


def test_generated_passwords_differ(drawn: tuple[str, list[str]]) -> None:
    assert len(set(drawn[1])) == DRAWS


def test_generated_passwords_need_no_quotes(drawn: tuple[str, list[str]]) -> None:
    assert [value for value in drawn[1] if quoted(value) != value] == []


def test_generated_keys_are_32_bytes_that_need_no_quotes() -> None:
    values = [passwords.generate(passwords.ENCRYPTION) for _ in range(DRAWS)]
    assert len(set(values)) == DRAWS
    for value in values:
        assert len(base64.b64decode(value, validate=True)) == 32
        assert not {"+", "/"} & set(value)
        assert passwords.refusal(passwords.ENCRYPTION, value) is None
        assert quoted(value) == value


@pytest.mark.parametrize("name", passwords.NAMES)
def test_what_is_generated_keeps_its_rule(name: str) -> None:
    assert passwords.refusal(name, passwords.generate(name)) is None


def test_names_are_those_of_all_profiles() -> None:
    stacks = [stack_of(settings) for settings in full_settings()]
    assert {*passwords.NAMES} == {name for stack in stacks for name in stack.secret_names}


def test_what_may_be_given_beside_them_is_generated_nowhere() -> None:
    assert passwords.OPTIONAL == ("KESTRA_NOTIFY_WEBHOOK",)
    assert set(passwords.GIVEN) == {*passwords.NAMES, *passwords.OPTIONAL, passwords.REGISTRY}


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        (passwords.WEBHOOK, "example.com/hook", "http://"),
        (passwords.WEBHOOK, "https://example.com/${x}", "${"),
        (passwords.DB, "seven77", "at least 8"),
        (passwords.DB, "Postgres", "published example"),
        (passwords.DB, "tab\there-it-is", "control character"),
        (passwords.BASIC_AUTH, "Sh0rt", "8 to 256"),
        (passwords.BASIC_AUTH, "Admin123", "published example"),
        (passwords.BASIC_AUTH, "Abcdefg1\n", "line break"),
        (passwords.ENCRYPTION, "not base64!", "32 bytes in base64"),
        (passwords.ENCRYPTION, base64.b64encode(b"x" * 31).decode(), "32 bytes"),
        (passwords.ENCRYPTION, "ü" * 44, "32 bytes"),
    ],
)
def test_refusal_says_why_and_not_what(name: str, value: str, why: str) -> None:
    message = passwords.refusal(name, value) or ""
    assert why in message
    assert value not in message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (passwords.DB, "eight888"),
        (passwords.DB, 'with "double" $quotes #and blanks'),
        (passwords.BASIC_AUTH, "Abcdefg1"),
        (passwords.ENCRYPTION, base64.b64encode(b"\xff" * 32).decode()),
    ],
)
def test_good_secret_passes(name: str, value: str) -> None:
    assert passwords.refusal(name, value) is None


@pytest.mark.parametrize("value", ["Long-enough'1", "Long-enough1\\", "Long\\\\enough1"])
@pytest.mark.parametrize("name", [passwords.DB, passwords.BASIC_AUTH])
def test_what_the_env_file_cannot_hold_is_refused(name: str, value: str) -> None:
    assert passwords.refusal(name, value) is not None
