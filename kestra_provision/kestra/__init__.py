"""Kestra itself: what its API tells."""
