"""One server over SSH: copy to inventory/server.py and name it.

Files that start with `_` are skipped, so this example never touches anything.
"""

hosts = [
    ("kestra.example.com", {"ssh_user": "root"}),
]
