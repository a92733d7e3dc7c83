"""What pyinfra works out anew for each operation of each host, found quickly or kept.

With many hosts it is the laptop that they wait for, and it has one core for all of them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache
from types import FrameType
from typing import Any


def stack(_original: object) -> list[tuple[FrameType]]:
    """`inspect.stack`, with nothing but the frames; the caller's comes first."""
    frame = inspect.currentframe()
    # This one, and the one that stands for the original.
    frame = frame and frame.f_back and frame.f_back.f_back
    frames: list[tuple[FrameType]] = []
    while frame:
        frames.append((frame,))
        frame = frame.f_back
    return frames


def getframeinfo(_original: object, frame: FrameType) -> inspect.Traceback:
    """`inspect.getframeinfo`, without a line of source."""
    code = frame.f_code
    return inspect.Traceback(code.co_filename, frame.f_lineno, code.co_name, None, None)


def all_global_arguments(original: Callable[[], list[Any]]) -> list[Any]:
    """The same list for every call; nobody changes it."""
    return _once(original)


@cache
def _once(original: Callable[[], list[Any]]) -> list[Any]:
    return original()
