"""A service: one container of the stack, and all that there is to say of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kestra_provision.settings.addresses import bracketed
from kestra_provision.stack.configuration import Configuration
from kestra_provision.stack.files import Directory, Mounted
from kestra_provision.stack.question import BASE, Meaning, Question
from kestra_provision.stack.sizing import Share


@dataclass(frozen=True)
class Port:
    """A port of a container.

    + inside: its number in the container
    + published: the host's port; None where nobody outside of the stack's networks reaches it
    + address: of the host, where it listens
    + setting, variable: how the inventory and `.env` call the host's port
    + title: for messages, such as `management port`
    + purpose, bound_by: for the port map; `bound_by` names the setting of the address, if any
    """

    inside: int
    purpose: str
    published: int | None = None
    address: str = ""
    setting: str = ""
    variable: str = ""
    title: str = "port"
    bound_by: str = ""

    @property
    def bound(self) -> str:
        """The address as Docker takes it."""
        return bracketed(self.address)


@dataclass(frozen=True)
class Page:
    """What people open in a browser.

    + url: as they see it
    + setting: how the inventory calls it
    + port: of the service, where it is
    """

    url: str
    setting: str
    port: Port


@dataclass(frozen=True)
class Secret:
    """A secret that a container gets.

    + name: in the host's `.env`
    + inside: its variable in the container; empty where it stands in the service's configuration,
      because whatever the container starts inherits its variables
    + bound: data was made with it, and is lost or shut out with another one
    + file: of the host, with it in clear, as soon as there is such data; empty where only the
      database tells
    """

    name: str
    inside: str = ""
    bound: bool = False
    file: str = ""


@dataclass(frozen=True)
class MadeWith:
    """What data was made with, as a container has it: with another name it would be left behind.

    + setting, declared: its name and value in the inventory
    + variable: its name in `.env`
    + inside: its variable in the container
    """

    setting: str
    declared: str
    variable: str
    inside: str


@dataclass(frozen=True)
class Volume:
    """A Docker volume with data.

    + name: as Docker knows it
    + short: as the compose file does
    + mount: where the container has it
    + version: shell text that prints the major version of the data in the folder `$d`
    + major: what that version must be; None where nobody can tell
    """

    name: str
    short: str
    mount: str
    version: str = ""
    major: int | None = None


@dataclass(frozen=True)
class Database:
    """A database on a server of the stack, and the role that owns it.

    + host: the container of the server
    + secret: name of the role's password in `.env`
    """

    host: str
    port: int
    name: str
    user: str
    secret: str


@dataclass(frozen=True)
class Store:
    """Data in a folder of the host, of a service that needs no server for it.

    + folder: on the host; it is one of the service's directories
    + mount: where the container has it
    + name: of the file, as the service calls it
    + file: its name on the disk
    """

    folder: str
    mount: str
    name: str
    file: str

    @property
    def inside(self) -> str:
        """The file as the service in the container names it."""
        return f"{self.mount}/{self.name}"

    @property
    def path(self) -> str:
        """The file on the host, there as soon as there is data."""
        return f"{self.folder}/{self.file}"


@dataclass(frozen=True)
class Service:
    """One container. Its templates are in `templates/services/NAME/`.

    + name: in the compose file; also of its lines in the record of images, in upper case
    + title: for people
    + image_setting, container_setting: how the inventory calls them
    + networks: Docker's names
    + memory: its part of the host's memory
    + stop_grace: seconds from `docker stop` to the kill; Docker's own 10 s would cut work off
    + needs: services that must be healthy before it starts
    + page: what people open of it
    + database: the one it keeps its data in
    + store: the folder that it keeps its data in instead
    + keeps: what people must know of data that nobody but this service has
    + warns: what people must know before they say yes to it, whatever a plan changes
    + environment: settings that stand in `.env` for it
    + secrets: what it gets from there
    + configuration: the file that it finds those in that are no variables of its container
    + variables: a file with variables that its program gets, and no other process of the container
      does by itself
    + mounted: further files that it reads at its start, which others make
    + databases: those that others have on it
    + makes: shell text that makes one of those in its container, as far as it is missing, from
      `$1` (the role), `$2` (the database) and the role's password, a line on stdin
    + directories: of its own on the host, parents before children
    + made_with: what its data was made with; of a server, whose image then makes the database at
      its first start
    + volume: the Docker volume that it keeps its data in
    + cache: the Docker volume with what it can fetch again
    + checked: Docker asks it whether it is well; else nobody but we can tell that it ever was
    + rejoined: who needs it finds it again by itself when it was away
    + drains: what it works on must end before it is stopped
    + symptom: what people see when its container is not Up
    + questions: what is asked of it when it is, the cause before its effect
    """

    name: str
    title: str
    image: str
    image_setting: str
    container: str
    container_setting: str
    networks: frozenset[str]
    memory: Share
    stop_grace: int
    needs: tuple[str, ...] = ()
    ports: tuple[Port, ...] = ()
    page: Page | None = None
    database: Database | None = None
    store: Store | None = None
    keeps: str = ""
    warns: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[Secret, ...] = ()
    configuration: Configuration | None = None
    variables: Configuration | None = None
    mounted: tuple[Mounted, ...] = ()
    databases: tuple[Database, ...] = ()
    makes: str = ""
    made_with: tuple[MadeWith, ...] = ()
    volume: Volume | None = None
    cache: Volume | None = None
    directories: tuple[Directory, ...] = ()
    checked: bool = True
    rejoined: bool = False
    drains: bool = False
    symptom: str = ""
    questions: tuple[Question, ...] = ()

    @property
    def configured(self) -> list[str]:
        """Names of the secrets that stand in its configuration."""
        return [secret.name for secret in self.secrets if not secret.inside]

    @property
    def writes(self) -> list[str]:
        """Directories that the user of its image must be able to write."""
        return [directory.path for directory in self.directories if directory.owner == self.name]

    def meaning(self, word: str) -> tuple[Question | None, Meaning]:
        """What a word of a look says, and which question it answers; None for its container's.

        A word that nobody knows is trouble: it comes from a look of another version.
        """
        for question in self.questions:
            if not question.asks and word in question.meanings:
                return question, question.meanings[word]
        return None, BASE.get(word, Meaning())
