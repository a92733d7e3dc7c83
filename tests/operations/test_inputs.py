"""Inputs from a command line: what becomes a part of the form, and what is refused."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from packaging.version import Version

from kestra_provision.kestra.inputs import InputError, parts

KINDS = "STRING INT BOOLEAN BOOL FILE SECRET MULTISELECT JSON"
DECLARED = [{"id": kind.lower(), "type": kind} for kind in KINDS.split()]
NEW, OLD = Version("1.3.39"), Version("0.20.7")


@pytest.mark.parametrize(
    ("given", "part"),
    [
        ("string=a=b, ü", ("string", (None, "a=b, ü".encode()))),
        ("string=", ("string", (None, b""))),
        ("string=@no-file", ("string", (None, b"@no-file"))),
        ("int=x", ("int", (None, b"x"))),
        ("boolean=True", ("boolean", (None, b"True"))),
        ("multiselect=a, b", ("multiselect", (None, b'["a", "b"]'))),
        ('multiselect=["a,b"]', ("multiselect", (None, b'["a,b"]'))),
        ('json={"a": 1}', ("json", (None, b'{"a": 1}'))),
    ],
)
def test_one_part(given: str, part: object) -> None:
    assert parts(DECLARED, [given], NEW) == [part]


def test_a_file(tmp_path: Path) -> None:
    file = tmp_path / "data.csv"
    file.write_bytes(b"a,b\n")
    assert parts(DECLARED, [f"file=@{file}"], NEW) == [("file", ("data.csv", b"a,b\n"))]
    assert parts(DECLARED, [f"file=@{file}"], OLD) == [("files", ("file", b"a,b\n"))]


def test_a_secret_comes_from_a_file_or_stdin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "token"
    file.write_text("Obviously-fake-1\n")
    part = ("secret", (None, b"Obviously-fake-1"))
    assert parts(DECLARED, [f"secret=@{file}"], NEW) == [part]
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"Obviously-fake-1\n")))
    assert parts(DECLARED, ["secret=@-"], NEW) == [part]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["string"], "'string' is no input: NAME=VALUE"),
        (["strnig=a"], "the flow has no input strnig; did you mean string?"),
        (["zzz=a"], "it has: string (STRING), int (INT)"),
        (["int=1", "int=2"], "input int is given twice"),
        (["boolean=yes"], "input boolean is a BOOLEAN: true or false, and not 'yes'"),
        (["bool=1"], "input bool is a BOOL: true or false"),
        (["file=data.csv"], "input file is a FILE: file=@PATH"),
        (["file=@/no/such/file"], "/no/such/file: No such file or directory"),
        (["file=@"], "file=@PATH"),
        (["secret=Obviously-fake-1"], "input secret is a SECRET: secret=@PATH"),
    ],
)
def test_what_is_refused(given: list[str], said: str) -> None:
    with pytest.raises(InputError) as caught:
        parts(DECLARED, given, NEW)
    assert said in str(caught.value)
    assert "Obviously-fake-1" not in str(caught.value)


def test_a_flow_without_inputs() -> None:
    with pytest.raises(InputError, match="the flow takes no input, and a was given"):
        parts([], ["a=1"], NEW)
