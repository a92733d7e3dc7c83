"""A stand-in for Kestra, for tests that have no Kestra image: never for running workflows."""
