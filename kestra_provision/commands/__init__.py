"""Commands for the host as pure values: built here, run by operations."""
