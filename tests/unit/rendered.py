"""Settings for which the files are rendered, and what is read from these files."""

from typing import Any

import yaml

from kestra_provision.profiles import stack_of
from kestra_provision.profiles.tools import Tools
from kestra_provision.render.host.application import application_file
from kestra_provision.render.host.compose import render_compose

SIZES = stack_of(Tools()).sizes(4096)
SUM = "f" * 64
SETTINGS = {
    "defaults": Tools(),
    "everybody": Tools(bind_address="0.0.0.0", http_port=80, management_port=9),
    "ipv6": Tools(bind_address="2001:db8::1"),
    "postgres 18": Tools(postgres_image="postgres:18"),
    "names": Tools(
        root_dir="/srv/a.b/k-1_2",
        project_name="p_1",
        container_name="k.1",
        postgres_container_name="pg_1",
        network="my-net",
        db_name="d_1",
        db_user="u_1",
        basic_auth_username="first.last+tag@sub.example.com",
        kestra_url="https://example.com/a?b=c&d='e'/",
    ),
    "names that YAML takes for something else": Tools(
        project_name="123", container_name="0x1f", postgres_container_name="1e3", network="12"
    ),
}


#: Obviously fake; the second one needs each kind of care.
FAKE = {
    "KESTRA_DB_PASSWORD": "Obviously-fake-1",
    "KESTRA_BASICAUTH_PASSWORD": """Obviously # "fäke": \\n $HOME {{ x }} & 2""",
    "KESTRA_ENCRYPTION_SECRET_KEY": "b2J2aW91c2x5LWZha2Utb2J2aW91c2x5LWZha2UtMTI=",
}


def compose_text(settings: Tools) -> str:
    return render_compose(settings, stack_of(settings), SIZES, SUM)


def application_of(settings: Tools) -> dict[str, Any]:
    file = application_file(settings, stack_of(settings), FAKE)
    parsed: dict[str, Any] = yaml.safe_load(file.content)
    return parsed
