"""How the hosts are, and where Kestra is for its users."""
