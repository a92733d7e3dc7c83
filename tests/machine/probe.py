"""Speaks HTTP from the host itself, so that credentials never leave it nor stand in an argv."""

from dataclasses import dataclass
from typing import Literal

from testinfra.host import Host

Who = Literal["nobody", "wrong", "ours"]
#: `.env` is read by bash, which is on every Debian and Ubuntu; curl and python3 may not be.
#: $1 address, $2 port, $3 method, $4 path, $5 whose credentials, $6 the .env, $7 part of the
#: answer, $8 name of the token that is sent instead of user and password
_SCRIPT = r"""
credentials() {
    . "$env"
    secret=${token:-KESTRA_BASICAUTH_PASSWORD}
    secret=${!secret}
    [ "$who" = ours ] || secret=Wrong-on-purpose-1
    if [ "$token" ]; then
        printf 'Authorization: Bearer %s' "$secret"
    else
        printf 'Authorization: Basic '
        printf '%s:%s' "$KESTRA_BASICAUTH_USERNAME" "$secret" | base64 -w0
    fi
}
who=$5 env=$6 token=$8
exec 3<>"/dev/tcp/$1/$2" || exit 7
head="$3 $4 HTTP/1.0"$'\r\n'"Host: localhost"$'\r\n'"Connection: close"$'\r\n'
[ "$3" = GET ] || head+="Content-Length: 0"$'\r\n'
[ "$who" = nobody ] || head+="$(credentials)"$'\r\n'
printf '%s\r\n' "$head" >&3
IFS= read -r line <&3 || exit 8
printf '%s\n' "$line"
[ "$7" = head ] || head -c 100000 <&3
"""


@dataclass(frozen=True)
class Answer:
    """`status` is 0 when nobody answered; `body` is empty unless it was asked for."""

    status: int
    body: str = ""


def ask(
    host: Host,
    address: str,
    port: int,
    path: str,
    *,
    method: str = "GET",
    who: Who = "nobody",
    env: str = "/dev/null",
    token: str = "",
    body: bool = False,
) -> Answer:
    """One request, answered within 30 s.

    + who: without credentials, with a wrong password, or with what stands in `env`
    + env: path of the host's `.env`
    + token: name in `env` of what is sent instead of Kestra's user and password
    """
    part = "all" if body else "head"
    arguments = (_SCRIPT, address, str(port), method, path, who, env, part, token)
    # What bash says of a broken .env could quote a line of it.
    called = host.run("timeout 30 bash -c %s ask %s %s %s %s %s %s %s %s 2>/dev/null", *arguments)
    head, _, rest = called.stdout.partition("\n")
    words = head.split()
    status = int(words[1]) if len(words) > 1 and words[1].isdigit() else 0
    _, _, content = rest.replace("\r\n", "\n").partition("\n\n")
    return Answer(status, content)
