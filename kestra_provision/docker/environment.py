"""Which Docker is meant: the system's daemon, whatever the environment of whoever asks says.

`DOCKER_HOST` in /etc/environment, a context or a plugin of one user's would bring images to one
daemon and containers to another, or two releases of compose that each find the other's containers
changed.
"""

from __future__ import annotations

import shlex

#: What the daemon reads when it starts.
DAEMON_JSON = "/etc/docker/daemon.json"
SOCKET = "/var/run/docker.sock"
#: Of the daemon and of nobody's home: no user's plugins, contexts and proxies are in there.
CONFIG = "/etc/docker"
#: A host goes before each context.
_SYSTEM = {"DOCKER_HOST": f"unix://{SOCKET}"}
#: What else steers the client; an empty one is as none.
_STEERING = (
    "DOCKER_CONTEXT",
    "DOCKER_TLS",
    "DOCKER_TLS_VERIFY",
    "DOCKER_CERT_PATH",
    "DOCKER_API_VERSION",
    "DOCKER_CONTENT_TRUST",
    "DOCKER_DEFAULT_PLATFORM",
    "DOCKER_CUSTOM_HEADERS",
)

#: For a client that keeps nothing of the environment it is called in.
ONLY = {**_SYSTEM, "DOCKER_CONFIG": CONFIG}
#: For one that keeps the rest of it.
ENVIRONMENT = {**ONLY, **dict.fromkeys(_STEERING, "")}
#: The same as shell text.
EXPORTED = (
    f"export {' '.join(f'{name}={shlex.quote(value)}' for name, value in ENVIRONMENT.items())}"
)
#: Before a call of docker that needs root's logins to registries.
WITH_LOGINS = 'DOCKER_CONFIG="$HOME/.docker"'
