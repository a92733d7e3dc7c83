"""Repository, server and the last sync compared, whatever it is that is kept the same."""
