"""The rules values must keep, each as a function that returns why not, or None."""

from __future__ import annotations

import ipaddress
import posixpath
import re

from packaging.version import InvalidVersion, Version

#: The passwords of published examples: anyone can look them up.
EXAMPLE_PASSWORDS = frozenset(
    {
        "k3str4",
        "kestra",
        "admin",
        "admin123",
        "abc123secret",
        "minha_chave_secreta",
        "password",
        "changeme",
        "secret",
        "postgres",
        "n8n",
        "root",
    }
)

_EMAIL = re.compile(
    r"^[A-Za-z0-9_+-]+(\.[A-Za-z0-9_+-]+)*@([A-Za-z0-9][A-Za-z0-9-]*\.)+[A-Za-z]{2,}$"
)
_SYSTEM = re.compile(
    r"/(?:(?:proc|sys|dev|run|boot|etc|usr|bin|sbin|lib\w*|tmp)/.*"
    r"|var/(?:tmp|lib|log|cache|spool|run|lock|mail)/|home/[^/]+/)$"
)
_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+")
_DB_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_IMAGE = re.compile(
    r"[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?::\d+)?(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*"
    r"(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?"
)


def email(value: str) -> str | None:
    """Kestra takes only an e-mail address as user name, at most 256 characters."""
    if not _EMAIL.fullmatch(value) or len(value) > 256:
        return (
            "must be an e-mail address of at most 256 characters: Kestra takes no other user name"
        )
    return None


def basic_auth_password(value: str) -> str | None:
    """Kestra's own rule for basic auth: 8 to 256 characters with upper, lower and digit."""
    if not 8 <= len(value) <= 256 or not all(
        re.search(kind, value) for kind in ("[A-Z]", "[a-z]", "[0-9]")
    ):
        return (
            "must have 8 to 256 characters with an upper-case letter, a lower-case one and a digit"
        )
    return example_password(value)


def example_password(value: str) -> str | None:
    """Values printed in documentation are refused: whoever read it knows them."""
    if value.lower() in EXAMPLE_PASSWORDS:
        return "is the password of a published example"
    return None


def image(value: str) -> str | None:
    """An image reference as Docker takes it, tag or digest included."""
    return (
        None if _IMAGE.fullmatch(value) else "is not an image reference like kestra/kestra:v1.3.39"
    )


def object_name(value: str) -> str | None:
    """What Docker allows as the name of a container or network."""
    if _NAME.fullmatch(value):
        return None
    return "may hold letters, digits, _ . - and starts with one of the first two"


def user_name(value: str) -> str | None:
    """A directory's users may be called `jane.doe@example.com`."""
    return object_name(value.replace("@", "_"))


def project_name(value: str) -> str | None:
    """What compose allows as the name of a project."""
    if re.fullmatch(r"[a-z0-9][a-z0-9_-]*", value):
        return None
    return "may hold lower-case letters, digits, _ and -, as compose wants its projects named"


def network_name(value: str) -> str | None:
    """A network of one's own: Docker's built-in ones know no names of containers."""
    if value in ("host", "bridge", "none", "default", "internal"):
        return "is a name with a meaning of its own; choose another one"
    return object_name(value)


def database_name(value: str) -> str | None:
    """An unquoted PostgreSQL identifier, so that it reads the same in every tool."""
    if value in ("public", "none"):
        return "is a word of PostgreSQL's own; choose another name"
    if value.startswith("pg_"):
        return "must not start with pg_, which PostgreSQL keeps for itself"
    if _DB_NAME.fullmatch(value):
        return None
    return "must be a lower-case PostgreSQL name: a-z, 0-9 and _"


def absolute_path(value: str) -> str | None:
    """A directory of its own: absolute, no blanks or quotes, not the root or a system folder."""
    if not re.fullmatch(r"/[A-Za-z0-9_./-]+", value) or ".." in value.split("/"):
        return "must be an absolute path of letters, digits, _ . - and /"
    plain = posixpath.normpath(value.replace("//", "/"))
    if plain.count("/") < 2:
        return (
            "must lie at least two levels deep, such as /opt/kestra: it gets its own owner and mode"
        )
    if _SYSTEM.match(f"{plain}/"):
        return "belongs to the system: it would get another owner and mode; take /opt/kestra"
    if plain != value:
        return f"must be written {plain}"
    return None


def ip_address(value: str) -> str | None:
    """An address of the host to bind to, as compose takes it."""
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return "must be an IP address such as 127.0.0.1 (this host only) or 0.0.0.0 (everybody)"
    return None


def version(value: str) -> str | None:
    """A dotted version such as 24.0."""
    try:
        Version(value)
    except InvalidVersion:
        return "must be a version such as 24.0"
    return None


def engine_version(value: str) -> str | None:
    """A release of Docker Engine, all three numbers, as the packages carry it."""
    return (
        None
        if re.fullmatch(r"\d+\.\d+\.\d+", value)
        else "must be a full version of Docker Engine such as 28.2.2"
    )


def fingerprint(value: str) -> str | None:
    """A fingerprint of an OpenPGP key, as gpg prints it without blanks."""
    return (
        None
        if re.fullmatch(r"[0-9A-F]{40}", value)
        else "must be 40 hexadecimal digits in upper case, without blanks"
    )


def repository(value: str) -> str | None:
    """The address of an apt repository; credentials belong into apt's auth.conf on the host."""
    if not re.fullmatch(r"https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._~-]+)*", value):
        return (
            "must start with http:// or https://, without user, password, blanks or "
            "a slash at its end"
        )
    return None


def sha256(value: str) -> str | None:
    """A SHA-256 as `sha256sum` prints it."""
    return (
        None
        if re.fullmatch(r"[0-9a-f]{64}", value)
        else "must be 64 hexadecimal digits in lower case, as sha256sum prints"
    )


def url(value: str) -> str | None:
    """Kestra's own address as its users see it: http(s), trailing slash, no /ui."""
    if not re.fullmatch(r"https?://[^\s/{}]+(/[^\s{}]*)?/", value) or value.endswith("/ui/"):
        return "must start with http:// or https://, end with / and not with /ui/, and hold no { }"
    return None


def plain_url(value: str) -> str | None:
    """An address as users see it, without what a shell, compose or a log would trip over."""
    if not re.fullmatch(r"https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._~-]+)*/", value):
        return (
            "must be http(s)://, a host and a path of letters, digits, . _ ~ and -, and end with /"
        )
    return None


def webhook(value: str) -> str | None:
    """An address that takes a POST; it holds a token, so no message repeats it."""
    if not re.fullmatch(r"https?://[!#$%&()*+,./0-9:;=?@A-Z_a-z~\[\]-]+", value):
        return "must be an address with http:// or https://, without blanks, quotes or backslashes"
    return None


def shell_line(value: str) -> str | None:
    """One line for a shell."""
    if value.strip() and value.isprintable():
        return None
    return "must be one line for a shell: put more into a script on the host, and name that"


def host_and_port(value: str) -> str | None:
    """Where a TCP connection leads."""
    found = re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?:(\d{1,5})", value)
    if found and 0 < int(found[1]) < 65536:
        return None
    return "must be HOST:PORT, such as example.com:443"


def proxy(value: str) -> str | None:
    """The address of an HTTP proxy. Everybody on the host can read it, so it holds no password."""
    if "@" in value:
        return "must hold no user and password: it is written where everybody on the host reads it"
    if not re.fullmatch(r"https?://(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):\d{1,5}/?", value):
        return "must be http://HOST:PORT"
    return None


def proxy_exception(value: str) -> str | None:
    """Who is reached without the proxy, as Docker takes it."""
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError:
        plain = re.fullmatch(r"(\*?\.)?[A-Za-z0-9][A-Za-z0-9.-]*(:\d{1,5})?", value)
        return (
            None if plain else "must be a host, a .suffix, an address or a network like 10.0.0.0/8"
        )
    return None


def registry(value: str) -> str | None:
    """A registry as `docker login` takes it: a host, maybe with a port."""
    if re.fullmatch(r"[a-z0-9][a-z0-9.-]*(:\d{1,5})?", value):
        return None
    return "must be a registry's HOST or HOST:PORT, without https:// and without a path"
