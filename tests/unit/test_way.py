"""The way to a host is what ssh makes of its configuration; what it refuses is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from kestra_provision.remote import way
from kestra_provision.remote.way import Way, WayError


@pytest.fixture(params=["ssh", "paramiko"])
def config(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration, which is read by either."""
    if request.param == "paramiko":
        monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path / "config"


def found(config: Path, text: str, name: str = "vps1", *options: str) -> Way:
    config.write_text(text)
    return way.find(name, options, str(config))


@pytest.mark.parametrize(
    ("text", "option", "value"),
    [
        ("Host vps*\n  HostName 192.0.2.7", "hostname", "192.0.2.7"),
        ("Host * !vps1\n  HostName 192.0.2.7", "hostname", "vps1"),
        ("Match host vps1\n  HostName 192.0.2.7", "hostname", "192.0.2.7"),
        ("Match !host vps1\n  HostName 192.0.2.7", "hostname", "vps1"),
        ("Host vps1\n  HostKeyAlias al", "hostkeyalias", "al"),
        ("ProxyJump none", "proxyjump", ""),
        ("ProxyCommand none", "proxycommand", ""),
        ("Host vps1\n  ProxyJump a,b", "proxyjump", "a,b"),
        ("", "proxyjump", ""),
    ],
)
def test_options(config: Path, text: str, option: str, value: str) -> None:
    assert found(config, text).one(option) == value


def test_what_the_inventory_says_goes_before_it(config: Path) -> None:
    to = found(config, "Port 22\nUser other\nStrictHostKeyChecking yes", "vps1", "-p", "2222")
    assert (to.port, to.user, to.strict) == (2222, "other", "yes")
    assert to.names == ["[vps1]:2222", "vps1"]
    told = way.find("vps1", ["-o", "StrictHostKeyChecking=no"], str(config), "me")
    assert (told.user, told.strict) == ("me", "no")


def test_a_new_key_is_accepted_where_nobody_says_otherwise(config: Path) -> None:
    assert found(config, "").strict == "accept-new"
    assert found(config, "StrictHostKeyChecking ask").strict == "ask"


@pytest.mark.parametrize(
    ("said", "files"),
    [
        ("", ["{home}/.ssh/known_hosts", "{home}/.ssh/known_hosts2"]),
        ("UserKnownHostsFile none", []),
        ("UserKnownHostsFile /a /b", ["/a", "/b"]),
        ("UserKnownHostsFile /a/kh-%n", ["/a/kh-vps1"]),
    ],
)
def test_files_of_known_hosts(config: Path, said: str, files: list[str]) -> None:
    home = str(config.parent)
    told = [str(file) for file in found(config, said).known_hosts]
    assert told == [file.format(home=home) for file in files]


@pytest.mark.parametrize(
    "text",
    [
        "Match nonsense x\n  User nobody",
        "Match host vps1 nonsense x\n  User nobody",
        "KnownHostsCommand /bin/echo %H",
    ],
)
def test_what_cannot_be_followed_is_refused(config: Path, text: str) -> None:
    with pytest.raises(WayError):
        found(config, text)


def test_ssh_says_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(WayError, match=r"ssh refuses its configuration: .*line 1.*foobar"):
        found(tmp_path / "config", "FooBar x")


def test_ssh_evaluates_what_paramiko_cannot(tmp_path: Path) -> None:
    (tmp_path / "more").write_text("HostName 192.0.2.9\n")
    exec_ = "Match exec false\n  HostName 192.0.2.1\nMatch exec true\n  HostName 192.0.2.2"
    assert found(tmp_path / "config", exec_).hostname == "192.0.2.2"
    assert found(tmp_path / "config", f"Include {tmp_path}/more").hostname == "192.0.2.9"


@pytest.mark.parametrize("text", ["Match exec true\n  User a", "Include x", "Match final\n User a"])
def test_without_ssh_paramiko_does_not_guess(
    tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(WayError, match=r"config:1: .* install the ssh client"):
        found(tmp_path / "config", text)


def test_named_file_has_to_be_there(config: Path) -> None:
    with pytest.raises(WayError, match=r"there is no .*; mend ssh_config_file"):
        way.find("vps1", [], str(config))


def test_file_that_others_may_write_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".ssh").mkdir()
    file = tmp_path / ".ssh" / "config"
    file.write_text("User me\n")
    file.chmod(0o666)
    with pytest.raises(WayError, match="chmod go-w"):
        way.find("vps1", [], None)
    file.chmod(0o600)
    assert way.find("vps1", [], None).user == "me"


def test_tokens() -> None:
    to = Way("vps1", {"hostname": ["192.0.2.1"], "port": ["2222"], "user": ["me"]})
    assert to.tokens("nc %h %p # 100%% %n %r") == "nc 192.0.2.1 2222 # 100% vps1 me"
    assert to.expanded("%d/x") == f"{Path.home()}/x"
    with pytest.raises(WayError, match="ssh has no %Z there"):
        to.tokens("%Z")


def test_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLACE", "/somewhere")
    assert Way("vps1", {}).expanded("${PLACE}/x") == "/somewhere/x"
    monkeypatch.delenv("PLACE")
    with pytest.raises(WayError, match="there is no PLACE in the environment"):
        Way("vps1", {}).expanded("${PLACE}/x")


def test_name_with_a_blank_is_one_file() -> None:
    to = Way("vps1", {"userknownhostsfile": ["/my keys/kh ~/x none"]})
    assert [str(f) for f in to.known_hosts] == ["/my keys/kh", str(Path.home() / "x")]
