"""What values must keep; each rule answers None or why not."""

from collections.abc import Callable

import pytest

from kestra_provision.settings import rules

Rule = Callable[[str], str | None]

GOOD: list[tuple[Rule, str]] = [
    (rules.email, "admin@kestra.local"),
    (rules.email, "first.last+tag@sub.example.com"),
    (rules.email, "a" * 244 + "@example.com"),
    (rules.basic_auth_password, "Abcdefg1"),
    (rules.basic_auth_password, "Aa1" + "x" * 253),
    (rules.example_password, "anything else"),
    (rules.image, "kestra/kestra:v1.3.39"),
    (rules.image, "registry.example:5000/a/b_c/d-e:tag@sha256:" + "0" * 64),
    (rules.object_name, "tools-kestra_1.x"),
    (rules.database_name, "_kestra9"),
    (rules.database_name, "k" * 63),
    (rules.absolute_path, "/opt/kestra"),
    (rules.absolute_path, "/srv/my.apps/kestra-1_2"),
    (rules.ip_address, "127.0.0.1"),
    (rules.ip_address, "2001:db8::1"),
    (rules.version, "24.0"),
    (rules.engine_version, "28.2.2"),
    (rules.fingerprint, "0123456789ABCDEF" * 2 + "01234567"),
    (rules.repository, "https://download.docker.com/linux"),
    (rules.repository, "http://[2001:db8::1]:8080"),
    (rules.sha256, "0123456789abcdef" * 4),
    (rules.webhook, "https://hooks.example.com/T0/a-b_c?d=$e&f=%20"),
    (rules.webhook, "http://[::1]:9999/"),
    (rules.shell_line, 'mail -s "Kestra\'s health" me@example.com'),
    (rules.host_and_port, "example.com:443"),
    (rules.host_and_port, "192.0.2.7:65535"),
    (rules.url, "http://localhost:8080/"),
    (rules.url, "https://example.com/path/"),
]

BAD: list[tuple[Rule, str, str]] = [
    (rules.webhook, "hooks.example.com/x", "http://"),
    (rules.webhook, "https://example.com/a b", "blanks"),
    (rules.webhook, 'https://example.com/"', "quotes"),
    (rules.webhook, "https://example.com/\\x", "backslashes"),
    (rules.webhook, "https://example.com/\nx", "http://"),
    (rules.webhook, "file:///etc/passwd", "http://"),
    (rules.shell_line, " ", "one line"),
    (rules.shell_line, "a\nb", "one line"),
    (rules.email, "admin", "e-mail address"),
    (rules.email, "a@b", "e-mail address"),
    (rules.email, "a..b@example.com", "e-mail address"),
    (rules.email, "a b@example.com", "e-mail address"),
    (rules.email, "a'b@example.com", "e-mail address"),
    (rules.email, "a" * 245 + "@example.com", "at most 256"),
    (rules.basic_auth_password, "Abcdef1", "8 to 256"),
    (rules.basic_auth_password, "Aa1" + "x" * 254, "8 to 256"),
    (rules.basic_auth_password, "abcdefg1", "upper-case"),
    (rules.basic_auth_password, "ABCDEFG1", "lower-case"),
    (rules.basic_auth_password, "Abcdefgh", "digit"),
    (rules.basic_auth_password, "Admin123", "published example"),
    (rules.example_password, "KESTRA", "published example"),
    (rules.image, "UPPER/case", "image reference"),
    (rules.image, "a b", "image reference"),
    (rules.image, "kestra:tag:tag", "image reference"),
    (rules.image, "kestra@sha256:short", "image reference"),
    (rules.image, "kestra;rm -rf", "image reference"),
    (rules.image, "", "image reference"),
    (rules.object_name, "-x", "starts with"),
    (rules.object_name, "a/b", "may hold"),
    (rules.object_name, "", "may hold"),
    (rules.database_name, "9k", "lower-case"),
    (rules.database_name, "k" * 64, "lower-case"),
    (rules.engine_version, "28", "such as 28.2.2"),
    (rules.engine_version, "5:28.2.2-1~debian", "such as 28.2.2"),
    (rules.engine_version, "28.2.*", "such as 28.2.2"),
    (rules.fingerprint, "0EBFCD88", "40 hexadecimal digits"),
    (rules.fingerprint, "a" * 40, "upper case"),
    (rules.repository, "download.docker.com/linux", "must start with http"),
    (rules.repository, "https://user:secret@example.com/linux", "without user, password"),
    (rules.repository, "https://example.com/a b", "blanks"),
    (rules.repository, "https://example.com/$(id)", "without"),
    (rules.repository, "https://example.com/", "slash at its end"),
    (rules.absolute_path, "relative/path", "absolute"),
    (rules.absolute_path, "/opt/ke stra", "absolute"),
    (rules.absolute_path, "/opt/../etc", "absolute"),
    (rules.absolute_path, "/opt/$HOME", "absolute"),
    (rules.absolute_path, "/opt", "two levels"),
    (rules.absolute_path, "/opt/", "two levels"),
    (rules.ip_address, "localhost", "IP address"),
    (rules.ip_address, "300.0.0.1", "IP address"),
    (rules.version, "newest", "version"),
    (rules.sha256, "0" * 63, "64 hexadecimal"),
    (rules.sha256, "F" * 64, "64 hexadecimal"),
    (rules.url, "http://localhost:8080", "end with /"),
    (rules.url, "ftp://localhost/", "http://"),
    (rules.url, "http://localhost/ui/", "/ui/"),
    (rules.host_and_port, "example.com", "HOST:PORT"),
    (rules.host_and_port, "example.com:0", "HOST:PORT"),
    (rules.host_and_port, "$(reboot):443", "HOST:PORT"),
    (rules.host_and_port, "https://example.com:443", "HOST:PORT"),
]


@pytest.mark.parametrize(("rule", "value"), GOOD)
def test_good_value_passes(rule: Rule, value: str) -> None:
    assert rule(value) is None


@pytest.mark.parametrize(("rule", "value", "why"), BAD)
def test_bad_value_is_told_why(rule: Rule, value: str, why: str) -> None:
    assert why in (rule(value) or "")


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        (rules.email, "admin@kestra.local"),
        (rules.image, "postgres:17"),
        (rules.object_name, "tools-kestra"),
        (rules.database_name, "kestra"),
        (rules.absolute_path, "/opt/kestra"),
        (rules.sha256, "0" * 64),
        (rules.url, "http://localhost/"),
    ],
)
def test_line_break_at_the_end_is_no_part_of_a_good_value(rule: Rule, value: str) -> None:
    assert rule(f"{value}\n") is not None


@pytest.mark.parametrize("path", ["//", "/opt/.", "//opt", "/./opt", "/opt/./"])
def test_one_level_by_another_spelling_is_still_one_level(path: str) -> None:
    """It gets its own owner and mode, and `/opt` belongs to others as well."""
    assert rules.absolute_path(path) is not None


@pytest.mark.parametrize(
    "value", ["/var/tmp", "/var/lib", "/home/me", "/etc/kestra", "/usr/local/kestra", "/tmp/k/x"]
)
def test_a_folder_of_the_system_is_no_root_dir(value: str) -> None:
    assert "belongs to the system" in (rules.absolute_path(value) or "")


@pytest.mark.parametrize("value", ["/opt/kestra", "/srv/kestra", "/var/lib/kestra", "/home/me/k"])
def test_a_folder_of_its_own_is_a_root_dir(value: str) -> None:
    assert rules.absolute_path(value) is None


@pytest.mark.parametrize("value", ["Tools", "a.b", "-a", ""])
def test_what_compose_takes_for_no_project_is_refused(value: str) -> None:
    assert rules.project_name(value)


@pytest.mark.parametrize("value", ["host", "none", "bridge"])
def test_built_in_networks_are_refused(value: str) -> None:
    assert rules.network_name(value)
