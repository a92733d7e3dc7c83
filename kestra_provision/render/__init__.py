"""Files rendered from the settings: `host/` for the host, `elsewhere/` for others to run."""
