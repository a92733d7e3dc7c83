"""The table of versions stays a table where a host told nothing."""

from kestra_provision.status.versions import HostVersions, ServiceVersion, render

KESTRA = ServiceVersion("kestra", "Kestra", "1.3.39", "kestra:1", "0123", "kestra:1")


def test_why_a_host_told_nothing_stands_below_the_table() -> None:
    reason = "Could not connect (timed out); is the server up, and 192.0.2.7 its address? " * 3
    shown = render(
        [
            HostVersions("vps1", docker="26.1.5", services=(KESTRA,)),
            HostVersions("vps2", reason),
            HostVersions("vps3", "sudo asks for a password"),
        ]
    )
    assert shown.splitlines() == [
        "host  program  version      image",
        "----  -------  -----------  ---------------",
        "vps1  Docker   26.1.5       -",
        "vps1  Kestra   1.3.39       kestra:1 (0123)",
        "vps2  Docker   unreachable  -",
        "vps3  Docker   unreachable  -",
        "",
        f"vps2: {reason}",
        "",
        "vps3: sudo asks for a password",
    ]


def test_nothing_stands_below_where_all_told() -> None:
    assert render([HostVersions("vps1", docker="26.1.5")]).splitlines()[2:] == [
        "vps1  Docker   26.1.5   -"
    ]
