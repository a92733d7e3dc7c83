"""Everything below the API prefix, put together."""

from collections.abc import Mapping
from typing import Any

from .configuration import Configuration
from .database import Database
from .errors import ApiError
from .execution_api import ExecutionApi
from .executions import Executions
from .executor import Executor
from .expressions import UnrenderableError, secrets_of
from .files import Files
from .flow_store import FlowStore
from .flows import Flows
from .kv import KeyValues
from .logs import Logs
from .messages import Request, Response
from .paging import page
from .router import Route
from .storage import Storage
from .usages import usages
from .versions import Version


class Resources:
    """Flows, executions, keys, files and namespaces of one server."""

    def __init__(
        self,
        version: Version,
        configuration: Configuration,
        database: Database,
        environment: Mapping[str, str],
        local: bool,
    ) -> None:
        self._version = version
        self._prefix = version.prefix
        secrets = secrets_of(environment, version)
        self._secrets = sorted(secrets)
        storage = Storage(version, configuration, local)
        self._flows = FlowStore(database)
        self._flow_api = Flows(version, self._flows)
        self._keys = KeyValues(version, database, storage)
        self._files = Files(version, database, storage, self._flows)

        def secret(_namespace: str, key: str) -> str:
            if key.upper() not in secrets:
                raise UnrenderableError(f"Cannot find secret for key '{key}'.")
            return secrets[key.upper()]

        def key_value(namespace: str, key: str) -> Any:
            try:
                return self._keys.read(namespace, key)
            except ApiError as problem:
                raise UnrenderableError(problem.message) from problem

        def read(_namespace: str, uri: str) -> str:
            try:
                return storage.read(storage.place(uri)).decode()
            except ApiError as problem:
                raise UnrenderableError(problem.message) from problem

        functions = {"secret": secret, "kv": key_value, "read": read}
        executions = Executions(database)
        self.executor = Executor(
            version, configuration, self._flows, executions, storage, functions, environment
        )
        url = configuration.get("kestra.url")
        self._execution_api = ExecutionApi(version, url, self._flows, executions, storage)
        self._logs = Logs(version, executions)

    def routes(self) -> list[Route]:
        """Return every route below the prefix of the version."""
        prefix = self._prefix
        return [
            *self._flow_api.routes(prefix),
            *self._execution_api.routes(prefix),
            *self._logs.routes(prefix),
            *self._keys.routes(prefix),
            *self._files.routes(prefix),
            ("GET", f"{prefix}/namespaces/search", self._namespaces),
            ("GET", f"{prefix}/namespaces/{{namespace}}", self._namespace),
            ("GET", f"{prefix}/triggers/search", lambda request: page(request, [])),
            *(self._more() if self._version.is_one else []),
        ]

    def _more(self) -> list[Route]:
        prefix = self._prefix
        return [
            ("GET", f"{prefix}/concurrency-limit/search", lambda request: page(request, [])),
            ("GET", f"{prefix}/namespaces/{{namespace}}/secrets", self._secret_keys),
            ("GET", f"{prefix}/usages/all", lambda _: Response.json(usages(self._flows.all()))),
        ]

    def _secret_keys(self, _: Request) -> Response:
        found = [{"key": key} for key in self._secrets]
        return Response.json({"readOnly": True, "results": found, "total": len(found)})

    def _namespaces(self, request: Request) -> Response:
        used = sorted({flow["namespace"] for flow in self._flows.all()})
        if self._version.is_one:
            parts = [name.split(".") for name in used]
            parents = {".".join(p[:end]) for p in parts for end in range(1, len(p) + 1)}
            return page(request, [{"id": name} for name in sorted(parents | {"system"})])
        found = [{"disabled": False, "id": name, "deleted": False} for name in used]
        if "system" not in used:
            found.append({"disabled": True, "id": "system", "deleted": False})
        return page(request, found)

    def _namespace(self, request: Request) -> Response:
        about: dict[str, Any] = {"id": request.values["namespace"]}
        return Response.json(about if self._version.is_one else about | {"deleted": False})
