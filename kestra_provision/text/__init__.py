"""Words, tables and messages that all outputs share; nothing in here knows a host."""
