"""The bash text that looks at every service of a stack and prints a line of JSON for each."""

from __future__ import annotations

import re
import shlex

from kestra_provision.facts.docker import inspected
from kestra_provision.facts.script import functions
from kestra_provision.stack.service import Service
from kestra_provision.stack.stack import Stack

_TELL = r"""
# told_after KIND BEGINNING: of Docker's answer the line of that kind that goes on so. No loop:
# bash reads a pipe, which a here-string is, byte by byte.
told_after() {
    local rest=${told_of_docker#*$'\n'"$1 $2"}
    [ "$rest" != "$told_of_docker" ] && printf '%s' "$2${rest%%$'\n'*}"
}

# line_of CONTAINER: all of them were asked for at once.
line_of() {
    local line
    line=$(told_after line "/$1|") && printf '%s' "${line#*|}"
}

# tell_container: what Docker says of $container; null where it knows none.
tell_container() {
    told_after "json $project" "{\"name\":\"/$container\"," || printf null
}

# tell_answer QUESTION FUNCTION…: as a member of JSON, what the function sets state and detail to.
tell_answer() {
    local state='' detail=''
    "${@:2}"
    printf '%s: {"word": "%s", "detail": %s}' "$(json_text "$1")" "$state" \
        "$(json_text "${detail:0:1000}")"
}

# tell SERVICE: looks at it, and begins to ask what a look does not tell.
tell() {
    local json=null more
    look "$1"
    [ "$state" = stranger ] || json=$(tell_container)
    exec {more}< <(tell_more "$1")
    told+=("$(printf '{"service": "%s", "word": "%s", "detail": %s, "version": %s, ' \
        "$1" "$state" "$(json_text "${detail:0:1000}")" "$(json_text "$version")"
        printf '"container": %s' "$json")")
    asked+=("$more")
}
"""

_MAIN = r"""
told=() asked=()
exec {docker}< <(timeout 20 docker version --format '{{.Server.Version}}' 2>/dev/null)
exec {containers_told}< <(once docker_inspected; [ $? = 2 ] || echo all told)
told_of_docker=$(echo && timeout 20 cat <&"$containers_told")
if [[ $told_of_docker != ?*$'\n'"all told" ]]; then
    trouble=$(docker_trouble)
    trouble=${trouble:-docker-silent}
fi
for service in "${services[@]}"; do
    tell "$service"
done
for ((i = 0; i < ${#told[@]}; i++)); do
    printf '%s%s}\n' "${told[i]}" "$(cat <&"${asked[i]}")"
done
printf '{"docker": %s}\n' "$(json_text "$(cat <&"$docker")")"
exit 0
"""


def health_script(stack: Stack, judgement: str) -> str:
    """Looks in the order of their start, because a state names what it follows from.

    + judgement: the text after which `look SERVICE` may be called

    Logins are asked beside the looks that come after.
    """
    parts = [
        # A service of which Docker does not tell has a word of its own.
        "asking=; exec 2>/dev/null",
        judgement,
        functions(inspected(stack.project, stack.containers.values())),
        _TELL,
        _more_of(stack),
        _MAIN,
    ]
    # Comments are for who reads the scripts of the host; here they would cross the wire each time.
    return re.sub(r"(?m)^[ ]*(#.*)?\n", "", "\n".join(parts))


def _more_of(stack: Stack) -> str:
    """The function that asks what a look does not tell."""
    cases = "\n".join(_case(service) for service in stack.services)
    return f"tell_more() {{\n    case $1 in\n{cases}\n    esac\n}}\n"


def _case(service: Service) -> str:
    """Logins only where it answers: what fails before would be shown as their failure."""
    asked = [f"tell_answer {shlex.quote(q.name)} {q.asks}" for q in service.questions if q.asks]
    logins = "; printf ', '; ".join(asked) or ":"
    return f"""\
        {service.name})
            printf ', "answers": {{'
            [ "$health" != healthy ] || {{ {logins}; }}
            printf '}}'
            ;;"""
