"""Keys and files by hand on a server, beside what a sync keeps there."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.e2e.api import api
from tests.e2e.conftest import Site, changed
from tests.e2e.sample import fair

ODD = "plain words, 'ü' and \"quotes\" $HOME 2026-01-31"
TYPED = {
    "number": ("1.50", "NUMBER", 1.5),
    "boolean": ("true", "BOOLEAN", True),
    "json": ('[1, "two", null, {"a": {}}]', "JSON", [1, "two", None, {"a": {}}]),
    "date": ("2026-01-31", "DATE", "2026-01-31"),
    "datetime": ("2026-01-31T10:00:00.120+02:00", "DATETIME", "2026-01-31T08:00:00.120Z"),
    "text": (ODD, "STRING", ODD),
}


@pytest.fixture(scope="module")
def site(converged: Site) -> Iterator[Site]:
    """With one key and one file in `flows/`; the server has none of it afterwards."""
    folder = _folder(converged)
    (folder / "_files").mkdir(parents=True)
    (folder / "_kv.yaml").write_text("limit: 1\n")
    (folder / "_files" / "ours").write_text("1")
    well(converged.deploy())
    yield converged
    shutil.rmtree(folder)
    well(converged.command("flows", "prune", "-y", "--delete", "2"))
    assert changed(well(converged.deploy())) == 0


def _folder(site: Site) -> Path:
    folder: Path = site.workspace.directory / "flows" / "store.test"
    return folder


def well(done: CompletedProcess[str]) -> CompletedProcess[str]:
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.mark.parametrize("kind", TYPED)
def test_a_key_of_each_type(site: Site, kind: str) -> None:
    text, named, value = TYPED[kind]
    item = f"store.hand/of.{kind}"
    assert well(site.command("kv", "set", item, text, "--type", kind)).stdout == f"{item}: set\n"
    again = well(site.command("kv", "set", item, text, "--type", kind))
    assert again.stdout == f"{item}: is so already\n"
    told = json.loads(well(site.command("kv", "get", item, "--json")).stdout)
    assert (told["type"], told["value"]) == (named, value)
    printed = value if isinstance(value, str) else json.dumps(value)
    assert well(site.command("kv", "get", item)).stdout == printed


def test_a_key_from_its_first_list_to_its_end(site: Site) -> None:
    item = "store.hand/wait"
    well(site.command("kv", "set", item, "PT1H", "--type", "duration", "--ttl", "P1D"))
    (key,) = [key for key in listed(site, "kv", "keys") if key["key"] == "wait"]
    assert (key["namespace"], key["revision"], bool(key["expires"])) == ("store.hand", 1, True)
    # A key that ends is written once more to stay.
    well(site.command("kv", "set", item, "PT1H", "--type", "duration"))
    (key,) = [key for key in listed(site, "kv", "keys") if key["key"] == "wait"]
    assert key["expires"] == ""
    assert well(site.command("kv", "delete", item)).stdout == f"{item}: deleted\n"
    done = site.command("kv", "get", item)
    assert done.returncode == 1
    assert "there is no key store.hand/wait" in done.stderr


def listed(site: Site, command: str, what: str) -> list[dict[str, object]]:
    # One that has files alone is found only where it is named.
    words = ["list", "--namespace", "store.hand", "--json"]
    found: list[dict[str, object]] = json.loads(well(site.command(command, *words)).stdout)[what]
    return found


@pytest.mark.parametrize("name", fair(["a+b,c=Ü.txt", "d/e/run.py", "archive.zip"], 3))
def test_a_file_there_and_back(site: Site, name: str) -> None:
    content, item = bytes(range(256)) + name.encode(), f"store.hand/{name}"
    file, back = (site.workspace.directory / each for each in ("given", "back"))
    file.write_bytes(content)
    assert well(site.command("files", "put", item, str(file))).stdout == f"{item}: uploaded\n"
    assert "is so already" in well(site.command("files", "put", item, str(file))).stdout
    well(site.command("files", "get", item, "--output", str(back)))
    assert back.read_bytes() == content
    (found,) = [each for each in listed(site, "files", "files") if each["path"] == name]
    assert (found["namespace"], found["bytes"]) == ("store.hand", len(content))
    if "/" in name:
        revisions = "namespaces/store.hand/files/revisions"
        assert json.loads(api(site, f"call '{revisions}?path=/{name}'")) == [{"revision": 1}]
        assert site.command("files", "delete", "store.hand/d").returncode == 1
    well(site.command("files", "delete", item))
    assert site.command("files", "get", item).returncode == 1


def test_what_the_repository_has_is_a_conflict(site: Site) -> None:
    item = "store.test/limit"
    done = well(site.command("kv", "set", item, "7", "--type", "number"))
    pull = f"kestra-provision flows pull {site.vps.name} --item {item}"
    assert "flows/store.test/_kv.yaml has another one" in done.stderr
    assert pull in done.stderr
    refused = site.deploy()
    assert refused.returncode == 1
    assert f"key {item}: changed on the server" in refused.stderr
    well(site.command("flows", "pull", "--item", item))
    assert (_folder(site) / "_kv.yaml").read_text() == "limit: 7\n"
    well(site.deploy())
    done = well(site.command("files", "delete", "store.test/ours"))
    assert "flows/store.test/_files/ours has it" in done.stderr
    assert changed(well(site.deploy())) == 1


def test_while_somebody_has_the_lock(site: Site) -> None:
    well(site.command("lock", site.vps.name, "--reason", "the disk moves"))
    done = site.command("kv", "set", "store.hand/late", "x")
    assert done.returncode == 1
    assert "the disk moves; nothing was changed" in done.stderr
    assert well(site.command("kv", "get", "store.test/limit")).stdout == "7"
    well(site.command("unlock", site.vps.name))
    well(site.command("kv", "set", "store.hand/late", "x"))
    assert "is not locked" in well(site.command("unlock", site.vps.name)).stdout
