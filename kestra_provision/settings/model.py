"""Every setting with its type, default and meaning; `docs/settings.md` is printed from here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from kestra_provision.settings import rules
from kestra_provision.settings.consistency import contradictions
from kestra_provision.settings.versions import DEFAULT_KESTRA, DEFAULT_POSTGRES


def _keeps(rule: Callable[[str], str | None]) -> AfterValidator:
    def check(value: str) -> str:
        if problem := rule(value):
            raise ValueError(problem)
        return value

    return AfterValidator(check)


Port = Annotated[int, Field(ge=1, le=65535, strict=True)]
Path = Annotated[str, _keeps(rules.absolute_path)]
Image = Annotated[str, _keeps(rules.image)]
Name = Annotated[str, _keeps(rules.object_name)]
Count = Annotated[int, Field(ge=1, strict=True)]
Mebibytes = Annotated[int, Field(ge=256, strict=True)]
Flag = Annotated[bool, Field(strict=True)]
Sha256 = Annotated[str, _keeps(rules.sha256)]


class Settings(BaseModel):
    """What one host shall be. Memory is in MiB, as Docker counts it; disks in GB of 10^9 bytes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    profile: Literal["tools"] = Field(
        "tools", description="Which set-up; its file in `group_data/` brings the defaults."
    )

    docker_source: Literal["docker", "distro", "present"] = Field(
        "docker",
        description="Where Docker comes from: `docker` installs from Docker's own apt repository, "
        "`distro` the distribution's packages, `present` takes the one that is there.",
    )
    docker_repository: Annotated[str, _keeps(rules.repository)] = Field(
        "https://download.docker.com/linux",
        description="That repository or a mirror of it; `/debian` or `/ubuntu` is added.",
    )
    docker_repository_fingerprint: Annotated[str, _keeps(rules.fingerprint)] = Field(
        "9DC858229FC7DD38854AE2D88D81803C0EBFCD88",
        description="Fingerprint of the key it is signed with; no other key is trusted.",
    )
    docker_version: Annotated[str, _keeps(rules.engine_version)] | None = Field(
        None,
        description="Docker Engine to install from that repository, such as `28.2.2`; "
        "default the newest at the first deploy, then kept.",
    )
    docker_min_version: Annotated[str, _keeps(rules.version)] = Field(
        "24.0", description="Oldest Docker Engine accepted."
    )
    docker_users: list[Name] = Field(
        [],
        description="Users put into group `docker` beside the one that connects. "
        "Who is in it is root on the host.",
    )
    compose_deb: str | None = Field(
        None,
        description="A compose plugin as .deb, path on the laptop, for distributions without one.",
    )
    compose_deb_sha256: Sha256 | None = Field(None, description="Its SHA-256.")

    http_proxy: Annotated[str, _keeps(rules.proxy)] | None = Field(
        None,
        description="HTTP proxy of apt and Docker on the host, such as `http://10.0.0.1:3128`.",
    )
    no_proxy: list[Annotated[str, _keeps(rules.proxy_exception)]] = Field(
        [], description="Who is reached without it: hosts, `.suffixes`, networks."
    )

    image_source: Literal["registry", "archive"] = Field(
        "registry",
        description="`registry` pulls, `archive` loads a `docker save` file for hosts without one.",
    )
    image_archive: str | None = Field(
        None, description="That file: a path on the laptop, or a URL that the host downloads."
    )
    image_archive_sha256: Sha256 | None = Field(
        None, description="Its SHA-256; must be given with a URL."
    )
    registry: Annotated[str, _keeps(rules.registry)] | None = Field(
        None,
        description="Registry to log in to before a pull, such as `registry.example.com:5000`; "
        "`docker.io` is Docker Hub.",
    )
    registry_username: str | None = Field(
        None, description="User there; the password is `KESTRA_REGISTRY_PASSWORD` of the laptop."
    )
    kestra_image: Image = Field(
        f"kestra/kestra:v{DEFAULT_KESTRA}", description="Pinned: a version tag, a digest or both."
    )
    postgres_image: Image = Field(
        f"postgres:{DEFAULT_POSTGRES}", description="With its major version in the tag."
    )
    allow_latest: Flag = Field(
        False, description="Accept a rolling tag such as `latest`, which crosses breaking releases."
    )
    accept_vulnerable_version: Flag = Field(
        False, description="Accept a Kestra version with a known severe vulnerability."
    )

    root_dir: Path = Field("/opt/kestra", description="Where everything lives on the host.")
    project_name: Annotated[str, _keeps(rules.project_name)] = Field(
        "tools-kestra", description="Compose project."
    )
    container_name: Name = Field("tools-kestra", description="Kestra's container.")
    postgres_container_name: Name = Field(
        "tools-kestra-postgres", description="PostgreSQL's container."
    )
    network: Annotated[str, _keeps(rules.network_name)] = Field(
        "tradingsystem_backend", description="Docker network shared with other stacks."
    )

    http_port: Port = Field(8080, description="UI and API on the host.")
    management_port: Port = Field(
        8081, description="Health and metrics, always on loopback only: it has no password."
    )
    bind_address: Annotated[str, _keeps(rules.ip_address)] = Field(
        "127.0.0.1", description="Address `http_port` listens on."
    )
    kestra_url: Annotated[str, _keeps(rules.url)] | None = Field(
        None, description="Address users see, for links; default `http://localhost:<http_port>/`."
    )
    basic_auth_username: Annotated[str, _keeps(rules.email)] = Field(
        "admin@kestra.local", description="The administrator, an e-mail address."
    )
    db_name: Annotated[str, _keeps(rules.database_name)] = Field(
        "kestra", description="Database name."
    )
    db_user: Annotated[str, _keeps(rules.database_name)] = Field(
        "kestra", description="Database role."
    )

    kestra_memory_mb: Mebibytes | None = Field(
        None, description="Memory limit of Kestra in MiB; default about half of the host's."
    )
    postgres_memory_mb: Mebibytes | None = Field(
        None, description="Memory limit of PostgreSQL in MiB; default about a sixth of the host's."
    )
    health_timeout: Annotated[int, Field(ge=10, le=3600, strict=True)] = Field(
        300, description="Seconds to wait for a healthy Kestra. An upgrade migrates for minutes."
    )
    watch_interval_minutes: Annotated[int, Field(ge=0, le=59, strict=True)] = Field(
        1, description="How often the host looks at its own Kestra; 0 is never."
    )
    notify_command: Annotated[str, _keeps(rules.shell_line)] | None = Field(
        None,
        description="Shell line that root runs on the host when the health has changed, with the "
        "report as JSON on stdin. Not for secrets.",
    )
    self_repair_per_hour: Annotated[int, Field(ge=0, le=60, strict=True)] = Field(
        0, description="How many times an hour the host may restart an unhealthy Kestra by itself."
    )
    min_cpus: Count = Field(2, description="Fewest CPUs accepted.")
    min_memory_mb: Count = Field(
        3600, description="Least memory accepted, in MiB; a 4 GB server shows a little more."
    )
    min_disk_gb: Count = Field(30, description="Smallest disk accepted, in GB of 10^9 bytes.")

    @model_validator(mode="after")
    def _consistent(self) -> Settings:
        """All that is wrong between settings, one line each, so that one run shows everything."""
        if problems := list(contradictions(self)):
            raise ValueError("\n".join(problems))
        return self

    @property
    def archive_is_url(self) -> bool:
        """True when the host downloads the archive itself."""
        return bool(self.image_archive and self.image_archive.startswith(("http://", "https://")))

    @property
    def local_address(self) -> str:
        """Where the host itself reaches `http_port`, brackets around an IPv6 address."""
        address = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.bind_address, self.bind_address)
        return f"[{address}]" if ":" in address else address

    @property
    def bound_address(self) -> str:
        """Where `http_port` listens, brackets around an IPv6 address."""
        return f"[{self.bind_address}]" if ":" in self.bind_address else self.bind_address

    @property
    def url(self) -> str:
        """Kestra's address as its users see it, trailing slash included."""
        return self.kestra_url or f"http://localhost:{self.http_port}/"
