"""The recorded answers of a real Kestra server, and the proof that a server gives them."""
