"""Flows as code: what is in the repository, what is on the server, and what becomes of either."""
