"""Asks a real n8n and writes the recording: `python -m tests.contract.n8n_record IMAGE`.

The database is taken away in the middle, so that the recording has both.
"""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.contract.n8n_conversation import LOST, SCRIPT, on_its_own_postgres
from tests.contract.n8n_recording import BAD_STARTS, FILE, Conversation, Run, told
from tests.contract.n8n_stack import N8nStack
from tests.contract.recording import Call
from tests.contract.stack import running_stack

LIMIT = 600


def main(image: str) -> None:
    """Record everything anew."""
    with TemporaryDirectory() as folder, running_stack(Path(folder)) as stack:
        n8n = N8nStack(stack, image)
        try:
            entries = _converse(n8n)
            containers = {what: start(n8n) for what, start in BAD_STARTS.items()}
            runs = []
            for what, container in containers.items():
                code = container.wait_for_exit(120)
                runs.append(asdict(Run(what, code, told(container.logs()))))
            version = n8n.ready().shell("n8n --version")[1].strip()
        finally:
            n8n.remove()
    recording = {"recorded_from": f"a real n8n {version}", "calls": entries, "runs": runs}
    FILE.write_text(json.dumps(recording, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _converse(n8n: N8nStack) -> list[dict[str, Any]]:
    server, postgres = on_its_own_postgres(n8n)
    conversation = Conversation(server)
    entries = [_entry(conversation, call) for call in SCRIPT]
    n8n.stack.docker("stop", "--time", "5", postgres)
    server.wait_for("/healthz/readiness", 503)
    entries += [_entry(conversation, call) for call in LOST]
    return entries


def _entry(conversation: Conversation, call: Call) -> dict[str, Any]:
    actual = conversation.send(call)
    body = actual.body
    if len(body) > LIMIT:
        body = f"{body[:LIMIT]}…[{len(body)} characters]"
    recorded = {"status": actual.status, "content_type": actual.content_type, "body": body}
    entry = asdict(call) | recorded | {"location": actual.location}
    del entry["number"]
    return entry


if __name__ == "__main__":
    main(sys.argv[1])
