"""Sidecar API: an HTTP service of the operator's own beside Kestra and n8n, by a contract."""

from __future__ import annotations

from dataclasses import replace

from kestra_provision.settings import passwords
from kestra_provision.settings.sections.sidecar import SidecarSection
from kestra_provision.stack.question import Meaning, Question
from kestra_provision.stack.service import Port, Secret, Service
from kestra_provision.stack.sizing import Share

NAME = "sidecar"
#: What an image must keep: docs/sidecar.md.
PORT = 8000


def sidecar(settings: SidecarSection, image: str, networks: frozenset[str]) -> Service:
    """An image that keeps the contract; it has no data, and waits for nobody.

    + image: its reference
    + networks: Docker networks that it joins
    """
    return Service(
        name=NAME,
        title="Sidecar API",
        image=image,
        image_setting="sidecar_image",
        container=settings.sidecar_container_name,
        container_setting="sidecar_container_name",
        networks=networks,
        memory=Share("sidecar_memory_mb", settings.sidecar_memory_mb, divisor=16, least=256),
        stop_grace=10,
        ports=(
            Port(
                PORT,
                "API of the sidecar, with a token",
                published=settings.sidecar_port,
                address=settings.sidecar_bind_address,
                setting="sidecar_port",
                variable="SIDECAR_PORT",
                bound_by="sidecar_bind_address",
            ),
        ),
        environment={"SIDECAR_PORT": str(settings.sidecar_port)},
        secrets=(Secret(passwords.SIDECAR, "SIDECAR_TOKEN"),),
        # Its contract asks for no program in the image that could.
        checked=False,
        symptom="callers of the sidecar are refused",
        questions=(_health(),),
    )


def _health() -> Question:
    fix = "{its_logs} --tail 50; what its image must keep: docs/sidecar.md"
    bad = Meaning(cause="the program in the image fails", fix=fix)
    return Question(
        name="sidecar's health",
        symptom="the sidecar answers 500, or nothing",
        meanings={
            "starting": Meaning(cause="it is still starting", fix="wait, then: {doctor}"),
            "port-closed": Meaning(cause="it does not listen on port 8000", fix=fix),
            "unhealthy": bad,
            "not-answering": replace(bad, restart=True),
        },
        fine="/health answers 200",
    )
