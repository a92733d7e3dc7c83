"""Drift reports of every kind, made up."""

from __future__ import annotations

from hypothesis import strategies as st

from kestra_provision.drift.report import Finding, HostReport, Report

DEPLOY = "pyinfra inventory deploy.py"
_LONG = (
    "PostgreSQL refuses the password in .env: FATAL: password authentication failed for user "
    '"kestra"; the volume keeps the password that it was made with, whatever POSTGRES_PASSWORD says'
)


def drifted(what: str, declared: str, actual: str, stage: str, repair: str = DEPLOY) -> Finding:
    return Finding("drift", stage, what, declared, actual, repair, repair == DEPLOY)


#: A clean host, one with eight that drifted and two notices, and one that does not answer.
REPORT = Report(
    (
        HostReport("kestra-prod-1"),
        HostReport(
            "kestra-prod-2",
            (
                Finding("notice", "secrets", ".env: MY_TOKEN", "not declared", "yours, kept", ""),
                drifted(
                    "/etc/docker/daemon.json: log-opts",
                    '{"max-file": "5", "max-size": "10m"}',
                    "missing",
                    "docker",
                ),
                drifted(
                    "image docker.io/kestra/kestra:v1.3.39", "as recorded", "9f2c1a7b", "images"
                ),
                drifted(
                    "/opt/kestra/tools/kestra/storage",
                    "directory 750 1000:1000",
                    "directory 777 0:0",
                    "directories",
                ),
                drifted("/opt/kestra/.env", "file 600 0:0", "file 644 0:0", "secrets"),
                drifted(
                    ".env: KESTRA_HTTP_PORT", "the inventory's value", "edited by hand", "secrets"
                ),
                drifted(
                    "/opt/kestra/tools/kestra/config/application.yaml",
                    "as rendered",
                    "other content, written 2025-11-20 14:03 UTC",
                    "files",
                ),
                drifted(
                    "container tools-kestra-postgres", "runs as declared", "is exited", "stack"
                ),
                drifted("database login", "accepted", _LONG, "health", "put the old one into .env"),
                Finding("notice", "host", "disk /", "at most 90 % used", "93 %", "apt-get clean"),
            ),
        ),
        HostReport("kestra-staging", reason="not reached: connection to port 22 timed out"),
    ),
    "2025-11-21T06:12:40Z",
)

_text = st.text(max_size=40)
_words = st.text(min_size=1, max_size=40)
findings = st.builds(
    Finding,
    severity=st.sampled_from(["drift", "notice"]),
    stage=_text,
    what=_words,
    declared=_text,
    actual=_text,
    repair=_text,
    by_deploy=st.booleans(),
)
hosts = st.builds(
    HostReport,
    name=_words,
    findings=st.lists(findings, max_size=4).map(tuple),
    reason=st.just("") | _words,
)
reports = st.builds(
    Report,
    hosts=st.lists(hosts, min_size=1, max_size=4).map(tuple),
    checked_at=st.datetimes().map(lambda when: when.strftime("%Y-%m-%dT%H:%M:%SZ").zfill(20)),
)
