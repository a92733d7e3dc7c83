"""Who may log in: configured values, their rules, and how they are kept from 0.24 on."""

import hashlib
import hmac
import os
import re

from .configuration import Configuration
from .failures import StuckError
from .settings import Settings

KEY = "kestra.server.basic-auth"
ERRORS_KEY = "kestra.server.authentication-configuration-error"
_EMAIL = re.compile(r"[a-zA-Z0-9_!#$%&'*+/=?`{|}~^.-]+@[a-zA-Z0-9.-]+")
_PASSWORD = re.compile(r"(?=.{8,})(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9]).*")


class Configured:
    """Up to 0.23: the configuration is the only source, `enabled: true` switches it on."""

    def __init__(self, configuration: Configuration) -> None:
        self.enabled = configuration.flag(f"{KEY}.enabled", False)
        self._username = configuration.text(f"{KEY}.username")
        self._password = configuration.text(f"{KEY}.password")
        if self.enabled and not _EMAIL.fullmatch(self._username):
            raise StuckError("Invalid username for Basic Authentication: not a valid email address")
        if self.enabled and not self._password:
            raise StuckError("No password set for Basic Authentication")

    def match(self, username: str, password: str) -> bool:
        """Tell whether the pair is the configured one."""
        return _same(username, self._username) & _same(password, self._password)


class Stored:
    """From 0.24: kept salted in the database, the configuration wins at start."""

    enabled = True

    def __init__(self, configuration: Configuration, settings: Settings) -> None:
        self._settings = settings
        username = configuration.get(f"{KEY}.username")
        password = configuration.get(f"{KEY}.password")
        if username is None and password is None:
            return
        self._settings.drop(ERRORS_KEY)
        errors = self.save(_text(username), _text(password))
        if errors:
            self._settings.put(ERRORS_KEY, errors)

    def save(self, username: str | None, password: str | None) -> list[str]:
        """Store a valid pair; return what is wrong with an invalid one."""
        errors = problems(username, password)
        if not errors and username and password and not self.match(username, password):
            salt = os.urandom(16).hex()
            value = {"username": username, "salt": salt, "password": _hash(salt, password)}
            self._settings.put(KEY, value)
        return errors

    @property
    def initialised(self) -> bool:
        """Tell whether anybody has set credentials yet."""
        return self._settings.get(KEY) is not None

    def errors(self) -> list[str]:
        """Return what was wrong with the configured values."""
        return list(self._settings.get(ERRORS_KEY) or [])

    def match(self, username: str, password: str) -> bool:
        """Tell whether the pair is the stored one."""
        stored = self._settings.get(KEY)
        if stored is None:
            return False
        hashed = _hash(stored["salt"], password)
        return _same(username, stored["username"]) & _same(hashed, stored["password"])


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def problems(username: str | None, password: str | None) -> list[str]:
    """Return Kestra's complaints about a pair, none when it is acceptable."""
    found = []
    if username is None:
        found.append("No user name set for Basic Authentication. Please provide a user name.")
    elif not _EMAIL.fullmatch(username):
        found.append(
            "Invalid username for Basic Authentication. Please provide a valid email address."
        )
    if password is None:
        found.append("No password set for Basic Authentication. Please provide a password.")
    elif not _PASSWORD.fullmatch(password):
        found.append(
            "Invalid password for Basic Authentication."
            " The password must have 8 chars, one upper, one lower and one number"
        )
    if max(len(username or ""), len(password or "")) > 256:
        found.append("The length of email or password should not exceed 256 characters.")
    return found


def _hash(salt: str, password: str) -> str:
    return hashlib.sha512(f"{salt}|{password}".encode()).hexdigest()


def _same(left: str, right: str) -> bool:
    return hmac.compare_digest(left.encode(), right.encode())
