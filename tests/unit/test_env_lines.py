"""`.env` is read one way: what is accepted all read alike, and Python and bash refuse the same."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import pytest
from dotenv import dotenv_values

from kestra_provision.profiles.tools import Tools
from kestra_provision.settings.env_file import EnvFile, EnvFileError
from kestra_provision.settings.env_lines import assigned, trouble
from tests.unit.env_lines import ALIKE, OTHERWISE, random_lines
from tests.unit.host_files import installed

_SOURCED = ". {root}/scripts/lib/common.sh; . {root}/scripts/lib/guard.sh; "


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return installed(Tools(), tmp_path_factory.mktemp("host"))


def told(root: Path, content: bytes, command: str) -> str:
    """What a function of the host's scripts prints with this `.env`."""
    (root / ".env").write_bytes(content)
    script = _SOURCED.format(root=root) + command
    done = subprocess.run(["bash", "-c", script], capture_output=True, check=True)
    assert done.stderr == b""
    return done.stdout.decode().removesuffix("\n")


@pytest.mark.parametrize("line", ALIKE, ids=lambda line: ascii(line)[:40])
def test_accepted_line_is_read_alike(root: Path, line: str) -> None:
    text, value = f"# head\n{line}\nB=2\n", ALIKE[line]
    assert EnvFile.parse(text).values == {"A": value, "B": "2"}
    for interpolate in (True, False):
        read = dotenv_values(stream=io.StringIO(text), interpolate=interpolate)
        assert read == {"A": value, "B": "2"}
    assert told(root, text.encode(), "env_trouble; env_value A") == value


@pytest.mark.parametrize("line", OTHERWISE, ids=lambda line: ascii(line)[:40])
def test_other_line_is_refused_by_number_key_and_rule(root: Path, line: str) -> None:
    text = f"B=2\n{line}\n"
    with pytest.raises(EnvFileError) as error:
        EnvFile.parse(text)
    said = str(error.value)
    assert said.startswith("line 2 ")
    assert OTHERWISE[line] in said
    assert told(root, text.encode(), "env_trouble") == f"{root}/.env: {said}"


@pytest.mark.parametrize(
    "line", ["A=Str0ng$word9", "A='Str0ng", 'A="Str0ng$word9"', "Str0ng word9"]
)
def test_value_is_never_repeated(root: Path, line: str) -> None:
    with pytest.raises(EnvFileError) as error:
        EnvFile.parse(f"{line}\n")
    assert "Str0ng" not in str(error.value)
    assert "Str0ng" not in told(root, f"{line}\n".encode(), "env_trouble")


@pytest.mark.parametrize(
    ("content", "values"),
    [
        (b"A=1\r\nB='2'\r\nC=\r\n", {"A": "1", "B": "2", "C": ""}),
        (b"\xef\xbb\xbfA=1\n", {"A": "1"}),
        (b"A=1\nA=2\n", {"A": "2"}),
        (b"AA=1\nA=2\nA_B=3\n", {"AA": "1", "A": "2", "A_B": "3"}),
        (b"#A=1\n\n   \nA=2", {"A": "2"}),
        (b"A=1\r", {"A": "1"}),
    ],
)
def test_file_is_read_alike(root: Path, content: bytes, values: dict[str, str]) -> None:
    text = content.decode()
    assert EnvFile.parse(text).values == values
    assert dotenv_values(stream=io.StringIO(text)) == values
    for key, value in values.items():
        assert told(root, content, f"env_trouble; env_value {key}") == value


@pytest.mark.parametrize(
    "content", [b"A=1\nB=\xff\n", b"A=1\nB='\xe2\x82'\n", b"A=1\n# \xc0\xaf\n"]
)
def test_bytes_that_are_no_utf_8_are_refused_on_the_host_as_well(
    root: Path, content: bytes
) -> None:
    said = told(root, content, "env_trouble")
    assert said == f"{root}/.env: line 2 holds bytes that are no UTF-8"


def test_bash_and_python_refuse_the_same_lines(root: Path) -> None:
    lines = random_lines(600)
    judge = 'printf \'%s\\n\' "$line" >"$root/.env"; said=$(env_trouble); printf \'%s@@\' "$said"'
    script = _SOURCED.format(root=root) + f"while IFS= read -r -d '' line; do {judge}; done"
    done = subprocess.run(
        ["bash", "-c", script],
        input=b"".join(line.encode() + b"\0" for line in lines),
        capture_output=True,
        check=True,
    )
    of_bash = [said.partition(" line 1 ")[2] for said in done.stdout.decode().split("@@")[:-1]]
    of_python = []
    for line in lines:
        try:
            EnvFile.parse(f"{line}\n")
            of_python.append("")
        except EnvFileError as error:
            of_python.append(str(error).removeprefix("line 1 "))
    assert of_bash == of_python
    assert of_python.count("") > 50


def test_python_dotenv_reads_what_is_accepted_alike() -> None:
    accepted = [line for line in random_lines(50000) if not trouble(line)]
    values = [(line, pair[1]) for line in accepted if (pair := assigned(line))]
    assert len(values) > 500
    for line, value in values:
        for interpolate in (True, False):
            read = dotenv_values(stream=io.StringIO(f"{line}\n"), interpolate=interpolate)
            assert [*read.values()] == [value], ascii(line)
