"""Questions about secrets that the host answers itself: names come back, values never do."""

from testinfra.host import Host

#: `$1` is the .env. stderr is dropped first, because a shell's complaint quotes the broken line.
_READ = 'exec 2>/dev/null; export LC_ALL=C; . "$1" || exit 9; '
_SECRETS = (
    "sed -n -E 's/^(export )?([A-Za-z0-9_]*(PASSWORD|SECRET|TOKEN|KEY)[A-Za-z0-9_]*)=.*/\\2/p'"
)
#: `$2` prints what is searched, `$3` is grep's way to compare. The values reach grep through a
#: pipe of bash's own printf, so that no argv holds one. Shorter ones would be found anywhere.
_SEARCH = (
    f'for name in $({_SECRETS} "$1"); do value=${{!name}}; [ ${{#value}} -ge 8 ] || continue; '
    'if eval "$2" | grep -qa "$3" -f <(printf "%s\\n" "$value"); then echo "$name"; fi; done'
)
#: Prints both names of each two that have one value.
_ALIKE = (
    f'names=$({_SECRETS} "$1"); for one in $names; do for other in $names; do '
    '[ "$one" != "$other" ] && [ "${!one}" = "${!other}" ] && echo "$one"; done; done'
)


def names(host: Host, env: str) -> set[str]:
    """Every name that stands in the file."""
    pattern = "s/^(export )?([A-Za-z_][A-Za-z0-9_]*)=.*/\\2/p"
    return set(host.run("sed -n -E %s %s", pattern, env).stdout.split())


def readable(host: Host, env: str) -> bool:
    """True when a shell takes the file without a complaint."""
    return bool(host.run("bash -c %s ask %s", f'{_READ} . "$1" 2>&1 | wc -c', env).stdout == "0\n")


def keeps(host: Host, env: str, name: str, rule: str) -> bool:
    """True when the value of `name` keeps the bash condition `rule`, in which it is `$value`."""
    script = f"{_READ} value=${{{name}}}; if {rule}; then echo kept; fi"
    return bool(host.run("bash -c %s ask %s", script, env).stdout.strip() == "kept")


def alike(host: Host, env: str) -> set[str]:
    """The names of the secrets that have the value of another one."""
    return set(host.run("bash -c %s ask %s", _READ + _ALIKE, env).stdout.split())


def occurring(host: Host, env: str, source: str, *, whole_line: bool = False) -> set[str]:
    """The names of the secrets whose values occur in what the shell command `source` prints."""
    how = "-Fx" if whole_line else "-F"
    return set(
        host.run("bash -c %s ask %s %s %s", _READ + _SEARCH, env, source, how).stdout.split()
    )
