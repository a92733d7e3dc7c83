"""The port map: every port with the setting that moves it."""

import pytest

from kestra_provision import HEADER
from kestra_provision.profiles import stack_of
from kestra_provision.profiles.tools import Tools
from kestra_provision.render.host.port_map import port_map
from kestra_provision.settings import Settings


def rows(settings: Settings) -> list[list[str]]:
    """The cells below the heading and its line."""
    lines = [
        line for line in port_map(settings, stack_of(settings)).splitlines() if line.startswith("|")
    ]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert {len(row) for row in cells} == {7}
    return cells[2:]


def test_every_port_with_its_setting() -> None:
    http, management, database = rows(Tools(http_port=8180, management_port=8685))
    assert http[:4] == ["kestra", "`tools-kestra`", "`127.0.0.1`", "8180"]
    assert "http_port" in http[4]
    assert management[2:4] == ["`127.0.0.1`", "8685"]
    assert "management_port" in management[4]
    assert database[1] == "`tools-kestra-postgres`"
    assert database[3] == "5432"
    assert database[-1] == "no"


@pytest.mark.parametrize(
    ("address", "published"),
    [
        ("127.0.0.1", "loopback only"),
        ("::1", "loopback only"),
        ("0.0.0.0", "on every address of the host"),
        ("::", "on every address of the host"),
        ("10.0.0.5", "on 10.0.0.5"),
    ],
)
def test_who_reaches_it(address: str, published: str) -> None:
    http, management, _ = rows(Tools(bind_address=address))
    assert http[-1] == published
    assert management[-1] == "loopback only"


def test_it_is_marked() -> None:
    text = port_map(Tools(), stack_of(Tools()))
    assert HEADER in text.splitlines()[0]
    assert text.endswith("USER@HOST`\n")
