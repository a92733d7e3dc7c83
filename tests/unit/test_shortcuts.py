"""What is found more quickly is what pyinfra would have found."""

from __future__ import annotations

import inspect
from functools import partial
from types import FrameType
from typing import Any

from pyinfra.api.arguments import all_global_arguments

from kestra_provision.run import shortcuts


def _places(frames: list[Any]) -> list[tuple[str, int]]:
    return [(frame.f_code.co_filename, frame.f_lineno) for frame, *_ in frames]


def _as_replaced(*arguments: Any) -> Any:
    """As `patches` puts a function in the place of another: one call in between."""
    return shortcuts.stack(*arguments)


def test_the_stack_begins_with_the_caller() -> None:
    quick, slow = _places(_as_replaced(inspect.stack)), _places(inspect.stack())
    assert quick == slow
    assert quick[0][0] == __file__


def test_a_frame_has_the_same_file_and_line() -> None:
    frame = inspect.currentframe()
    assert isinstance(frame, FrameType)
    quick, slow = shortcuts.getframeinfo(None, frame), inspect.getframeinfo(frame)
    assert (quick.filename, quick.function) == (slow.filename, slow.function)
    assert quick.lineno == slow.lineno


def test_arguments_are_found_once() -> None:
    asked = []

    def original(answer: list[Any]) -> list[Any]:
        asked.append(answer)
        return answer

    once = partial(original, all_global_arguments())
    assert shortcuts.all_global_arguments(once) == all_global_arguments()
    assert shortcuts.all_global_arguments(once) == all_global_arguments()
    assert len(asked) == 1
