"""For all tests: Ctrl-C reaches what they start, golden files are written, long tests left out."""

import signal

import pytest

# A shell starts what it runs in the background with SIGINT ignored, every child inherits that, and
# some tests send it to theirs.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--golden-write", action="store_true", help="write tests/golden anew instead of comparing"
    )
    parser.addoption(
        "--long", action="store_true", help="the long matrix alone: tests marked so, for hours"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Either the tests that are marked `long`, or all the others."""
    wanted = bool(config.getoption("--long"))
    left = [item for item in items if (item.get_closest_marker("long") is None) is wanted]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in left]


@pytest.fixture
def golden_write(request: pytest.FixtureRequest) -> bool:
    """Whether what is found becomes what is expected."""
    return bool(request.config.getoption("--golden-write"))
