"""A jar of a Maven repository on the laptop: fetched once, checked, and kept by its sum.

The plugins that Kestra and others publish hold what they need within: Kestra's own
`plugins install` fetches this one file as well.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from pathlib import Path

import httpx
from pyinfra import logger

from kestra_provision.docker.digest import cache_folder, file_sha256
from kestra_provision.plugins.jar import PluginError
from kestra_provision.settings.plugin import Plugin, is_safe
from kestra_provision.settings.shown import masked

#: Seconds without a byte.
_PATIENCE = 30
#: The sums that lie beside a jar, the strongest first; Maven Central has the second of all.
_SUMS = (".sha256", ".sha1")
_DECLARE = 'give its sum in kestra_plugins: {{"plugin": "{}", "sha256": "…"}}'
_SETTING = "kestra_maven_repository"


def fetched(plugin: Plugin, repository: str) -> Path:
    """The jar of coordinates, from the user's cache or the repository.

    + repository: its address, which may hold a login

    Proxies are those of the environment, such as `HTTPS_PROXY`. Raises `PluginError`.
    """
    folder = cache_folder("plugins")
    note = folder / f"{hashlib.sha256(f'{repository} {plugin}'.encode()).hexdigest()}.sum"
    known = plugin.sha256 or _noted(note)
    kept = folder / f"{known}.jar"
    if known and kept.is_file() and file_sha256(kept) == known:
        return kept
    part = folder / f".{os.getpid()}.part"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        sha256 = _download(plugin, repository, part)
        kept = folder / f"{sha256}.jar"
        part.replace(kept)
        part.write_text(sha256)
        part.replace(note)
    except OSError as error:
        fix = "make room there, or set XDG_CACHE_HOME to another folder"
        raise PluginError(f"{plugin} cannot be kept in {folder}: {error.strerror}", fix) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
    return kept


def _noted(note: Path) -> str:
    """What was found out when it was fetched: a release is never another one."""
    with contextlib.suppress(OSError):
        found = note.read_text().strip()
        if re.fullmatch(r"[0-9a-f]{64}", found):
            return found
    return ""


def _download(plugin: Plugin, repository: str, part: Path) -> str:
    """Its sum, when it is the declared one or that of the repository."""
    try:
        address = httpx.URL(repository)
    except httpx.InvalidURL as error:
        raise PluginError(f"{plugin}: {_SETTING} is no address", f"set {_SETTING}") from error
    login = httpx.BasicAuth(address.username, address.password) if address.userinfo else None
    # Without it in the address: httpx writes that into its log.
    root = address.copy_with(userinfo=b"")
    name = f"{plugin.artifact}-{plugin.version}.jar"
    url = f"{root}{plugin.group.replace('.', '/')}/{plugin.artifact}/{plugin.version}/{name}"
    logger.info("    fetching %s from %s", plugin, root)
    try:
        with httpx.Client(auth=login, timeout=_PATIENCE, follow_redirects=True) as http:
            sha256, sha1 = _save(plugin, http, url, str(root), part)
            if plugin.sha256:
                _require(plugin, plugin.sha256, sha256, "kestra_plugins says")
            else:
                found = _told(plugin, http, url)
                own = sha1 if len(found) == len(sha1) else sha256
                _require(plugin, found, own, "its repository says")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        what = (
            f"{plugin} cannot be fetched from {root}: {masked(str(error)) or type(error).__name__}"
        )
        fix = f"is {_SETTING} right, and does it want a proxy (HTTPS_PROXY)?"
        raise PluginError(what, fix) from error
    return sha256


def _save(plugin: Plugin, http: httpx.Client, url: str, root: str, part: Path) -> tuple[str, str]:
    """Writes it down; its SHA-256 and its SHA-1, which is all that some repositories have."""
    sha256, sha1 = hashlib.sha256(), hashlib.sha1(usedforsecurity=False)
    with http.stream("GET", url) as answer:
        _accept(plugin, answer, root)
        with part.open("wb") as file:
            for chunk in answer.iter_bytes():
                file.write(chunk)
                sha256.update(chunk)
                sha1.update(chunk)
    return sha256.hexdigest(), sha1.hexdigest()


def _accept(plugin: Plugin, answer: httpx.Response, root: str) -> None:
    code = answer.status_code
    if code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        what = f"{plugin}: {root} lets nobody in with this login ({code})"
        raise PluginError(what, f"{_SETTING} takes one: https://USER:PASSWORD@…")
    if code == httpx.codes.NOT_FOUND:
        fix = f"take group, artifact and version from the plugin's own page; or set {_SETTING}"
        raise PluginError(f"{plugin} is not in {root}", fix)
    if not answer.is_success:
        raise PluginError(f"{plugin}: {root} answers {code}", f"try again later, or set {_SETTING}")
    if not (plugin.sha256 or _came_safely(answer)):
        what = f"{plugin}: {root} leads to http, where anybody on the way can change it"
        raise PluginError(what, _DECLARE.format(plugin))


def _came_safely(answer: httpx.Response) -> bool:
    """Who is on the way of one redirection can lead to wherever he likes."""
    return all(is_safe(str(each.url)) for each in (*answer.history, answer))


def _told(plugin: Plugin, http: httpx.Client, url: str) -> str:
    """The sum that lies beside it."""
    for kind in _SUMS:
        answer = http.get(url + kind)
        if answer.is_success and _came_safely(answer):
            first = next(iter(answer.text.split()), "").lower()
            if re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", first):
                return first
    raise PluginError(f"{plugin} has no sum beside it in its repository", _DECLARE.format(plugin))


def _require(plugin: Plugin, wanted: str, found: str, who: str) -> None:
    if wanted != found:
        what = f"{plugin} has the sum {found}, and {who} {wanted}"
        raise PluginError(what, "ask whoever published it; nothing of it was kept")
