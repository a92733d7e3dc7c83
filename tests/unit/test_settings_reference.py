"""`docs/settings.md`, `group_data/all.py` and `.env.example` tell what the sections say."""

import re
from pathlib import Path
from typing import Any

import pytest

from kestra_provision.profiles import SETTINGS
from kestra_provision.profiles.tools import Tools
from kestra_provision.settings import passwords
from kestra_provision.settings.environment import names_in_env, sections
from kestra_provision.settings.examples import env_example, group_data
from kestra_provision.settings.outline import outline
from kestra_provision.settings.reference import markdown
from tests.unit.two_profiles import TWO

ROOT = Path(__file__).resolve().parents[2]
NAMES = names_in_env(SETTINGS.values())


def executed(text: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(text, {}, names)
    return {name: value for name, value in names.items() if not name.startswith("_")}


def chosen(text: str) -> str:
    """With the # taken away from every setting."""
    return re.sub(r"^# (\w+ = )", r"\1", text, flags=re.M)


def test_group_data_sets_nothing() -> None:
    assert executed(group_data(SETTINGS)) == {}


def test_group_data_offers_every_default() -> None:
    offered = executed(chosen(group_data(SETTINGS)))
    assert {*offered} == {name for each in SETTINGS.values() for name in each.model_fields}
    defaults = next(iter(SETTINGS.values())).model_validate({}).model_dump()
    assert {name: offered[name] for name in defaults} == defaults


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("group_data/all.py", group_data(SETTINGS)),
        (".env.example", env_example(SETTINGS)),
        ("docs/settings.md", markdown(SETTINGS)),
    ],
)
def test_shipped_file_is_written_anew(name: str, text: str) -> None:
    """kestra-provision settings --write ."""
    assert (ROOT / name).read_text() == text


def test_documentation_names_everything() -> None:
    text = markdown(SETTINGS)
    for name in (*Tools.model_fields, *NAMES, *passwords.NAMES):
        assert f"| `{name}` | " in text
    for section in sections(SETTINGS.values()):
        assert f"\n## {section.title}\n" in text


def test_documentation_shows_the_defaults() -> None:
    assert "| `http_port` | `8080` | UI and API on the host. |\n" in markdown(SETTINGS)
    assert "| `compose_deb` | - | " in markdown(SETTINGS)


def test_every_setting_stands_in_one_section() -> None:
    shown = [each.name for part in outline(SETTINGS) for each in part.settings]
    assert sorted(shown) == sorted({*shown})


def test_what_only_some_profiles_have_says_so() -> None:
    parts = {part.section.title: part for part in outline(TWO)}
    assert parts["PostgreSQL"].of_profiles == "profile tools"
    assert parts["Kestra"].of_profiles == ""
    assert "\n## PostgreSQL\n\nOnly in profile tools.\n" in markdown(TWO)
    for text in (group_data(TWO), env_example(TWO)):
        assert "\n# PostgreSQL (profile tools) ---" in text


def test_default_of_each_profile_is_shown() -> None:
    assert '| `container_name` | `"tools-kestra"`, small: `"small"` | ' in markdown(TWO)
    assert '# Kestra\'s container. Default of small: "small".\n' in group_data(TWO)
    assert '| `profile` | `"tools"` | ' in markdown(TWO)


def test_example_of_env_names_everything_and_sets_nothing() -> None:
    lines = env_example(SETTINGS).splitlines()
    named = {line[1:].partition("=")[0] for line in lines if re.match("#[A-Z0-9_]+=", line)}
    assert named == {*NAMES, *passwords.GIVEN, "SECRET_NAME"}
    assert [line for line in lines if line and not line.startswith("#")] == []
