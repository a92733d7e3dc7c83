"""Kestra beside n8n on one PostgreSQL: copy to inventory/devorch.py and name your server.

docs/devorch.md says how workflows move over.
"""

hosts = [
    ("devorch.example.com", {"ssh_user": "root", "profile": "devorch"}),
]
