"""Docker's own rules in the kernel's packet filter, which a firewall's reload may take away.

Docker writes them when it starts, and looks at them no more. Without them what runs goes on and
answers on loopback, containers reach nothing outside, and none can be started: their ports cannot
be published. The same holds for what the rules are about, the bridges: who sets up the network anew
may leave one down or without its address, and its containers no longer reach each other.
"""

from __future__ import annotations

from kestra_provision.docker.environment import DAEMON_JSON
from kestra_provision.facts.script import Once

#: A line for each kind of rule that is gone (that of a single port where no program of Docker's
#: stands in for it); nothing where all are there, where Docker is told to
#: make none, and where nobody can tell. For sh and bash alike. Networks whose rules are meant to
#: be missing are asked for only where some are.
_TEXT = r"""
    [ "$(id -u)" = 0 ] && command -v iptables-save > /dev/null || return 0
    told=/proc/$(cat /run/docker.pid 2> /dev/null)/cmdline
    if grep -qsE '"?iptables"?[:=] *false' @DAEMON_JSON@ "$told"; then return 0; fi
    if nft list table ip docker-bridges > /dev/null 2>&1; then return 0; fi
    rules=$(iptables-save 2> /dev/null) || return 0
    case $rules in *"-A PREROUTING "*"-j DOCKER"*) ;; *) echo "published ports" ;; esac
    if grep -qsE '"?userland-proxy"?[:=] *false' @DAEMON_JSON@ "$told"; then
        bound='{{range .}}{{.HostIp}} {{.HostPort}}{{println}}{{end}}'
        bound="{{range .NetworkSettings.Ports}}$bound{{end}}"
        docker ps -q 2> /dev/null | xargs -r docker inspect -f "$bound" 2> /dev/null |
            grep '^[0-9.]* ' | while read -r _ port; do
            case $rules in *"--dport $port -j DNAT"*) ;; *) echo "published port $port" ;; esac
        done
    fi
    case $rules in *"-A FORWARD "*"-j DOCKER"*) ;; *) echo forwarding ;; esac
    routes=$(ip -4 route show 2> /dev/null)
    printf '%s\n' "$routes" | while read -r subnet _ bridge _; do
        case $bridge in br-*) ;; *) continue ;; esac
        case $rules in *"-A POSTROUTING -s $subnet ! -o $bridge -j MASQUERADE"*) continue ;; esac
        docker network inspect -f '{{.Internal}} {{json .Options}}' "${bridge#br-}" 2> /dev/null |
            grep '^false' | grep -qvE 'masquerade":"false|gateway_mode_ipv4":"(routed|isolated)' &&
            echo "masquerading of $subnet"
    done
    ip -br link show type bridge 2> /dev/null | while read -r bridge _; do
        case $bridge in br-*) ;; *) continue ;; esac
        case $routes in *" dev $bridge "*) continue ;; esac
        docker network inspect -f '{{json .Options}}{{range .IPAM.Config}} {{.Subnet}}{{end}}' \
            "${bridge#br-}" 2> /dev/null | grep -v 'inhibit_ipv4":"true' |
            grep -qE ' [0-9]+[.][0-9.]+/' && echo "address of $bridge"
    done
    if ! grep -qsE '"?ip-forward"?[:=] *false' @DAEMON_JSON@ "$told" &&
        [ "$(cat /proc/sys/net/ipv4/ip_forward 2> /dev/null)" = 0 ]; then
        echo net.ipv4.ip_forward
    fi
    return 0
"""
LOST_RULES = Once("lost_rules", _TEXT.replace("@DAEMON_JSON@", DAEMON_JSON).strip("\n"))
#: Measured: a reload brings none of them back; a restart all of them, and with live-restore what
#: runs goes on.
REPAIR = "systemctl restart docker"
