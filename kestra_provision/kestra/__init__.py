"""Kestra itself: its API over the host's own connection, and its health."""
