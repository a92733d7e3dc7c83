"""Encrypts credentials as n8n does: what one wrote with a key, the other reads with it."""

import json
import os
import subprocess
from typing import Any

_OPENSSL = ("openssl", "enc", "-aes-256-cbc", "-md", "md5", "-base64", "-A", "-pass", "env:KEY")


class DecryptError(Exception):
    """The data was encrypted with another key."""


def encrypt(value: Any, key: str) -> str:
    """Return the text that goes into the database."""
    return _run(("-salt",), json.dumps(value, separators=(",", ":")), key)


def decrypt(text: str, key: str) -> Any:
    """Return what was encrypted."""
    try:
        return json.loads(_run(("-d",), text, key))
    except (subprocess.CalledProcessError, ValueError) as problem:
        # Now and then a wrong key yields bytes that end like a padding, but they are no JSON.
        raise DecryptError(
            "Credentials could not be decrypted. The likely reason is that a different"
            ' "encryptionKey" was used to encrypt the data.'
        ) from problem


def _run(options: tuple[str, ...], text: str, key: str) -> str:
    done = subprocess.run(
        [*_OPENSSL, *options],
        input=text.encode(),
        env={"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "KEY": key},
        capture_output=True,
        check=True,
    )
    return done.stdout.decode()
