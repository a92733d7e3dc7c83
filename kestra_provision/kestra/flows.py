"""Flows of a server through its API: export, validate, create, update, delete.

The calls for a whole namespace are not used: they are not atomic, and delete by default.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from kestra_provision.flows.source import FlowId, SourceError, names
from kestra_provision.kestra.client import Kestra

_YAML = {"Content-Type": "application/x-yaml"}
#: A server with hundreds of flows writes their archive, or checks them all, at its leisure.
_LONG = 120.0


@dataclass(frozen=True)
class Refused:
    """What the server says of a source that it would not take, or of one it takes with doubts.

    + flow: of the source
    + why: its words
    """

    flow: FlowId
    why: str


def export(kestra: Kestra, known: Mapping[FlowId, str]) -> dict[FlowId, str]:
    """The sources of all flows of the server, in one call.

    + known: sources that are probably there, which saves reading them for their names

    Raises `ValueError` for an answer that is no archive.
    """
    answer = kestra.call("GET", "/flows/export/by-query", timeout=_LONG)
    found: dict[FlowId, str] = {}
    # The name in the archive joins namespace and id by what both may hold.
    guessed = {f"{flow.namespace}-{flow.id}.yml": flow for flow in known}
    try:
        archive = zipfile.ZipFile(io.BytesIO(answer.content))
        for name in archive.namelist():
            source = archive.read(name).decode()
            flow = guessed.get(name)
            if flow is None or known[flow] != source:
                flow = names(source).flow
            found[flow] = source
    except (zipfile.BadZipFile, UnicodeDecodeError, SourceError) as error:
        raise ValueError("its export of flows cannot be read") from error
    return found


def validate(kestra: Kestra, sources: Mapping[FlowId, str]) -> list[Refused]:
    """What the server refuses of these, in one call: an update accepts more than it should."""
    if not sources:
        return []
    flows = [*sources]
    parts = [
        ("flows", (f"{flow}.yaml", sources[flow].encode(), "application/x-yaml")) for flow in flows
    ]
    answers = kestra.call("POST", "/flows/validate", files=parts, timeout=_LONG).json()
    if len(answers) != len(flows):
        raise ValueError(f"it was asked of {len(flows)} flows and answered of {len(answers)}")
    return [
        Refused(flows[int(each["index"])], str(each["constraints"]).strip())
        for each in answers
        if each.get("constraints")
    ]


def put(kestra: Kestra, flow: FlowId, source: str, there: bool) -> None:
    """Writes one source.

    + there: the server has the flow, so that it gets another revision
    """
    path = f"/flows/{flow.namespace}/{flow.id}" if there else "/flows"
    method = "PUT" if there else "POST"
    kestra.call(method, path, content=source.encode(), headers=_YAML)


def delete(kestra: Kestra, flow: FlowId) -> None:
    """Deletes one; that it is gone already is as good."""
    gone = (httpx.codes.NOT_FOUND,)
    kestra.call("DELETE", f"/flows/{flow.namespace}/{flow.id}", allowed=gone)
