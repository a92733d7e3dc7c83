"""The lines of files that are about to be written, beside what the host has of them."""

import base64

from kestra_provision.facts.settings_record import SettingsRecord
from kestra_provision.plan.diff import files
from kestra_provision.profiles import stack_of
from kestra_provision.profiles.tools import Tools
from kestra_provision.render.host.application import application_file
from kestra_provision.render.host.compose import render_compose
from kestra_provision.render.host.docker_run import docker_run
from kestra_provision.run.coming import Coming
from tests.operations.fake_host import FakeHost

SECRET = "Obviously-fake-1"
ENV = f"600 0 0\nKESTRA_HTTP_PORT=9999\nKESTRA_DB_PASSWORD={SECRET}\n."


def there(*texts: str | None) -> str:
    """What the host answers of each file in turn."""
    encoded = (None if t is None else base64.b64encode(t.encode()).decode() + "." for t in texts)
    return "".join(f"{line or ''}\n" for line in encoded)


def host(*texts: str | None) -> FakeHost:
    answers = {"base64": (True, there(*texts), ""), "stat -c": (True, ENV, "")}
    return FakeHost({SettingsRecord: {}}, answers)


def test_one_channel_brings_all_and_secrets_stay_out() -> None:
    asked = host(f"url: http://x:{SECRET}@db/\n", "same\n", None)
    coming = Coming(files={"/a": "url: none\n", "/b": "same\nmore\n", "/c": "new\n"})
    first, second, third = files(asked.as_host, coming)
    assert "-url: http://*****@db/" in first.diff and "+url: none" in first.diff
    assert "+more" in second.diff
    assert (third.new, third.diff) == (True, "")
    assert sum("base64" in c.get_raw_value() for c, _ in asked.ran) == 1
    assert SECRET not in f"{first}{second}{third}{asked.said}"


def test_a_secret_that_is_made_only_now_is_struck_out_too() -> None:
    made = "Made-just-now-1"
    asked = host("KESTRA_HTTP_PORT=9999\n", f"password: {made}\n")
    coming = Coming(
        files={
            "/opt/kestra/.env": f"KESTRA_HTTP_PORT=8080\nKESTRA_DB_PASSWORD={made}\n",
            "/a": "password: other\n",
        },
        closed={"/opt/kestra/.env"},
    )
    found = files(asked.as_host, coming)
    assert made not in str(found)
    assert "+KESTRA_HTTP_PORT=8080" in found[0].diff


def test_secrets_in_what_the_operator_gives_to_kestra_stay_out() -> None:
    """The files as a deploy renders them, for the former and for the new values."""
    coming, before = dict[str, str](), dict[str, str]()
    for values, rendered in (("Obviously-fake-2", before), ("Obviously-fake-3", coming)):
        settings = Tools(
            kestra_env={
                "API_TOKEN": f"Variable-{values[-1]}\n$x 'y'",
                "MY_URL": f"http://u:{values}@h/",
                "ENV_X": f"seen {values[-1]}",
            },
            kestra_config={"a": {"token": [values, {"b": f'{values} " x'}], "c": "seen too"}},
        )
        stack = stack_of(settings)
        rendered["/application"] = application_file(settings, stack, {}).content
        rendered["/compose"] = render_compose(settings, stack, stack.sizes(4096), "f" * 64)
        rendered["/docker"] = docker_run(rendered["/compose"], stack.root, stack.environment)
    there_is = {"base64": (True, there(*before.values()), ""), "stat -c": (True, ENV, "")}
    asked = FakeHost({SettingsRecord: {}}, there_is, settings=settings)
    shown = "".join(
        file.diff for file in files(asked.as_host, Coming(files=coming, closed={"/application"}))
    )
    assert "seen 3" in shown
    for name in ("API_TOKEN", "MY_URL", "token"):
        assert name in shown
    for secret in ("Obviously-fake-2", "Obviously-fake-3", "Variable-2", "Variable-3"):
        assert secret not in shown


def test_nothing_to_write_is_nothing_to_ask() -> None:
    asked = host()
    assert files(asked.as_host, Coming()) == ()
    assert asked.ran == []


def test_a_file_that_is_no_text_is_shown_as_far_as_it_goes() -> None:
    asked = FakeHost(
        answers={
            "base64": (True, base64.b64encode(b"\xff\xfe\n").decode() + ".\n", ""),
            "stat -c": (True, ENV, ""),
        }
    )
    (found,) = files(asked.as_host, Coming(files={"/a": "text\n"}))
    assert "+text" in found.diff
