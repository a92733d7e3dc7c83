"""Secrets that stand where everybody reads them: in the store of a namespace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kestra_provision.flows.secretive import texts_in
from kestra_provision.flows.values import NAME, Value
from kestra_provision.settings.flow_secrets import PREFIX, encoded
from kestra_provision.sync.item import Item
from kestra_provision.text.problem import Problem

#: Shorter ones are words that stand anywhere. One that is a part of something is longer.
_LEAST, _LEAST_WITHIN = 8, 12


def exposed(values: Mapping[Item, Value], secrets: Mapping[str, str]) -> Iterator[Problem]:
    """Keys with the value of a secret of flows, or with a text that holds it.

    + secrets: of flows, by NAME
    """
    for item, value in values.items():
        for name, secret in secrets.items():
            if any(_is(text, secret) for text in texts_in(value.shown)):
                yield Problem(
                    f"{item} has the value of {PREFIX}{name}, and everybody who logs in reads "
                    "the store",
                    f"{item.namespace}/{NAME}",
                    f"take it out there, and ask for secret('{name}') in flows; one that the "
                    "server had is no secret any more: give another one",
                )
                break


def _is(text: str, secret: str) -> bool:
    if len(secret) < _LEAST:
        return False
    within = len(secret) >= _LEAST_WITHIN
    return any(
        text == each or (within and each in text) for each in (secret, encoded(secret).rstrip("="))
    )
