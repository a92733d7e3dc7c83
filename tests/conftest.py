"""For all tests: Ctrl-C reaches the programs they start; golden files may be written anew."""

import signal

import pytest

# A shell starts what it runs in the background with SIGINT ignored, every child inherits that, and
# some tests send it to theirs.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--golden-write", action="store_true", help="write tests/golden anew instead of comparing"
    )


@pytest.fixture
def golden_write(request: pytest.FixtureRequest) -> bool:
    """Whether what is found becomes what is expected."""
    return bool(request.config.getoption("--golden-write"))
