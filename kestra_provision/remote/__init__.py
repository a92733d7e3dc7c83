"""Everything that talks to a host: commands, files, HTTP, and the SSH connection under them."""
