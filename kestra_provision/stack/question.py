"""What is asked of a service, and what each answer means.

The answers are words. The shell text that finds them is in `templates/questions/NAME.sh.j2` and
`templates/scripts/lib/health.sh.j2`; whoever judges a service, on the host or on the laptop, uses
that text and these meanings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Meaning:
    """What a word says of a service.

    + cause: why it is so
    + fix: a command, or what to do
    + waits: waiting may mend it
    + restart: a restart mends it where the service was healthy before; where waiting does not mend
      it either, in any case
    + makes: a deploy makes the database, or what is missing of it
    + effect: the meaning where a service that this one needs is in trouble; None for a word that
      has no cause but its own
    + symptom: what people see, where it is not that of the question or of the service

    `cause` and `fix` may name what only the reader knows: `{because}` (the trouble of what it
    needs), `{container}`, and the commands `{deploy}`, `{start}`, `{doctor}`, `{logs}` and
    `{its_logs}`, which names the service in any case.
    """

    ok: bool = False
    cause: str = ""
    fix: str = ""
    waits: bool = True
    restart: bool = False
    makes: bool = False
    effect: Meaning | None = None
    symptom: str = ""


@dataclass(frozen=True)
class Question:
    """One question to a service whose container is Up; one row of the doctor's.

    + name: unlike any other in the stack
    + symptom: what people see when the answer is bad
    + meanings: of the words that answer this question and no other
    + fine: what a good answer says; empty where that is the answer's own detail
    + asks: shell function that asks it, with its words; empty where a mere look tells
    + secret: name in `.env` of the secret that it proves
    + renew: command on the host that gives the service another one
    """

    name: str
    symptom: str
    meanings: Mapping[str, Meaning]
    fine: str = ""
    asks: str = ""
    secret: str = ""
    renew: str = ""


#: A word that needs no more words.
RUNNING = "running"
#: For a container that has our name and is not ours: it is asked nothing.
STRANGER = "stranger"

_EXITS = "it exits at once: its configuration, its data, or its memory"
_ITS_LOGS = "{its_logs} --tail 50"
_EFFECT = Meaning(cause="{because}", fix="{deploy}")

#: What the container of any service can be. A service's own questions come before these.
BASE: Mapping[str, Meaning] = {
    RUNNING: Meaning(ok=True),
    "unknown": Meaning(cause="Docker does not answer", fix="on the host: systemctl status docker"),
    STRANGER: Meaning(
        cause="another container has its name",
        fix="on the host: docker rename {container} {container}-old; then: {deploy}",
        waits=False,
    ),
    "missing": Meaning(cause="it was removed", fix="{deploy}", effect=_EFFECT),
    "stopped": Meaning(
        cause="somebody stopped it, or it ended by itself",
        fix="{start}",
        effect=Meaning(cause="{because}", fix="{start}"),
    ),
    "frozen": Meaning(
        cause="somebody ran docker pause",
        fix="on the host: docker unpause {container}; then: {deploy}",
    ),
    "restarting": Meaning(cause=_EXITS, fix=_ITS_LOGS, effect=_EFFECT),
    "restart-loop": Meaning(cause=_EXITS, fix=_ITS_LOGS, waits=False, effect=_EFFECT),
    "starting": Meaning(cause="it is still starting", fix="wait, then: {doctor}"),
    # It answers; but compose takes Docker's word, and starts nothing that needs it.
    "check-fails": Meaning(
        cause="Docker's check of it failed lately",
        fix="wait, then: {doctor}; or: {deploy}",
        symptom="docker ps says unhealthy, and it answers",
    ),
}


def filled(text: str, words: Mapping[str, str]) -> str:
    """`text` with each `{word}` replaced; other braces stay, because names may hold them."""
    for word, said in words.items():
        text = text.replace(f"{{{word}}}", said)
    return text
