"""Verifies any provisioned host, stage by stage and by other means than the deploy's own."""
