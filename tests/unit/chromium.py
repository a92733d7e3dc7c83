"""A headless browser that sees files of this machine and nothing else."""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path
from subprocess import CompletedProcess, run
from tempfile import TemporaryDirectory

from tests.vps.engine import need_program

_QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--hide-scrollbars",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--proxy-server=127.0.0.1:9",
)
_SCHEMES = {"dark": 0, "light": 1}


def screenshot(page: Path, png: Path, scheme: str, width: int, height: int) -> None:
    """A picture of the page as a browser with this colour scheme shows it."""
    _run(
        page,
        f"--blink-settings=preferredColorScheme={_SCHEMES[scheme]}",
        f"--window-size={width},{height}",
        f"--screenshot={png}",
    )
    assert png.is_file()


def dom(page: Path) -> str:
    """The page's elements after it was loaded, and its scripts were run."""
    return _run(page, "--virtual-time-budget=2000", "--dump-dom").stdout


def requests(page: Path, log: Path) -> set[str]:
    """Every address that the browser asked for."""
    _run(page, f"--log-net-log={log}", "--net-log-capture-mode=Everything", "--dump-dom")
    events = json.loads(log.read_text())["events"]
    urls = (event.get("params", {}).get("url") for event in events)
    return {url for url in urls if url}


def pixel(png: Path, x: int, y: int) -> tuple[int, ...]:
    """Red, green and blue of one pixel of a picture with 8 bits a colour."""
    data, chunks, position = png.read_bytes(), b"", 8
    while position < len(data):
        length, kind = struct.unpack(">I4s", data[position : position + 8])
        body = data[position + 8 : position + 8 + length]
        position += 12 + length
        if kind == b"IHDR":
            width, _, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", body)
            assert (depth, interlaced) == (8, 0)
            step = {2: 3, 6: 4}[colour]
        elif kind == b"IDAT":
            chunks += body
    raw = zlib.decompress(chunks)
    above = bytes(width * step)
    for line in range(y + 1):
        start = line * (width * step + 1)
        above = _unfiltered(raw[start], raw[start + 1 : start + 1 + width * step], above, step)
    return tuple(above[x * step : x * step + 3])


def _unfiltered(kind: int, line: bytes, above: bytes, step: int) -> bytes:
    """One line of a PNG as its colours: it is stored as differences to its neighbours."""
    done = bytearray(line)
    for i, value in enumerate(line):
        left = done[i - step] if i >= step else 0
        corner = above[i - step] if i >= step else 0
        near = {0: 0, 1: left, 2: above[i], 3: (left + above[i]) // 2}
        done[i] = value + near.get(kind, _paeth(left, above[i], corner)) & 255
    return bytes(done)


def _paeth(left: int, above: int, corner: int) -> int:
    guess = left + above - corner
    return min((left, above, corner), key=lambda near: abs(guess - near))


def _run(page: Path, *options: str) -> CompletedProcess[str]:
    need_program("chromium", "chromium")
    with TemporaryDirectory() as profile:
        command = ["chromium", *_QUIET, f"--user-data-dir={profile}", *options, page.as_uri()]
        return run(command, capture_output=True, text=True, timeout=120, check=True)
