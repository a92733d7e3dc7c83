"""A server of profile `devorch`, with all that it may have, and what is asked of its data."""

from __future__ import annotations

import json
from collections.abc import Callable

from kestra_provision.profiles import stack_of
from kestra_provision.profiles.devorch import DevOrch
from tests.e2e.conftest import Site
from tests.vps.archive import all_images
from tests.vps.workspace import image_data

STACK = stack_of(DevOrch(sidecar_image="sidecar:1"))
KESTRA, SIDECAR, N8N, POSTGRES = (service.container for service in STACK.shown)
#: Each is one that a reader of `.env` may take for something else.
GIVEN = {"N8N_DB_PASSWORD": 'a"b$c #d\\e=ü', "N8N_ENCRYPTION_KEY": "x" * 200}


def devorch_site(new_site: Callable[..., Site]) -> Site:
    """A server with Docker and nothing of ours; the operator gives two secrets of n8n."""
    images, site = all_images(), new_site("devorch", docker=True).of_profile("devorch")
    site.data.update({**image_data(images), "n8n_image": images.n8n})
    site.data["sidecar_image"] = images.sidecar
    text = "".join(f"{name}='{value}'\n" for name, value in GIVEN.items())
    (site.workspace.directory / ".env").write_text(text, encoding="utf-8")
    site.declare()
    return site


def sql(site: Site, statement: str, database: str = "postgres") -> str:
    """As the server's own role."""
    psql = f"psql -U postgres -d {database} -qtA -v ON_ERROR_STOP=1"
    return site.vps.run(f"docker exec -i {POSTGRES} {psql}", stdin=statement).stdout.strip()


def mark(site: Site) -> None:
    """Writes a row into n8n's database."""
    sql(site, "create table if not exists marks (mark text)", "n8n")
    sql(site, "insert into marks values ('kept')", "n8n")


def kept(site: Site) -> bool:
    """Whether the row that a test wrote is in n8n's database."""
    return sql(site, "select count(*) from marks", "n8n") != "0"


def key_of_n8n(site: Site) -> str:
    """The one that its data was made with."""
    text = site.vps.run("cat /opt/kestra/tools/n8n/data/config").stdout
    return str(json.loads(text)["encryptionKey"])
