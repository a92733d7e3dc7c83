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
    forms = {name: _forms(secret) for name, secret in secrets.items() if len(secret) >= _LEAST}
    for item, value in values.items():
        texts = [*texts_in(value.shown)]
        for name, (whole, within) in forms.items():
            if any(text in whole or any(each in text for each in within) for text in texts):
                yield Problem(
                    f"{item} has the value of {PREFIX}{name}, and everybody who logs in reads "
                    "the store",
                    f"{item.namespace}/{NAME}",
                    f"ask for secret('{name}') in flows in its place; where the store has had it, "
                    f"give {PREFIX}{name} another value",
                )
                break


def _forms(secret: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What no text may be, and what none may hold."""
    forms = (secret, encoded(secret), encoded(secret).rstrip("="))
    return forms, forms if len(secret) >= _LEAST_WITHIN else ()
