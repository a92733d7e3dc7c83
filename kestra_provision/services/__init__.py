"""Everything of one service in one file: what it is, made of the settings."""

#: Services that others need, by name with their title: a runbook takes them along when it is told.
SUPPORTING = {"postgres": "PostgreSQL"}
#: What an operator may name, what they are there for first.
NAMES = ("kestra", *SUPPORTING)
