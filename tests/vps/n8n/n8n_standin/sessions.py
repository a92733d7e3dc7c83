"""The owner: who may set the instance up, log in, and be known by a cookie."""

import base64
import hashlib
import hmac
import secrets
from typing import Any

from .database import Database
from .environment import Environment
from .server import Request, Response

COOKIE = "n8n-auth"
_WEEK = 604800
_COLUMNS = 'id::text, email, "firstName", "lastName", password, "createdAt"::text'


class Sessions:
    """One owner, as many logins as wanted."""

    def __init__(self, environment: Environment, database: Database, key: str) -> None:
        self._database = database
        self._secret = hashlib.sha256(f"jwt:{key}".encode()).digest()
        # Without this a browser sends the cookie over https only.
        self._secure = "; Secure" if environment.flag("N8N_SECURE_COOKIE", True) else ""

    def is_set_up(self) -> bool:
        """Tell whether somebody has claimed the instance."""
        found = self._database.run(
            "select value from settings where key = 'userManagement.isInstanceOwnerSetUp'"
        )
        return bool(found) and found[0][0] == "true"

    def setup(self, request: Request) -> Response:
        """Make whoever comes first the owner: n8n asks for no proof."""
        given = request.json()
        password = str(given.get("password", ""))
        if not 8 <= len(password) <= 64:
            return Response.json(
                {
                    "code": "too_small",
                    "minimum": 8,
                    "type": "string",
                    "inclusive": True,
                    "exact": False,
                    "message": "Password must be 8 to 64 characters long.",
                    "path": ["password"],
                },
                400,
            )
        if self.is_set_up():
            return Response.problem(400, "Instance owner already setup")
        names = [str(given.get(name, "")) for name in ("email", "firstName", "lastName")]
        self._database.run(
            'update "user" set email = %s, "firstName" = %s, "lastName" = %s, password = %s'
            " where \"roleSlug\" = 'global:owner';"
            " update settings set value = 'true'"
            " where key = 'userManagement.isInstanceOwnerSetUp'",
            (*names, _hashed(password)),
        )
        return self._welcome(self._owner(names[0]))

    def login(self, request: Request) -> Response:
        """Log in with e-mail address and password."""
        given = request.json()
        owner = self._owner(str(given.get("emailOrLdapLoginId", "")))
        if owner is None or not _fits(str(given.get("password", "")), str(owner[4])):
            text = "Wrong username or password. Do you have caps lock on?"
            return Response.problem(401, text)
        return self._welcome(owner)

    def known(self, request: Request) -> bool:
        """Tell whether the request carries a cookie made here."""
        for part in (request.headers.get("Cookie") or "").split(";"):
            name, _, value = part.strip().partition("=")
            if name == COOKIE and hmac.compare_digest(value, self._token(value.split(".")[0])):
                return True
        return False

    def current(self, request: Request) -> Response:
        """Say who is logged in."""
        if not self.known(request):
            return unauthorized()
        rows = self._database.run(
            f'select {_COLUMNS} from "user" where "roleSlug" = %s', ("global:owner",)
        )
        return Response.json({"data": _shown(rows[0])})

    def _owner(self, email: str) -> tuple[Any, ...] | None:
        rows = self._database.run(f'select {_COLUMNS} from "user" where email = %s', (email,))
        return rows[0] if rows else None

    def _welcome(self, owner: tuple[Any, ...] | None) -> Response:
        assert owner is not None
        response = Response.json({"data": _shown(owner)})
        cookie = f"{COOKIE}={self._token(str(owner[0]))}; Max-Age={_WEEK}; Path=/; HttpOnly"
        response.headers["Set-Cookie"] = f"{cookie}{self._secure}; SameSite=Lax"
        return response

    def _token(self, user: str) -> str:
        return f"{user}.{hmac.new(self._secret, user.encode(), 'sha256').hexdigest()}"


def unauthorized() -> Response:
    """What a stranger is told."""
    return Response.json({"status": "error", "message": "Unauthorized"}, 401)


def _shown(owner: tuple[Any, ...]) -> dict[str, Any]:
    user, email, first, last, _, created = owner
    return {
        "createdAt": created,
        "id": user,
        "email": email,
        "firstName": first,
        "lastName": last,
        "personalizationAnswers": None,
        "settings": {"userActivated": False},
        "disabled": False,
        "mfaEnabled": False,
        "lastActiveAt": None,
        "isPending": False,
        "role": "global:owner",
        "signInType": "email",
        "isOwner": True,
        "featureFlags": {},
        "globalScopes": ["credential:create", "credential:read", "workflow:create"],
        "mfaAuthenticated": False,
    }


def _hashed(password: str, salt: bytes | None = None) -> str:
    salt = secrets.token_bytes(12) if salt is None else salt
    digest = hashlib.scrypt(password.encode(), salt=salt, n=1024, r=8, p=1)
    return "$".join(base64.b64encode(part).decode() for part in (salt, digest))


def _fits(password: str, kept: str) -> bool:
    salt = base64.b64decode(kept.partition("$")[0])
    return hmac.compare_digest(_hashed(password, salt), kept)
