#!/usr/bin/env bash
# Managed by kestra-provision. Change the inventory, then deploy.
set -u

usage() {
    cat <<'HELP'
Usage: load-kestra-flows.sh [FOLDER]

Puts the flows of a folder onto Kestra: FOLDER/*.yaml and FOLDER/*/*.yaml, one flow a file.
All are validated first; one that is invalid, and nothing is written. None is ever deleted.

  FOLDER       default /opt/kestra/kestra-flows
  -h, --help   this text

Exit code: 0 all are there, 1 nothing was written, or not all.

Example: sudo /opt/kestra/scripts/load-kestra-flows.sh
HELP
}

. /opt/kestra/scripts/lib/common.sh
. /opt/kestra/scripts/lib/health.sh
. /opt/kestra/scripts/lib/guard.sh


folder=$root/kestra-flows
case ${1-} in
    -h | --help) usage && exit ;;
    -*) unknown "option $1" "--help" ;;
    ?*) folder=${1%/} ;;
esac
[ $# -le 1 ] || unknown "word $2" "FOLDER"

# request METHOD PATH [TYPE BEFORE FILE AFTER]: sets answer to an HTTP status or closed, and body.
# The login is in no argument: printf and read are bash's own.
request() {
    local line before=${4-} file=${5-/dev/null} after=${6-}
    answer=closed body=''
    { exec 3<>"/dev/tcp/$address/$port"; } 2>/dev/null || return 0
    {
        printf '%s /api/v1/main%s HTTP/1.0\r\nHost: localhost\r\nConnection: close\r\n' "$1" "$2"
        printf 'Authorization: Basic %s\r\nContent-Type: %s\r\n' "$login" "${3-text/plain}"
        printf 'Content-Length: %d\r\n\r\n%s' $((${#before} + $(stat -Lc %s "$file") + ${#after})) "$before"
        cat "$file"
        printf '%s' "$after"
    } >&3 2>/dev/null
    IFS= read -r -t 60 line <&3 && line=${line#HTTP/* } && answer=${line:0:3}
    while IFS= read -r -t 60 line <&3 && [ -n "${line%$'\r'}" ]; do :; done
    body=$(timeout 60 cat <&3)
    exec 3>&-
}

# told KEY: text or number of the answer, on one line.
told() {
    local value=''
    if [[ $body =~ \"$1\":\"(([^\"\\]|\\.)*)\" ]]; then
        value=${BASH_REMATCH[1]//\\n/ }
    elif [[ $body =~ \"$1\":([0-9]+) ]]; then
        value=${BASH_REMATCH[1]}
    fi
    printf '%s\n' "${value//\\\"/\"}"
}

# As a part of a form: a text of several documents would be split, also within a flow's own text.
part=$'--kestra-flow\r\nContent-Disposition: form-data; name="flows"; filename="flow.yaml"\r\n'
part+=$'Content-Type: application/x-yaml\r\n\r\n'
part_ends=$'\r\n--kestra-flow--\r\n'

# judge FILE: sets flow to NAMESPACE/ID; fails with the server's words.
judge() {
    local invalid
    request POST /flows/validate 'multipart/form-data; boundary=kestra-flow' "$part" "$1" "$part_ends"
    case $answer in
        200) ;;
        401) die "${titles[$main]} refuses the login of $root/.env; deploy again: pyinfra inventory deploy.py" ;;
        *) die "${titles[$main]} does not validate: $answer" ;;
    esac
    invalid=$(told constraints) flow=$(told namespace)/$(told flow)
    [ -z "$invalid" ] || say "$1: $invalid"
    [ -z "$invalid" ]
}

# kept_elsewhere NAMESPACE/ID: the repository of whoever deploys has it, and a deploy would find it
# changed by somebody.
kept_elsewhere() {
    sed -n '/^"flows": \[/,/^\]/p' "$root/config/flows.json" 2>/dev/null |
        grep -qF "[\"${1%%/*}\", \"${1#*/}\", "
}

# put FILE NAMESPACE/ID: says what became of it.
put() {
    local before word method=PUT path=/flows/$2
    request GET "$path"
    case $answer in
        200) before=$(told revision) ;;
        404) before='' method=POST path=/flows ;;
        *) die "${titles[$main]} does not tell of $2: $answer" ;;
    esac
    request "$method" "$path" application/x-yaml '' "$1" ''
    [ "$answer" = 200 ] || die "$1: ${titles[$main]} answers $answer: $(told message)"
    case $before in
        '') word=created acted=yes ;;
        "$(told revision)") word=unchanged ;;
        *) word=updated acted=yes ;;
    esac
    printf '✓ %s %s\n' "$2" "$word"
}

need_docker
need_unlocked
need_env
need_ours
[ -d "$folder" ] || die "no folder $folder: make it and put flows there, or name another FOLDER"
shopt -s nullglob
files=("$folder"/*.yaml "$folder"/*.yml "$folder"/*/*.yaml "$folder"/*/*.yml)
[ ${#files[@]} -gt 0 ] || die "no flow in $folder: FOLDER/*.yaml or FOLDER/*/*.yaml"
look "$main"
[ "$health" = healthy ] || die "$container is $health: $detail"
reach "$main" "$ui_port" || die "$container publishes no port $ui_port"
login=$(printf '%s:%s' "$(env_value KESTRA_BASICAUTH_USERNAME)" "$(env_value KESTRA_BASICAUTH_PASSWORD)" |
    base64 -w 0)

refused=0
declare -A from=()
for file in "${files[@]}"; do
    if ! judge "$file"; then
        refused=$((refused + 1))
    elif [ -n "${from[$flow]-}" ]; then
        say "$file: ${from[$flow]} has the flow $flow as well"
        refused=$((refused + 1))
    elif kept_elsewhere "$flow"; then
        say "$file: $flow is kept by a deploy; change it in that repository, or remove this file"
        refused=$((refused + 1))
    else
        from[$flow]=$file
    fi
done
[ "$refused" = 0 ] || die "$refused of ${#files[@]} files are refused, see above; nothing was written"
recorded load-flows loaded
mapfile -t flows < <(printf '%s\n' "${!from[@]}" | sort)
for flow in "${flows[@]}"; do
    put "${from[$flow]}" "$flow"
done
