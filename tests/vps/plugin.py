"""A plugin of Kestra in a jar, made without Java: one task, which does what Kestra's `Log` does."""

from __future__ import annotations

import hashlib
import struct
import zipfile
from pathlib import Path

#: Its parent, which a Kestra of any version has.
_LOG = "io/kestra/plugin/core/log/Log"


def task_of(name: str) -> str:
    """The type that flows call its task by; Java knows no `-` in it."""
    return f"com.example.{name.replace('-', '_')}.Hello"


def make_jar(path: Path, name: str, version: str = "1.0.0", **more: str) -> str:
    """Writes a plugin's jar, the same bytes each time; its SHA-256.

    + more: further files of it by path, `None` as text takes one away
    """
    manifest = (
        "Manifest-Version: 1.0",
        f"X-Kestra-Name: {name}",
        f"X-Kestra-Title: {name}",
        f"X-Kestra-Group: {task_of(name).removesuffix('.Hello')}",
        f"X-Kestra-Version: {version}",
    )
    task = task_of(name)
    files: dict[str, str | bytes] = {
        "META-INF/MANIFEST.MF": "\r\n".join((*manifest, "", "")),
        "META-INF/services/io.kestra.core.models.Plugin": f"{task}\n",
        f"{task.replace('.', '/')}.class": _class(task.replace(".", "/"), _LOG),
        **more,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as jar:
        for inside, content in files.items():
            if content:
                jar.writestr(zipfile.ZipInfo(inside), content)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def publish(repository: Path, coordinates: str, **sums: str) -> Path:
    """Puts a plugin into a folder as a Maven repository has it, with its SHA-1 beside it.

    + coordinates: `group:artifact:version`; the artifact is the plugin's name
    + sums: other ones, by kind
    """
    group, artifact, version = coordinates.split(":")
    folder = repository.joinpath(*group.split("."), artifact, version)
    jar = folder / f"{artifact}-{version}.jar"
    make_jar(jar, artifact, version)
    told = {"sha1": hashlib.sha1(jar.read_bytes()).hexdigest(), **sums}
    for kind, digest in told.items():
        jar.with_name(f"{jar.name}.{kind}").write_text(digest)
    return jar


def _class(name: str, parent: str) -> bytes:
    """A class file: this name, this parent, and a constructor that calls the parent's."""

    def text(value: str) -> bytes:
        return struct.pack(">BH", 1, len(value)) + value.encode()

    pool = [
        struct.pack(">BH", 7, 2),
        text(name),
        struct.pack(">BH", 7, 4),
        text(parent),
        struct.pack(">BHH", 10, 3, 6),
        struct.pack(">BHH", 12, 7, 8),
        text("<init>"),
        text("()V"),
        text("Code"),
    ]
    code = b"\x2a\xb7\x00\x05\xb1"  # aload_0, invokespecial #5, return
    body = struct.pack(">HHI", 1, 1, len(code)) + code + struct.pack(">HH", 0, 0)
    constructor = struct.pack(">HHHHHI", 1, 7, 8, 1, 9, len(body)) + body
    return (
        struct.pack(">IHHH", 0xCAFEBABE, 0, 61, len(pool) + 1)
        + b"".join(pool)
        + struct.pack(">HHHHHH", 0x21, 1, 3, 0, 0, 1)
        + constructor
        + struct.pack(">H", 0)
    )
