"""What somebody did on the server, in the way of a sync."""

from __future__ import annotations

import json

from tests.e2e.api import api
from tests.e2e.conftest import Site, changed
from tests.e2e.drifts_flows import NAMESPACE, placed
from tests.e2e.test_flows import well

_JSON = "-H 'Content-Type: application/json' -d"


def test_the_switch_is_the_repositorys_until_somebody_turns_it(converged: Site) -> None:
    body = f"""'[{{"namespace":"{NAMESPACE}","id":"one"}}]'"""
    with placed(converged) as folder:
        one = folder / "one.yaml"
        one.write_text(f"{one.read_text()}disabled: false\n")
        well(converged.deploy())
        one.write_text(one.read_text().replace("false", "true"))
        well(converged.deploy())
        assert json.loads(api(converged, f"call flows/{NAMESPACE}/one"))["disabled"] is True
        for word in ("enable", "disable", "enable"):
            api(converged, f"call flows/{word}/by-ids -X POST {_JSON} {body}")
        done = well(converged.deploy())
        assert changed(done) == 0
        assert f"flow {NAMESPACE}/one: enabled on the server, and left so" in done.stderr


def test_a_file_never_takes_the_place_of_somebodys_folder(converged: Site) -> None:
    path = f"namespaces/{NAMESPACE}/files?path=/reports/precious.txt"
    with placed(converged) as folder:
        api(converged, f"printf 1 > /tmp/p; call '{path}' -F fileContent=@/tmp/p")
        (folder / "_files" / "reports").write_text("x")
        done = converged.deploy()
        assert done.returncode == 1
        assert "is in the way" in done.stderr
        assert api(converged, f"call '{path}'") == "1"
        (folder / "_files" / "reports").unlink()
        (folder / "_kv.yaml").write_text("colour: 2026-01-01T10:00:00.123456+02:00\n")
        well(converged.deploy())
        assert changed(well(converged.deploy())) == 0
        api(converged, f"call '{path}' -X DELETE")
