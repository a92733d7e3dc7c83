"""Checks of what a deploy leaves on a host: its files, its images, Docker, the lock."""

from __future__ import annotations

from kestra_provision.doctor.check import Answer, Check, Fault, Untold
from kestra_provision.doctor.evidence import Evidence
from kestra_provision.doctor.host import SUDO
from kestra_provision.facts.rules import REPAIR
from kestra_provision.preflight.credentials import refused_password
from kestra_provision.secrets.env import MODE, env_path
from kestra_provision.secrets.recovered import Remains
from kestra_provision.settings.env_lines import steers_compose
from kestra_provision.stack.layout import Layout
from kestra_provision.text.words import enumerated

#: systemd starts nothing again by itself that failed, and no service whose socket failed.
START = "systemctl reset-failed docker.socket docker; systemctl start docker"
DEPLOYED, ENV, DOCKER, IMAGES = "deployed", ".env", "Docker", "images"
RULES = "firewall rules"


def _deployed(evidence: Evidence) -> Answer:
    settings = evidence.settings
    if evidence.traces.deployed:
        return settings.root_dir
    left = [c.name for c in evidence.survey.containers if c.project == settings.project_name]
    if evidence.env.access or left:
        return Fault(
            f"{Layout(settings.root_dir).compose} is missing",
            "it was removed, or a deploy did not get that far",
            evidence.deploy,
        )
    return Fault(
        f"nothing was deployed into {settings.root_dir} yet",
        "the host is new, or the inventory names another root_dir than the one in use",
        evidence.deploy,
    )


def _env(evidence: Evidence) -> Answer:
    path, deploy = env_path(evidence.settings.root_dir), evidence.deploy
    env = evidence.env
    if evidence.env_error:
        return Fault(evidence.env_error, "an edit went wrong", f"mend that line, then: {deploy}")
    if steering := sorted(filter(steers_compose, env.file.values)):
        return Fault(
            f"{enumerated(steering)} in {path} change what compose does",
            "it was written for another compose project",
            f"remove these lines, then: {deploy}",
        )
    for refused in refused_password(evidence.stack, env, Remains()):
        return Fault(refused.what, "an edit went wrong", f"{refused.fix}; then: {deploy}")
    if not env.access:
        return Fault(
            f"there is no {path}",
            "somebody removed it; the secrets are still in the containers, keep those",
            deploy,
        )
    if env.access != MODE:
        mode, uid, gid = env.access.split()
        return Fault(
            f"{path} is {mode} {uid}:{gid}, not 600 0:0",
            "somebody changed it, and others may have read the passwords",
            deploy,
        )
    if env.incomplete:
        return Fault(
            f"{path} has no {' and no '.join(env.missing)}"
            if env.missing
            else f"{path} is cut off",
            "an edit went wrong, or a deploy was killed",
            deploy,
        )
    return "complete, 600 0:0"


def _storage(evidence: Evidence) -> Answer:
    """`/health` stays UP and uploads fail: only a look as the image's user tells."""
    if evidence.paths.edited:
        return Fault(
            f"{Layout(evidence.stack.root).record} is not as a deploy wrote it: nothing tells "
            "whom the images run as",
            "somebody edited it, or an older version wrote it, without its sum",
            evidence.deploy,
        )
    wanted, states = evidence.stack.owners, evidence.paths.states
    bad = [path for path in wanted if path not in states or not states[path].writable]
    uids = {evidence.paths.user(wanted[path]).uid for path in bad or wanted}
    users = f"writable for uid {enumerated(map(str, sorted(uids)))}"
    if not bad:
        return users
    missing = all(path not in states for path in bad)
    return Fault(
        f"{' and '.join(bad)} {'missing' if missing else f'not {users}'}",
        "owner or mode were changed, a parent has no x, or its disk is read-only",
        f"{evidence.deploy}; when it does not help, on the host: namei -l {bad[0]}",
    )


def _docker(evidence: Evidence) -> Answer:
    survey, service = evidence.survey, evidence.traces.service
    if survey.docker:
        return survey.docker
    if not survey.docker_client:
        if not evidence.traces.deployed:
            return Untold("Docker is not there yet; a deploy installs it")
        return Fault("Docker is not installed", "its packages were removed", evidence.deploy)
    said = "; ".join(survey.platform.said)
    why = f"it says: {said}" if said else "it was stopped: on the host, journalctl -u docker tells"
    if masked := survey.platform.masked:
        return Fault(
            f"Docker does not answer, and {enumerated(masked)} may not be started",
            "somebody masked it",
            f"on the host: systemctl unmask {' '.join(masked)}; {START}",
        )
    if not survey.daemon_json_valid:
        return Fault(
            "Docker does not answer",
            "/etc/docker/daemon.json is no JSON object, and it does not start with that",
            f"on the host: python3 -m json.tool /etc/docker/daemon.json; mend it, then: {START}",
        )
    return Fault(
        f"Docker does not answer (docker.service is {service or 'unknown'})",
        why,
        f"{'mend that, then ' if said else ''}on the host: {START}",
    )


def _rules(evidence: Evidence) -> Answer:
    if not (lost := evidence.survey.platform.lost_rules):
        return "there"
    return Fault(
        f"gone: {enumerated(lost)}",
        "something flushed the firewall (nft flush ruleset, a firewall's restart) or set up the "
        "network anew; what runs reaches nothing outside, and nothing can be started",
        f"on the host: {REPAIR} (containers run on); or: {evidence.deploy}",
    )


def _socket(evidence: Evidence) -> Answer:
    user, seen = evidence.survey.user, evidence.traces.socket.split()
    if len(seen) != 3:
        return Fault(
            "/run/docker.sock is not there",
            "it was removed while Docker runs",
            "on the host: systemctl restart docker.socket docker",
        )
    mode, owner, group = seen
    if int(mode, 8) & 0o006:
        return Fault(
            f"/run/docker.sock is {mode}: everybody on the host is root through it",
            "a chmod, made to get rid of `permission denied`; group docker is the way",
            "on the host: chmod 660 /run/docker.sock",
        )
    if user == owner:
        return f"for {user}"
    if group not in evidence.traces.groups or not int(mode, 8) & 0o020:
        return Fault(
            f"{user} may not use Docker without sudo (/run/docker.sock is {mode} {owner}:{group})",
            f"{user} is not in group {group}; a deploy puts in who connects",
            f"{evidence.deploy}; then log in again: a session keeps the groups it began with",
        )
    return f"for {user}, through group {group}"


def _images(evidence: Evidence) -> Answer:
    settings, images = evidence.settings, evidence.stack.images.values()
    missing = [i for i in images if i not in evidence.images.ids]
    if not missing:
        return ", ".join(images)
    archive = settings.image_source == "archive"
    return Fault(
        f"{' and '.join(missing)} not on the host",
        "a prune removed it, or the inventory names another one since the last deploy",
        evidence.deploy
        if archive
        else f"{evidence.deploy}; without a registry in reach: image_source = 'archive'",
    )


def _lock(evidence: Evidence) -> Answer:
    if evidence.lock is None:
        return "free"
    word, holder = evidence.lock
    if word == "free":
        return "free"
    if word == "stale" or holder.ended_here:
        return Fault(
            f"held by a run that is gone, {holder}",
            "that run was killed or lost its connection, and may have stopped half-way",
            f"{evidence.deploy}; it takes the lock over and goes on",
        )
    if word == "live":
        return f"held {holder}"
    return Untold(f"the lock is {word}")


CHECKS = (
    Check(DEPLOYED, "no such file or directory, no such container", _deployed, (SUDO,)),
    Check("lock", "locked by …; nothing was changed", _lock, (SUDO,)),
    Check(ENV, "… is missing in .env; scripts cannot read it", _env, (DEPLOYED,)),
    Check(
        "storage",
        "uploads answer 404, FILE inputs 409, while /health is UP",
        _storage,
        (DEPLOYED,),
    ),
    Check(DOCKER, "Cannot connect to the Docker daemon", _docker, (SUDO,)),
    Check(
        RULES,
        "No chain/target/match by that name; tasks reach nothing outside",
        _rules,
        (DOCKER,),
    ),
    Check("docker.sock", "permission denied … docker.sock", _socket, (DOCKER,)),
    Check(IMAGES, "No such image, pull access denied", _images, (DEPLOYED, DOCKER)),
)
