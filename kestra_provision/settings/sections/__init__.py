"""Sections of settings, one a file; a profile's settings are made of them."""
