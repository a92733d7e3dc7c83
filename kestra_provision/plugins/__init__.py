"""Plugins of Kestra on the laptop: fetched, checked, and looked into."""
