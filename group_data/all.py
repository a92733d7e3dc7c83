"""Settings of all hosts. Take the # away from what you choose; the rest are defaults.

A default follows the package when it is upgraded. What is in force, and where it comes from:
kestra-provision config

What only some profiles have stands in group_data/PROFILE.py when there are hosts of others too.
"""

# Set-up -------------------------------------------------------------------------------------------

# Which set-up; it brings the services, and defaults of their names.
# profile = "tools"

# Where everything lives on the host.
# root_dir = "/opt/kestra"

# Compose project. Default of quick: "kestra-quick". Default of devorch: "devorch".
# project_name = "tools-kestra"

# Docker network shared with other stacks. Default of quick: "kestra-quick". Default of devorch:
# "devorch".
# network = "tradingsystem_backend"

# Host ---------------------------------------------------------------------------------------------

# Fewest CPUs accepted.
# min_cpus = 2

# Least memory accepted, in MiB; a 4 GB server shows a little more.
# min_memory_mb = 3600

# Smallest disk accepted, in GB of 10^9 bytes.
# min_disk_gb = 30

# Docker -------------------------------------------------------------------------------------------

# Where Docker comes from: docker installs from Docker's own apt repository, distro the
# distribution's packages, present takes the one that is there.
# docker_source = "docker"

# That repository or a mirror of it; /debian or /ubuntu is added.
# docker_repository = "https://download.docker.com/linux"

# Fingerprint of the key it is signed with; no other key is trusted.
# docker_repository_fingerprint = "9DC858229FC7DD38854AE2D88D81803C0EBFCD88"

# Docker Engine to install from that repository, such as 28.2.2; default the newest at the first
# deploy, then kept.
# docker_version = None

# Oldest Docker Engine accepted.
# docker_min_version = "24.0"

# Users put into group docker beside the one that connects. Who is in it is root on the host.
# docker_users = []

# A compose plugin as .deb, path on the laptop, for distributions without one.
# compose_deb = None

# Its SHA-256.
# compose_deb_sha256 = None

# Proxy --------------------------------------------------------------------------------------------

# HTTP proxy of apt and Docker on the host, such as http://10.0.0.1:3128.
# http_proxy = None

# Who is reached without it: hosts, .suffixes, networks.
# no_proxy = []

# Images -------------------------------------------------------------------------------------------

# registry pulls, archive loads a docker save file for hosts without one.
# image_source = "registry"

# That file: a path on the laptop, or a URL that the host downloads.
# image_archive = None

# Its SHA-256; must be given with a URL.
# image_archive_sha256 = None

# Registry to log in to before a pull, such as registry.example.com:5000; docker.io is Docker Hub.
# registry = None

# User there; the password is KESTRA_REGISTRY_PASSWORD of the laptop.
# registry_username = None

# Accept a rolling tag such as latest, which crosses breaking releases.
# allow_latest = False

# Kestra -------------------------------------------------------------------------------------------

# Pinned: a version tag, a digest or both.
# kestra_image = "kestra/kestra:v1.3.39"

# Accept a Kestra version with a known severe vulnerability.
# accept_vulnerable_version = False

# Kestra's container. Default of quick: "kestra-quick". Default of devorch: "devorch-kestra".
# container_name = "tools-kestra"

# UI and API on the host.
# http_port = 8080

# Health and metrics, always on loopback only: it has no password.
# management_port = 8081

# Address http_port listens on.
# bind_address = "127.0.0.1"

# Address users see, for links; default http://localhost:<http_port>/.
# kestra_url = None

# The administrator, an e-mail address.
# basic_auth_username = "admin@kestra.local"

# Memory limit of Kestra in MiB; default about half of the host's.
# kestra_memory_mb = None

# Seconds to wait for a healthy Kestra. An upgrade migrates for minutes.
# health_timeout = 300

# Kestra's environment -----------------------------------------------------------------------------

# Variables of your own for Kestra's container, such as {"BACKEND_URL": "http://backend:8000/"};
# ENV_X is {{ envs.x }} in flows. Not for secrets.
# kestra_env = {}

# Configuration of your own beside ours in application.yaml: a mapping, or a text of YAML.
# kestra_config = {}

# Webhooks that need no password, by the beginnings of their paths, such as
# /api/v1/main/executions/webhook/; [] opens none. Default: Kestra's, which is all.
# kestra_open_urls = None

# Levels of Kestra's log by logger, such as {"root": "WARN"}.
# kestra_log_levels = {}

# Kestra's log as one JSON object a line, for Loki and the like.
# kestra_json_logs = False

# Tasks at the same time; default 8 for each CPU.
# kestra_worker_threads = None

# Threads that move executions on; default one for each CPU, at least 4.
# kestra_executor_threads = None

# Time zone of Kestra, of schedules and of tasks, such as America/Sao_Paulo; default UTC.
# kestra_time_zone = None

# Script tasks -------------------------------------------------------------------------------------

# [Where they run](script-tasks.md): process in Kestra's container, docker in containers of a
# rootless Docker of their own, host-docker in containers of the host, for which Kestra gets
# docker.sock: whoever can write a flow is root on the host then.
# script_tasks = "process"

# The rootless Docker of docker. Pinned: a version tag, a digest or both.
# script_docker_image = "docker:28.5.2-dind-rootless"

# Its container.
# script_docker_container_name = "kestra-script-docker"

# Its memory limit in MiB, with all tasks in it; default about an eighth of the host's.
# script_docker_memory_mb = None

# Images of tasks, which a deploy brings into it before a task asks for them.
# script_images = []

# Plugins ------------------------------------------------------------------------------------------

# Beside those of the image: "group:artifact:version", or a jar of the laptop, {"file":
# "plugins/mine.jar", "sha256": "…"}.
# kestra_plugins = []

# Where those come from that are named by coordinates: Maven Central or a mirror;
# https://USER:PASSWORD@… logs in.
# kestra_maven_repository = "https://repo1.maven.org/maven2/"

# Flows --------------------------------------------------------------------------------------------

# Folders beside deploy.py with NAMESPACE/*.yaml; the server gets all of them.
# flows = ['flows']

# Delete flows, files and keys of ours that are no longer there.
# flows_prune = False

# End each deploy with an execution of a small flow, which must succeed.
# smoke_test = False

# Secrets of flows ---------------------------------------------------------------------------------

# What secret('NAME') is in flows, by NAME: the words of a command that the laptop runs, such as
# {"SLACK": ["pass", "show", "slack"]}; no shell is asked. [Secrets of flows](flow-secrets.md) has
# the other ways.
# flow_secrets = {}

# Watch --------------------------------------------------------------------------------------------

# How often the host looks at its own Kestra; 0 is never.
# watch_interval_minutes = 1

# Shell line that root runs on the host when the health has changed, with the report as JSON on
# stdin. Not for secrets.
# notify_command = None

# How many times an hour the host may restart an unhealthy Kestra by itself.
# self_repair_per_hour = 0

# HOST:PORT that flows must reach, such as example.com:443: the doctor asks Kestra's container for
# it.
# egress_target = None

# PostgreSQL (profiles tools, devorch) -------------------------------------------------------------

# With its major version in the tag.
# postgres_image = "postgres:17"

# PostgreSQL's container. Default of devorch: "devorch-postgres".
# postgres_container_name = "tools-kestra-postgres"

# Database name.
# db_name = "kestra"

# Database role.
# db_user = "kestra"

# Memory limit of PostgreSQL in MiB; default about a sixth of the host's.
# postgres_memory_mb = None

# n8n (profile devorch) ----------------------------------------------------------------------------

# Pinned: a version tag, a digest or both; None when all workflows have moved, which keeps n8n's
# data.
# n8n_image = "n8nio/n8n:1.123.81"

# n8n's container.
# n8n_container_name = "devorch-n8n"

# n8n's editor, API and webhooks on the host.
# n8n_port = 5678

# Address n8n_port listens on. Whoever opens a new n8n first owns it.
# n8n_bind_address = "127.0.0.1"

# Address users and webhooks see; default http://localhost:<n8n_port>/.
# n8n_url = None

# n8n's database.
# n8n_db_name = "n8n"

# n8n's database role.
# n8n_db_user = "n8n"

# Memory limit of n8n in MiB; default about an eighth of the host's.
# n8n_memory_mb = None

# Sidecar (profile devorch) ------------------------------------------------------------------------

# An HTTP service of your own that keeps the [contract](sidecar.md); default none.
# sidecar_image = None

# Its container.
# sidecar_container_name = "devorch-sidecar"

# Its API on the host.
# sidecar_port = 8000

# Address sidecar_port listens on.
# sidecar_bind_address = "127.0.0.1"

# Its memory limit in MiB; default about a sixteenth of the host's.
# sidecar_memory_mb = None
