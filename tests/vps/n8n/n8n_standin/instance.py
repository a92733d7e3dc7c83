"""The data folder: the encryption key's file and the journal of a run that did not end well."""

import base64
import json
import os
import secrets
import time
from pathlib import Path

from .environment import Environment
from .failures import UncaughtError
from .log import info

_ENFORCE = "N8N_ENFORCE_SETTINGS_FILE_PERMISSIONS"
_HELP = "https://docs.n8n.io/hosting/environment-variables/configuration-methods/#encryption-key"


class Instance:
    """What one installation keeps outside of its database."""

    def __init__(self, environment: Environment) -> None:
        home = environment.text("N8N_USER_FOLDER", os.environ.get("HOME", "/home/node"))
        self.folder = Path(home) / ".n8n"
        self._file = self.folder / "config"
        self._journal = self.folder / "crash.journal"
        self._enforce = environment.flag(_ENFORCE, False)
        self._enforce_is_set = environment.is_set(_ENFORCE)
        try:
            self.encryption_key = self._load_or_create(environment.text("N8N_ENCRYPTION_KEY"))
        except OSError as problem:
            words = "EACCES: permission denied" if isinstance(problem, PermissionError) else "EIO"
            raise UncaughtError(f"{words}, open '{problem.filename}'") from problem

    def begin(self, pause: float) -> None:
        """Write the journal; one that is there already costs n8n ten seconds of its start."""
        if self._journal.exists():
            info("Last session crashed")
            time.sleep(pause)
        self._journal.touch()
        for name in ("binaryData", "nodes", "git", "ssh"):
            (self.folder / name).mkdir(exist_ok=True)

    def end(self) -> None:
        """Remove the journal: this run ends well."""
        self._journal.unlink(missing_ok=True)

    def _load_or_create(self, given: str) -> str:
        if self._file.exists():
            kept = self._load()
            if given and given != kept:
                raise UncaughtError(
                    f"Mismatching encryption keys. The encryption key in the settings file"
                    f" {self._file} does not match the N8N_ENCRYPTION_KEY env var."
                    f" Please make sure both keys match. More information: {_HELP}"
                )
            return kept
        if not given:
            info(f"No encryption key found - Auto-generating and saving to: {self._file}")
        key = given or base64.b64encode(secrets.token_bytes(24)).decode()
        self.folder.mkdir(parents=True, exist_ok=True)
        # As n8n 1.x: world-readable, unless the permissions are to be enforced.
        mode = 0o600 if self._enforce else 0o644
        with os.fdopen(os.open(self._file, os.O_WRONLY | os.O_CREAT, mode), "w") as file:
            file.write(json.dumps({"encryptionKey": key}, indent="\t"))
        self._check_permissions()
        return key

    def _load(self) -> str:
        text = self._file.read_text(encoding="utf-8")
        self._check_permissions()
        try:
            return str(json.loads(text)["encryptionKey"])
        except (ValueError, TypeError, KeyError) as problem:
            raise UncaughtError(
                f'Error parsing n8n-config file "{self._file}". It does not seem to be valid JSON.'
            ) from problem

    def _check_permissions(self) -> None:
        mode = self._file.stat().st_mode & 0o777
        if mode == 0o600 or (self._enforce_is_set and not self._enforce):
            return
        wide = f"Permissions 0{mode:o} for n8n settings file {self._file} are too wide."
        if self._enforce:
            info(f"{wide} Changing permissions to 0600..")
            self._file.chmod(0o600)
            return
        info(
            f"{wide} This is ignored for now, but in the future n8n will attempt to change the"
            " permissions automatically. To automatically enforce correct permissions now set"
            f" {_ENFORCE}=true (recommended), or turn this check off set {_ENFORCE}=false."
        )
