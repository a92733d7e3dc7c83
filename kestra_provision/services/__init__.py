"""Everything of one service in one file: what it is, made of the settings."""

#: Services beside Kestra, by name with their title: a runbook takes them along when it is told.
BESIDE = {
    "postgres": "PostgreSQL",
    "n8n": "n8n",
    "sidecar": "Sidecar API",
    "dind": "Script Docker",
}
#: What an operator may name, what they are there for first.
NAMES = ("kestra", *BESIDE)
