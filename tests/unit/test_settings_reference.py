"""`group_data/all.py` and `docs/settings.md` tell what the model says."""

from pathlib import Path
from typing import Any

from kestra_provision.settings import Settings, passwords
from kestra_provision.settings.load import ENVIRONMENT_SETTINGS
from kestra_provision.settings.reference import env_example, group_data, markdown

ROOT = Path(__file__).resolve().parents[2]


def executed(text: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(text, {}, names)
    return {name: value for name, value in names.items() if not name.startswith("_")}


def test_group_data_holds_every_default() -> None:
    assert executed(group_data()) == Settings().model_dump()


def test_shipped_group_data_is_the_models() -> None:
    file = ROOT / "group_data" / "all.py"
    assert executed(file.read_text()) == Settings().model_dump()


def test_shipped_profile_sets_known_settings_only() -> None:
    Settings(**executed((ROOT / "group_data" / "tools.py").read_text()))


def test_documentation_names_everything() -> None:
    text = markdown()
    for name in (*Settings.model_fields, *ENVIRONMENT_SETTINGS, *passwords.NAMES):
        assert f"| `{name}` | " in text


def test_documentation_shows_the_defaults() -> None:
    assert "| `http_port` | `8080` | UI and API on the host. |\n" in markdown()
    assert "| `compose_deb` | - | " in markdown()


def test_example_of_env_is_the_models() -> None:
    assert (ROOT / ".env.example").read_text() == env_example()


def test_example_of_env_names_everything_and_sets_nothing() -> None:
    lines = env_example().splitlines()
    named = {line[1:].partition("=")[0] for line in lines if line.startswith("#KESTRA_")}
    assert named == {*ENVIRONMENT_SETTINGS, *passwords.GIVEN}
    assert [line for line in lines if line and not line.startswith("#")] == []
