"""The secrets of a host: where they are, and how they stay out of what is shown."""
