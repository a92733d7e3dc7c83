"""Where things lie on a host, and what stands in `.env`."""

from kestra_provision.profiles import stack_of
from kestra_provision.profiles.tools import Tools
from kestra_provision.settings.env_file import unwritable
from kestra_provision.settings.environment import fixed_in_env, names_in_env
from kestra_provision.stack.layout import Layout

LAYOUT, STACK = Layout("/opt/kestra"), stack_of(Tools())


def test_everything_lies_below_the_root() -> None:
    paths = [
        LAYOUT.compose,
        LAYOUT.config,
        LAYOUT.application,
        LAYOUT.record,
        LAYOUT.storage,
        LAYOUT.workdir,
        LAYOUT.backups,
    ]
    assert all(path.startswith("/opt/kestra/") for path in paths)
    assert len(set(paths)) == len(paths)


def test_parents_come_before_children() -> None:
    made = [directory.path for directory in STACK.directories]
    for index, path in enumerate(made[1:], start=1):
        assert path.rpartition("/")[0] in made[:index]


def test_folders_of_all_files_are_made() -> None:
    made = {directory.path for directory in STACK.directories}
    for path in (LAYOUT.compose, LAYOUT.application, LAYOUT.record):
        assert path.rpartition("/")[0] in made


def test_the_image_owns_what_it_writes_and_nothing_else() -> None:
    owned = {d.path: d.owner for d in STACK.directories if d.owner}
    assert owned == STACK.owners == dict.fromkeys([LAYOUT.storage, LAYOUT.workdir], "kestra")


def test_what_may_hold_secrets_is_closed_to_others() -> None:
    modes = {directory.path: directory.mode for directory in STACK.directories}
    assert modes[LAYOUT.backups] == "700"
    assert modes[LAYOUT.storage] == modes[LAYOUT.workdir] == "750"
    assert not [path for path, mode in modes.items() if mode[-1] not in "05"]


def test_env_has_every_setting_of_it_under_its_name() -> None:
    settings = Tools(http_port=1, db_name="d", db_user="u", basic_auth_username="a@b.cd")
    found = stack_of(settings).environment
    assert found == {
        **fixed_in_env([Tools]),
        "KESTRA_DB_HOST": "tools-kestra-postgres",
        **{name: str(getattr(settings, key)) for name, key in names_in_env([Tools]).items()},
    }


def test_env_settings_can_always_be_written() -> None:
    assert [v for v in stack_of(Tools()).environment.values() if unwritable(v)] == []
