"""One Kestra to try out, without a database server: copy to inventory/quick.py and name it.

docs/quick.md says what is kept, and what is lost with what.
"""

hosts = [
    ("try.example.com", {"ssh_user": "root", "profile": "quick"}),
]
