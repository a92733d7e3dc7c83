"""How the host reaches the internet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import Field

from kestra_provision.settings import rules
from kestra_provision.settings.fields import keeps
from kestra_provision.settings.section import Section


class ProxySection(Section):
    """A proxy of apt and Docker."""

    title: ClassVar[str] = "Proxy"

    http_proxy: Annotated[str, keeps(rules.proxy)] | None = Field(
        None,
        description="HTTP proxy of apt and Docker on the host, such as `http://10.0.0.1:3128`.",
    )
    no_proxy: list[Annotated[str, keeps(rules.proxy_exception)]] = Field(
        [], description="Who is reached without it: hosts, `.suffixes`, networks."
    )

    def contradictions(self) -> Iterator[str]:
        """Exceptions without a rule."""
        if self.no_proxy and self.http_proxy is None:
            yield "no_proxy is set, and http_proxy is not"
